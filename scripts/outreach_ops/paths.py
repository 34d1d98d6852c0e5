"""Paths that descriptions, zips and manifests name: checked here, before they name a file or an object."""

from __future__ import annotations

import re
from pathlib import Path

from outreach_ops.errors import OpsError

SEPARATOR = re.compile(r"[/\\]")
ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:")
UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def relative(name: str) -> str:
    """Return `name` when it is a relative path that stays in its folder; raise ValueError saying why not."""
    if not name:
        raise ValueError("a path is needed, not an empty text")
    if UNFIT.search(name):
        raise ValueError(f"{name!r} has control characters in it, or is not UTF-8")
    if ABSOLUTE.match(name):
        raise ValueError(f"{name!r} is an absolute path")
    if not {".", ".."}.isdisjoint(SEPARATOR.split(name)):
        raise ValueError(f"{name!r} has . or .. in it")
    return name


def inside(folder: Path, name: str, fix: str = "find out who wrote that name, and take it away") -> Path:
    """Return the path of `name` below `folder`; raise OpsError when it leads out of it, also by a link."""
    try:
        path = folder / relative(name)
    except (TypeError, ValueError) as error:
        raise OpsError(f"nothing in {folder} has such a path: {error}", fix, step="package") from error
    if not path.resolve().is_relative_to(folder.resolve()):
        raise OpsError(f"{path} is a link that leads out of {folder}", fix, step="package")
    return path
