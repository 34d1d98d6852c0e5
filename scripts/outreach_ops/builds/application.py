"""What an application is made of, read from its package.json and lockfile before anything is run."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

from outreach_ops.errors import UsageError

OPENNEXT = "@opennextjs/aws"
# The last OpenNext that builds Next 14 is 3.9.12; later ones exit 1 on it.
LAST_FOR_NEXT_14 = (3, 9, 12)
PAIRS = "Next 14.2 with @opennextjs/aws 3.9.12, or Next 15 and 16 with 3.9.13 or later"


@dataclasses.dataclass(frozen=True)
class Application:
    """An application's checkout and the versions that decide how it is built."""

    path: Path
    version: str
    next: str
    opennext: str


def inspect(path: Path) -> Application:
    """The application at `path`; raises UsageError naming file and fix when it is not one we can build."""
    package = path / "package.json"
    if not package.is_file():
        raise UsageError(f"{package} does not exist", "name the application's folder: --app=PATH")
    try:
        version = json.loads(package.read_text())["version"]
    except (json.JSONDecodeError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise UsageError(f'{package}: no readable "version" ({error})', 'add "version": "0.1.0"') from error
    if not isinstance(version, str) or not re.fullmatch(r"\d+\.\d+\.\d+([-+][\w.+-]+)?", version):
        raise UsageError(f"{package}: version {version!r} is not like 1.2.3", "correct the version")
    lockfile = path / "pnpm-lock.yaml"
    if not lockfile.is_file():
        raise UsageError(f"{lockfile} does not exist", "run pnpm install there and commit the lockfile")
    locked = lockfile.read_text()
    application = Application(path, version, _locked(locked, "next"), _locked(locked, OPENNEXT))
    _check_pair(application)
    return application


def _locked(lockfile: str, name: str) -> str:
    # A direct dependency's block in pnpm's lockfile: name, specifier, version (with peers in brackets).
    found = re.search(
        rf"^ +'?{re.escape(name)}'?:\n +specifier: .*\n +version: ([\d.]+[\w.-]*)", lockfile, re.MULTILINE
    )
    return found.group(1) if found else ""


def _check_pair(application: Application) -> None:
    if not application.next:
        raise UsageError(
            f"{application.path} has no direct dependency on next", "name a Next.js application: --app=PATH"
        )
    if not application.opennext:
        raise UsageError(
            f"{application.path} does not use OpenNext",
            f"pnpm add --save-dev --save-exact {OPENNEXT}@VERSION; these go together: {PAIRS}",
        )
    next_major = int(application.next.split(".")[0])
    opennext = tuple(int(part) for part in application.opennext.split("-")[0].split("."))
    supported = (
        application.next.startswith("14.2.") and opennext == LAST_FOR_NEXT_14
        if next_major == 14
        else next_major in (15, 16) and opennext > LAST_FOR_NEXT_14
    )
    if not supported:
        raise UsageError(
            f"Next {application.next} and {OPENNEXT} {application.opennext} do not go together",
            f"change one of them in {application.path / 'package.json'}; these go together: {PAIRS}",
        )
