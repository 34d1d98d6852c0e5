"""Runs the provision playbook from Python: the one way in which a release changes the distribution."""

from __future__ import annotations

import os
import subprocess
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


def add_behaviours(settings: Settings, behaviours: tuple[Behaviour, ...], say: Callable[[str], None]) -> None:
    """Adds the path patterns of an artifact to the site's distribution; raises OpsError when it fails."""
    environment = settings.site.environment
    command = [
        str(Path(sys.executable).parent / "ansible-playbook"),
        *["provision.yml", "-i", f"inventories/{environment}", "--limit", settings.host],
        *["--tags", "cloudfront"],
    ]
    say(f"{commands.provision(environment)} --tags cloudfront")
    last: deque[str] = deque(maxlen=15)
    with (
        behaviours_file.written(behaviours) as named,
        subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **named},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        last.extend(line.rstrip() for line in process.stdout or ())
    if process.returncode != 0:
        raise OpsError(
            "the distribution could not be given the paths that this build needs:\n  " + "\n  ".join(last),
            f"{commands.provision(environment)} --tags cloudfront --check --diff",
            step="paths",
        )
