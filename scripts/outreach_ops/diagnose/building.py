"""Why a build fails: the checkout and this machine, before anything is built."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from outreach_ops.builds import application
from outreach_ops.builds.causes import INCOMPLETE, MEMORY
from outreach_ops.diagnose.scene import Scene
from outreach_ops.errors import UsageError
from outreach_ops.finding import Finding, failure, ok, warning

HEAP_MB = 2048
"""A real application does not build with less."""
DISK = 3 * 1024**3
"""Bytes that modules, build and artifact take."""


def versions(scene: Scene) -> Finding:
    """Whether the checkout can be built at all: its versions and its lockfile."""
    try:
        found = application.inspect(scene.subject.app)
    except UsageError as error:
        return failure("application", error.cause, error.fix)
    return ok("application", f"v{found.version}, Next {found.next}, OpenNext {found.opennext}")


def modules(scene: Scene) -> Finding:
    """Whether what Next needs stands beside it, where pnpm puts it."""
    return judge_modules(scene.subject.app)


def judge_modules(app: Path) -> Finding:
    """Before a first install there is nothing to be wrong."""
    installed = app / "node_modules" / "next"
    if not installed.is_symlink() and not installed.exists():
        return ok("modules", "are not installed yet; the build does it")
    beside = installed.resolve().parent
    lost = [name for name in ("styled-jsx", "@swc/helpers") if not (beside / name / "package.json").exists()]
    if lost:
        return failure(
            "modules", f"{INCOMPLETE.text}: {', '.join(lost)} not found beside Next", INCOMPLETE.fix
        )
    return ok("modules", "Next finds styled-jsx and @swc/helpers")


def memory(_scene: Scene) -> Finding:
    """Whether Node may use enough."""
    return judge_memory(os.environ, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


def judge_memory(environ: Mapping[str, str], machine: int) -> Finding:
    """By NODE_OPTIONS, and by what the machine has in bytes."""
    given = re.search(r"--max-old-space-size=(\d+)", environ.get("NODE_OPTIONS", ""))
    if given is not None and int(given[1]) < HEAP_MB:
        return failure(
            "memory", f"NODE_OPTIONS allows Node {given[1]} MB: it will run out of memory", MEMORY.fix
        )
    if machine < HEAP_MB * 1024**2:
        return warning("memory", f"this machine has {machine // 1024**2} MB", "build on a larger one")
    return ok("memory", f"{machine // 1024**2} MB")


def disk(scene: Scene) -> Finding:
    """Whether there is room for modules, build and artifact."""
    place = next(each for each in (scene.subject.app, *scene.subject.app.parents) if each.exists())
    free = shutil.disk_usage(place).free
    if free < DISK:
        return warning("disk", f"{free // 1024**2} MB are free", "free some space")
    return ok("disk", f"{free // 1024**3} GB are free")
