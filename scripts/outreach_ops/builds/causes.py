"""Known causes of a build that fails: told by a line of its output, or by the checkout before it is built."""

from __future__ import annotations

import dataclasses
import re


@dataclasses.dataclass(frozen=True)
class Cause:
    """Why a build fails, and what to do."""

    text: str
    fix: str


MEMORY = Cause(
    "Node ran out of memory",
    "NODE_OPTIONS=--max-old-space-size=8192 in front of the command, then run it again",
)
INCOMPLETE = Cause(
    "pnpm's folders are incomplete",
    "rm -rf node_modules .open-next in the application, then run the command again",
)
KNOWN = (
    (re.compile(r"JavaScript heap out of memory|\bSIGKILL\b|exit code 137"), MEMORY),
    (
        re.compile(r"(?:Cannot find (?:module|package)|Can't resolve) '(?:styled-jsx|@swc/helpers)"),
        INCOMPLETE,
    ),
    (
        re.compile(r"ERR_PNPM_OUTDATED_LOCKFILE"),
        Cause(
            "pnpm-lock.yaml is not that of package.json",
            "pnpm install in the application, commit the lockfile",
        ),
    ),
    (re.compile(r"\bENOSPC\b"), Cause("the disk is full", "free some space, then run the command again")),
)


def told_by(line: str) -> Cause | None:
    """The cause that a line of a build's output tells."""
    return next((cause for pattern, cause in KNOWN if pattern.search(line)), None)
