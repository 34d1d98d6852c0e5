"""Production is changed from a laptop only by somebody who has typed its name."""

from __future__ import annotations

import sys
from typing import TextIO

from outreach_ops.errors import UsageError
from outreach_ops.settings.model import Settings

PRODUCTION = "production"


def confirm(settings: Settings, yes: bool, stdin: TextIO = sys.stdin) -> None:
    """Returns when the change may go on; raises UsageError when it was not confirmed."""
    name = settings.site.environment
    if settings.site.stage != PRODUCTION or yes:
        return
    if not stdin.isatty():
        raise UsageError(
            f"{name} is changed only by somebody who types its name, and nobody can type here: "
            "standard input is no terminal",
            "in CI, or to go on without being asked: add --yes",
        )
    # Not to standard output: a pipe may have taken it, and its reader may be gone.
    print(f"This changes {name}. Type its name to go on: ", end="", file=sys.stderr, flush=True)
    if _line(stdin) != name:
        raise UsageError(f"{name} was not typed: nothing was changed", "run the command again")


def _line(stdin: TextIO) -> str:
    try:
        return stdin.readline().strip()
    except OSError:
        # The terminal is gone.
        return ""
