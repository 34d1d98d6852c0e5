"""What git says of an application's checkout, and the tags that releases leave in it."""

from __future__ import annotations

import dataclasses
import hashlib
import subprocess
from pathlib import Path

from outreach_ops.errors import OpsError, UsageError


@dataclasses.dataclass(frozen=True)
class Checkout:
    """The state of a checkout: its commit, whether files differ from it, and a hash of all its content."""

    commit: str
    dirty: bool
    content: str

    @property
    def label(self) -> str:
        """The short commit as releases show it."""
        return self.commit[:7] + ("-dirty" if self.dirty else "")


def inspect(app: Path) -> Checkout:
    """The checkout at `app`, which may be a subfolder of its repository; untracked, unignored files count."""
    try:
        commit = _git(app, "rev-parse", "HEAD").strip()
    except UsageError:
        raise
    except OpsError as error:
        raise UsageError(
            f"{app} is not a git checkout with a commit: {error.cause}",
            "commit the application first: a release is named after its commit",
        ) from error
    changed = _git(app, "ls-files", "-z", "--modified", "--others", "--exclude-standard", "--", ".")
    names = sorted({name for name in changed.split("\0") if name})
    content = hashlib.sha256(_git(app, "ls-files", "-z", "--stage", "--", ".").encode())
    for name in names:
        path = app / name
        content.update(f"\0{name}\0".encode())
        content.update(path.read_bytes() if path.is_file() else b"(absent)")
    return Checkout(commit, bool(names) or _staged(app), content.hexdigest())


def tag(app: Path, name: str, commit: str) -> str | None:
    """Sets the lightweight tag `name`; None when it stands at `commit`, else why it could not be set."""
    try:
        standing = _git(app, "rev-parse", "--verify", "--quiet", f"refs/tags/{name}").strip()
    except OpsError:
        standing = ""
    if standing == commit:
        return None
    if standing:
        return (
            f"the tag {name} stands at {standing[:7]} already and was left there; "
            f"to move it: git tag --force {name} {commit}"
        )
    try:
        _git(app, "tag", name, commit)
    except OpsError as error:
        return f"the tag {name} could not be set: {error.cause}; type: git tag {name} {commit}"
    return None


def _staged(app: Path) -> bool:
    return bool(_git(app, "diff", "--cached", "--name-only", "--", ".").strip())


def _git(app: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(app), *arguments], capture_output=True, text=True, check=False
        )
    except FileNotFoundError as error:
        raise UsageError("git is not installed", "install git, then run the command again") from error
    if done.returncode != 0:
        cause = (done.stderr.strip().splitlines() or ["git failed"])[-1]
        raise OpsError(cause, "see `git status` in the application's checkout")
    return done.stdout
