"""What a check found: ok, warning or failure, its cause, and the one thing to do about it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import Literal

from outreach_ops.errors import OpsError
from outreach_ops.terminal import plain

Level = Literal["ok", "warning", "failure"]


@dataclasses.dataclass(frozen=True)
class Finding:
    """One check's result; only an ok one has no fix."""

    check: str
    level: Level
    cause: str
    fix: str = ""


def ok(check: str, cause: str) -> Finding:
    """All is as it must be."""
    return Finding(check, "ok", cause)


def warning(check: str, cause: str, fix: str) -> Finding:
    """Somebody should know; a deploy goes on."""
    return Finding(check, "warning", cause, fix)


def failure(check: str, cause: str, fix: str) -> Finding:
    """A deploy is refused."""
    return Finding(check, "failure", cause, fix)


def render(findings: Sequence[Finding]) -> list[str]:
    """The findings for people, a fix below each that has one."""
    width = max((len(each.check) for each in findings), default=0)
    lines = []
    for each in findings:
        lines.append(f"{each.level:<8} {each.check:<{width}}  {each.cause}")
        lines += [f"{'':<8} {'':<{width}}  fix: {each.fix}"] if each.fix else []
    return [plain(line) for line in lines]


def to_json(findings: Sequence[Finding]) -> str:
    """The same for scripts: `passed` is what the exit code says."""
    return json.dumps(
        {"passed": not failures(findings), "findings": [dataclasses.asdict(each) for each in findings]},
        indent=2,
    )


def failures(findings: Sequence[Finding]) -> list[Finding]:
    """Those that refuse a deploy."""
    return [each for each in findings if each.level == "failure"]


def require(findings: Sequence[Finding], live: str | None = None) -> None:
    """Raises OpsError with every failure and the fix of the first."""
    if failed := failures(findings):
        raise OpsError(
            "\n  ".join(
                [f"{len(failed)} checks failed", *(f"{each.check}: {each.cause}" for each in failed)]
            ),
            failed[0].fix,
            step="check",
            live=live,
        )
