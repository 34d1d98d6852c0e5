"""Runs git on the named checkout and no other: without the caller's GIT_*, and without asking anybody."""

from __future__ import annotations

import dataclasses
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from outreach_ops.errors import OpsError, UsageError

SECONDS = 120
"""The last resort: git answers within some milliseconds."""

# Configuration that would hide a change, run a program or ask for a key.
CONFIGURATION = (
    "core.fsmonitor=false",
    "core.untrackedCache=false",
    "core.checkStat=default",
    "core.trustctime=true",
    f"core.hooksPath={os.devnull}",
    "log.showSignature=false",
    "tag.gpgSign=false",
)
# Replaced objects show other content under the same commit; no lock is taken for a mere look.
VARIABLES = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_EDITOR": ":",
    "LC_ALL": "C",
}


@dataclasses.dataclass(frozen=True)
class Result:
    """What a git command printed; names of files that are not UTF-8 are kept as Python keeps them."""

    code: int
    output: str
    errors: str

    @property
    def cause(self) -> str:
        """The line that tells why it failed."""
        lines = self.errors.strip().splitlines() or ["git failed"]
        return printable(next((line for line in lines if line.startswith(("fatal:", "error:"))), lines[-1]))


def without_git(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the environment without GIT_*, which would lead git to another repository, index or program."""
    return {name: value for name, value in environ.items() if not name.startswith("GIT_")}


def run(folder: Path, *arguments: str, given: str = "") -> Result:
    """Run git in `folder` with `given` on its standard input; raise OpsError when it cannot be run."""
    configuration = [part for setting in CONFIGURATION for part in ("-c", setting)]
    try:
        # In a session of its own it has no terminal to ask at.
        done = subprocess.run(
            ["git", "-C", str(folder), *configuration, *arguments],
            env={**without_git(), **VARIABLES},
            input=os.fsencode(given),
            capture_output=True,
            timeout=SECONDS,
            start_new_session=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise UsageError("git is not installed", "install git, then run the command again") from error
    except subprocess.TimeoutExpired as error:
        raise OpsError(
            f"`git {arguments[0]}` did not end within {SECONDS} s", f"try it by hand in {folder}"
        ) from error
    return Result(done.returncode, os.fsdecode(done.stdout), os.fsdecode(done.stderr))


def output(folder: Path, *arguments: str, given: str = "") -> str:
    """Return what a git command printed; raise OpsError when it failed."""
    result = run(folder, *arguments, given=given)
    if result.code != 0:
        raise OpsError(result.cause, "see `git status` in the application's checkout")
    return result.output


def printable(name: str) -> str:
    """Return the name of a file as a message may show it."""
    return "".join(character if character.isprintable() else "?" for character in name)
