"""Failures that an operator can act on: each says what went wrong, what is live and what to type."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable
from typing import Self


class Exit(enum.IntEnum):
    """The exit codes of every command."""

    DONE = 0
    USAGE = 2
    LOCKED = 3
    LIVE_UNCHANGED = 4
    ROLLED_BACK = 5
    ROLLBACK_FAILED = 6


class OpsError(Exception):
    """A refusal or failure; `fix` is a command or an action that the operator can take."""

    exit_code = Exit.LIVE_UNCHANGED

    def __init__(self, cause: str, fix: str, *, step: str | None = None, live: str | None = None) -> None:
        super().__init__(cause)
        self.cause, self.fix, self.step, self.live = cause, fix, step, live

    def hide(self, mask: Callable[[str], str]) -> Self:
        """The same error, whose texts are masked."""
        self.cause, self.fix = mask(self.cause), mask(self.fix)
        self.args = (self.cause,)
        return self

    def __str__(self) -> str:
        lines = [f"error: {self.step}: {self.cause}" if self.step else f"error: {self.cause}"]
        if self.live is not None:
            lines.append(f"live:  {self.live}")
        return "\n".join([*lines, f"fix:   {self.fix}"])


class UsageError(OpsError):
    """The command, a flag, a file or the configuration is wrong; nothing was called."""

    exit_code = Exit.USAGE


class IncompleteError(OpsError):
    """AWS no longer holds all that a release is made of."""


class RolledBackError(OpsError):
    """The release failed after the alias had moved, and the previous release is live again."""

    exit_code = Exit.ROLLED_BACK


class RollbackFailedError(OpsError):
    """Neither the new nor the previous release could be confirmed; `fix` is the exact command to type."""

    exit_code = Exit.ROLLBACK_FAILED


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a value of the configuration stands."""

    file: str
    line: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"
