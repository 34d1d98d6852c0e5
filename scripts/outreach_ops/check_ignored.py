"""Whether the files that hold secrets are ignored by git, and in none of its commits."""

from __future__ import annotations

import subprocess
from pathlib import Path

from outreach_ops.checks.finding import Finding, failure, ok
from outreach_ops.errors import OpsError

SECRET_FILES = (".env.local", ".env.production", ".env.production.local", ".env.staging.local")
"""Of the application. `.env` is not among them: it holds defaults, and may be committed."""


def check(repository: Path, names: tuple[str, ...] = SECRET_FILES) -> list[Finding]:
    """A finding for each file, whether it is there now or not."""
    return [judge(name, _ignored(repository, name), _commits(repository, name)) for name in names]


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


def _ignored(repository: Path, name: str) -> bool:
    # --no-index: a file that is tracked counts by its patterns too.
    done = _git(repository, "check-ignore", "--quiet", "--no-index", name)
    return done.returncode == 0


def _commits(repository: Path, name: str) -> tuple[str, ...]:
    done = _git(repository, "log", "--all", "--format=%h", "--", name)
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["git failed"])[-1]
        raise OpsError(f"{repository}: {said}", "name the application's checkout: --app=PATH")
    return tuple(done.stdout.split())


def _git(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["git", "-C", str(repository), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)
