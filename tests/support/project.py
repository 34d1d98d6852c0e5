"""A checkout of this project for a test that changes its inventories."""

from __future__ import annotations

import shutil
from pathlib import Path

from outreach_ops.settings.load import ROOT

LEFT = (".git", ".venv", ".artifacts", ".sandbox", ".*_cache", "__pycache__", "node", "node_modules")
SHARED = (".artifacts", ".venv", "scripts/node")
"""Builds and tools: nothing in them depends on the checkout."""

EXAMPLE = ROOT / "examples" / "inventory" / "example.yml"


def copy(path: Path) -> Path:
    """The project at `path`, with what it needs to run."""
    shutil.copytree(ROOT, path, ignore=shutil.ignore_patterns(*LEFT))
    (ROOT / ".artifacts").mkdir(exist_ok=True)
    for name in SHARED:
        (path / name).symlink_to(ROOT / name)
    return path


def for_the_examples(path: Path) -> Path:
    """The project at `path`, whose staging knows what the examples alone have."""
    copy(path)
    shutil.copy(EXAMPLE, path / "inventories" / "staging" / "group_vars" / "staging")
    return path
