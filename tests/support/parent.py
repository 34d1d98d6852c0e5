"""The example parent application: a checkout of it, and what its users hold."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

from outreach_ops.settings.load import ROOT


@dataclasses.dataclass(frozen=True)
class ParentCheckout:
    """A checkout of the example SleepConnect."""

    path: Path

    @property
    def env_file(self) -> Path:
        return self.path / ".env.staging"

    def change(self, name: str, old: str, new: str) -> None:
        """Replaces a text that must be in the file."""
        file = self.path / name
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))


def make(path: Path) -> ParentCheckout:
    """A copy of the example at `path`, whose env file is as it was committed."""
    left = shutil.ignore_patterns("node_modules", ".next", ".open-next")
    shutil.copytree(ROOT / "examples" / "sleepconnect", path, ignore=left)
    shutil.copy(path / ".env.staging.example", path / ".env.staging")
    return ParentCheckout(path)
