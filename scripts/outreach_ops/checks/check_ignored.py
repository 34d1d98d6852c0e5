"""Whether the files that hold secrets are ignored by git, and in none of its commits."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from outreach_ops.errors import OpsError
from outreach_ops.finding import Finding, failure, ok, warning
from outreach_ops.git.command import run

DEFAULTS = ".env"
"""It holds defaults and may be committed, as long as no secret is among them."""

SECRET_FILES = (".env.local", ".env.*.local", ".env.production")
"""Those of the runbook's gitignore; to git a pattern stands for every file that it matches."""


def check(
    repository: Path, names: tuple[str, ...] = SECRET_FILES, secrets: Collection[str] = ()
) -> list[Finding]:
    """A finding for each file, whether it is there now or not; `secrets` are the variables to look for."""
    found = [judge(name, _ignored(repository, name), _commits(repository, name)) for name in names]
    if secrets:
        found.append(judge_defaults(*_defaults(repository, secrets)))
    if run(repository, "rev-parse", "--is-shallow-repository").output.strip() == "true":
        found.append(
            warning("history", "has been cut off: older commits are not here", "git fetch --unshallow")
        )
    return found


def judge(name: str, ignored: bool, commits: tuple[str, ...]) -> Finding:
    """What was committed once is public, whatever is ignored since."""
    if commits:
        return failure(
            name,
            f"is in {len(commits)} commits, the newest is {commits[0]}",
            f"rotate all that it held, then: git rm --cached {name}",
        )
    if not ignored:
        return failure(
            name,
            "is not ignored",
            f"write {name} into .gitignore, on a line without a comment: git takes a # behind it as the name",
        )
    return ok(name, "ignored, and in no commit")


def judge_defaults(ignored: bool, committed: dict[str, str], here: Collection[str]) -> Finding:
    """By the secrets that commits give a value, each with its newest commit, and those in the file now."""
    if committed:
        where = ", ".join(f"{name} (commit {commit})" for name, commit in committed.items())
        return failure(
            DEFAULTS,
            f"is committed with {where}",
            f"rotate them, and move them from {DEFAULTS} to .env.local",
        )
    if here and not ignored:
        return failure(
            DEFAULTS, f"holds {', '.join(here)} and is not ignored", "move them to .env.local, which is"
        )
    return ok(DEFAULTS, "no commit has a secret in it")


def _defaults(repository: Path, secrets: Collection[str]) -> tuple[bool, dict[str, str], list[str]]:
    committed: dict[str, str] = {}
    for commit in _commits(repository, DEFAULTS):
        text = run(repository, "show", "--no-textconv", f"{commit}:./{DEFAULTS}").output
        for name in _held(text, secrets):
            committed.setdefault(name, commit)
    try:
        here = list(_held((repository / DEFAULTS).read_text(encoding="utf-8", errors="replace"), secrets))
    except (FileNotFoundError, IsADirectoryError):
        here = []
    except OSError as error:
        raise OpsError(
            f"{repository / DEFAULTS} cannot be read: {error.strerror}",
            "make it a readable file, or remove it",
        ) from None
    return _ignored(repository, DEFAULTS), committed, here


def _held(text: str, secrets: Collection[str]) -> Iterator[str]:
    """The names of `secrets` that a file of variables gives a value."""
    import io  # noqa: PLC0415  (only this check reads old files)

    from dotenv.parser import parse_stream  # noqa: PLC0415

    for binding in parse_stream(io.StringIO(text)):
        if binding.key is not None and binding.key in secrets and binding.value:
            yield binding.key


def _ignored(repository: Path, name: str) -> bool:
    # --no-index: a file that is tracked counts by its patterns too.
    done = run(repository, "check-ignore", "--quiet", "--no-index", name)
    return done.code == 0


def _commits(repository: Path, name: str) -> tuple[str, ...]:
    # --full-history: else git leaves out a merged branch that added the file and removed it again.
    done = run(repository, "log", "--all", "--full-history", "--format=%h", "--", name)
    if done.code != 0:
        raise OpsError(f"{repository}: {done.cause}", "name the application's checkout: --app=PATH")
    return tuple(done.output.split())
