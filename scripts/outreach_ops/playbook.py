"""Runs the provision playbook from Python: the one way in which a release changes the distribution."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path

from outreach_ops import commands
from outreach_ops.errors import OpsError
from outreach_ops.settings import behaviours_file
from outreach_ops.settings.cloudfront import Behaviour
from outreach_ops.settings.load import ROOT
from outreach_ops.settings.model import Settings
from outreach_ops.sleepconnect import stream

SECONDS = 1800.0
"""CloudFront takes minutes for a change, and the playbook waits for it."""
GRACE_SECONDS = 5.0
"""How long an interrupted playbook may go on, so that no call to CloudFront is cut off in the middle."""


def add_behaviours(settings: Settings, behaviours: tuple[Behaviour, ...], say: Callable[[str], None]) -> None:
    """Adds the path patterns of an artifact to the site's distribution; raises OpsError when it fails."""
    environment = settings.site.environment
    command = [
        str(Path(sys.executable).parent / "ansible-playbook"),
        *["provision.yml", "-i", f"inventories/{environment}", "--limit", settings.host],
        *["--tags", "cloudfront"],
    ]
    say(f"{commands.provision(environment)} --tags cloudfront")
    lines = _Last()
    with behaviours_file.written(behaviours) as named:
        code = stream.run(command, ROOT, {**os.environ, **named}, lines, SECONDS, GRACE_SECONDS)
    if code != 0:
        ending = f"did not end within {SECONDS / 60:g} minutes" if code is None else f"ended with {code}"
        raise OpsError(
            "the distribution could not be given the paths that this build needs: "
            + "\n  ".join([f"its playbook {ending}", *lines.last]),
            f"{commands.provision(environment)} --tags cloudfront --check --diff",
            step="paths",
        )


class _Last:
    """Keeps the last lines of what is written to it."""

    def __init__(self) -> None:
        self.last: deque[str] = deque(maxlen=15)

    def write(self, text: str) -> None:
        self.last.append(text.rstrip())

    def close(self) -> None:
        """Nothing: no line is held back."""
