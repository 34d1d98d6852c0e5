"""The state of an application's checkout: whether its commit says all that a build of it reads."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from pathlib import Path

from outreach_ops.errors import OpsError, UsageError
from outreach_ops.git import ignored, links, repository
from outreach_ops.git.command import output, printable
from outreach_ops.git.repository import Difference, Repository


@dataclasses.dataclass(frozen=True)
class Checkout:
    """A commit, what differs from it, and a hash of all that a build may read."""

    commit: str
    differences: tuple[Difference, ...]
    content: str | None = dataclasses.field(repr=False)
    """None when it is not known: what is built then is never used again."""
    variables: bytes = dataclasses.field(default=b"", repr=False)
    """A hash of the ignored files of variables, to compare and never to keep: they hold secrets."""
    unknown: str = ""
    """Why the content is not known though nothing differs."""

    @property
    def dirty(self) -> bool:
        """Whether the commit alone does not say what is built."""
        return bool(self.differences)

    @property
    def label(self) -> str:
        """The short commit as releases show it."""
        return self.commit[:7] + ("-dirty" if self.dirty else "")

    def built(self, after: Checkout) -> Checkout:
        """Return what a build was made of that began with this and left `after`.

        New files and ignored ones are what the build has written; anything else was changed beside it.
        """
        differences = [*self.differences]
        if after.commit != self.commit:
            moved = f"the checkout went from {self.commit[:7]} to {after.commit[:7]} while it was built"
            differences.append(Difference(moved, "run the command again"))
        differences += [
            dataclasses.replace(found, what=f"{found.what} (since the build began)")
            for found in after.differences
            if not found.untracked and found not in self.differences
        ]
        known = self.content is not None and self.variables == after.variables and not differences
        return dataclasses.replace(
            self,
            differences=tuple(differences),
            content=after.content if known else None,
            unknown=self.unknown or after.unknown,
        )


def inspect(app: Path) -> Checkout:
    """Return the state of the checkout at `app`, which may be a subfolder of its repository."""
    try:
        # A path may hold a line feed, a commit does not.
        root, _, commit = output(app, "rev-parse", "--show-toplevel", "HEAD").rstrip("\n").rpartition("\n")
        below = app.resolve().relative_to(Path(root).resolve()).as_posix()
    except UsageError:
        raise
    except (OpsError, ValueError) as error:
        raise UsageError(
            f"{app} is not a git checkout with a commit: {getattr(error, 'cause', error)}",
            "commit the application first: a release is named after its commit",
        ) from error
    return _state(repository.read(Path(root)), "" if below == "." else below, commit)


def _state(tracked: Repository, app: str, commit: str) -> Checkout:
    led, folders = links.check(tracked, app)
    differences = (*_uncommitted(tracked, app), *tracked.differences, *led)
    try:
        variables, others = ignored.hashed(tracked.root, app, [app, *folders], tracked.ignored)
    except ignored.UnknownError as error:
        return Checkout(commit, differences, None, unknown=str(error))
    parts = [commit, app, *sorted(tracked.states), _slowly(variables + others, commit)]
    content = hashlib.sha256(os.fsencode("\0".join(parts))).hexdigest()
    return Checkout(commit, differences, None if differences else content, variables)


def _uncommitted(tracked: Repository, app: str) -> list[Difference]:
    if tracked.holds(app):
        return []
    return [
        Difference(
            f"the repository at {tracked.root} has nothing of {printable(app)} in its commit",
            f"make it a repository of its own: git -C {tracked.root / app} init, and commit it",
        )
    ]


def _slowly(data: bytes, commit: str) -> str:
    # The hash of a build is kept in the bucket: nobody is to find a short secret by hashing all candidates.
    return hashlib.scrypt(data, salt=commit.encode(), n=2**12, r=8, p=1).hex() if data else ""
