"""What an application is made of, read from its package.json and lockfile before anything is run."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

from outreach_ops.errors import UsageError

OPENNEXT = "@opennextjs/aws"
PAIRS = f"the last {OPENNEXT} for Next 14.2 is 3.9.12, a newer Next takes the newest"


@dataclasses.dataclass(frozen=True)
class Application:
    """An application's checkout and the versions that decide how it is built."""

    path: Path
    version: str
    next: str
    opennext: str
    builds: str
    """Which versions of Next that OpenNext is for, as it says itself: `^14.2.35 || >=15.5.28 <16`."""


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
    opennext = _locked(locked, OPENNEXT)
    application = Application(path, version, _locked(locked, "next"), opennext, _builds(locked, opennext))
    _check_pair(application)
    return application


def _locked(lockfile: str, name: str) -> str:
    # A direct dependency's block in pnpm's lockfile: name, specifier, version (with peers in brackets).
    found = re.search(
        rf"^ +'?{re.escape(name)}'?:\n +specifier: .*\n +version: ([\d.]+[\w.-]*)", lockfile, re.MULTILINE
    )
    return found.group(1) if found else ""


def majors(builds: str) -> set[int]:
    """The major versions that a range names; it asks for patches too, which OpenNext does not insist on."""
    return {int(number) for under, number in re.findall(r"(<?)[=~^>v\s]*(\d+)[\d.]*", builds) if not under}


def _builds(lockfile: str, opennext: str) -> str:
    """What the lockfile has of this OpenNext's `peerDependencies` on Next: others make it exit with 1."""
    package = rf"^  '?/?{re.escape(OPENNEXT)}@{re.escape(opennext)}\b.*:\n"
    found = re.search(
        package + r"(?:    .*\n)*?    peerDependencies:\n(?:      .*\n)*?      next: (.*)$",
        lockfile,
        re.MULTILINE,
    )
    return found.group(1).strip("'\"") if found else ""


def _check_pair(application: Application) -> None:
    if not application.next:
        raise UsageError(
            f"{application.path} has no direct dependency on next", "name a Next.js application: --app=PATH"
        )
    if not application.opennext:
        raise UsageError(
            f"{application.path} does not use OpenNext",
            f"pnpm add --save-dev --save-exact {OPENNEXT}@VERSION: {PAIRS}",
        )
    if int(application.next.split(".")[0]) not in majors(application.builds):
        raise UsageError(
            f"Next {application.next} and {OPENNEXT} {application.opennext} do not go together",
            f"change one of them in {application.path / 'package.json'}: this OpenNext is for Next "
            f"{application.builds or '(it does not say which)'}; {PAIRS}",
        )
