"""SleepConnect's checkout on this machine, and the env file that its build reads."""

from __future__ import annotations

import dataclasses
import difflib
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from outreach_ops.errors import UsageError
from outreach_ops.settings.model import Settings
from outreach_ops.variables import dotenv_file
from outreach_ops.variables.values import Environment

APP_URL = "OUTREACH_APP_URL"
API_URL = "OUTREACH_API_URL"
NAMES = (APP_URL, API_URL)
PRIVATE = re.compile(r"SECRET|TOKEN|PASS|PRIVATE|CREDENTIAL|_KEY|DATABASE_URL|DSN")
SHORTEST = 6
"""A shorter value is no secret, and hiding it would hide parts of words."""


@dataclasses.dataclass(frozen=True)
class Checkout:
    """The folder, and its env file of one environment, which may not exist yet."""

    path: Path
    env_file: Path

    def variables(self) -> Mapping[str, str]:
        """What the env file says; raises UsageError with file and line of what is no variable."""
        # Its build reads it, no function gets it: it may say AWS_REGION.
        return dotenv_file.read(self.env_file, for_lambda=False).values

    def private(self) -> Environment:
        """Those of its variables that nobody may see."""
        return private(self.variables())

    def text(self) -> str:
        """The env file as it is; empty when there is none."""
        self.variables()
        return _text(self.env_file)


def private(variables: Mapping[str, str]) -> Environment:
    """The secrets among them, by their names: no inventory knows SleepConnect's variables."""
    found = {name: value for name, value in variables.items() if PRIVATE.search(name)}
    return Environment(found).of_length(SHORTEST)


def find(settings: Settings, path: Path) -> Checkout:
    """The checkout at `path`; raises UsageError when it is none of a Next.js application."""
    where = f"inventories/{settings.site.environment}"
    if not path.is_dir():
        raise UsageError(
            f"SleepConnect's checkout {path} does not exist",
            f"name it: --app=PATH, or sleepconnect_app in {where}",
        )
    if not (path / "package.json").is_file():
        raise UsageError(
            f"{path} is no checkout of SleepConnect: it has no package.json", "name its folder: --app=PATH"
        )
    if not settings.sleepconnect.env_file:
        raise UsageError("sleepconnect_env_file is empty", f"write a name like .env.staging into {where}")
    env_file = path / settings.sleepconnect.env_file
    if not env_file.parent.is_dir():
        raise UsageError(f"{env_file.parent} does not exist", f"correct sleepconnect_env_file in {where}")
    return Checkout(path, env_file)


def edited(text: str, values: Mapping[str, str]) -> str:
    """`text` with these variables; comments, order, line ends and every other line stay as they are."""
    end = "\r\n" if "\r\n" in text else "\n"
    lines = [line if line.endswith("\n") else line + end for line in re.findall(r".+\n?|\n", text)]
    for name, value in values.items():
        at = [(index, found) for index, line in enumerate(lines) if (found := _assigns(line, name))]
        if not at:
            lines.append(f"{name}={value}{end}")
        else:
            # The last one is the one that counts.
            index, found = at[-1]
            lines[index] = f"{found['before']}{value}{found['rest']}"
    return "".join(lines)


def changes(before: str, after: str) -> list[str]:
    """The lines that differ, as a diff; lines around them, which may hold secrets, are left out."""
    found = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    # An address of before may hold a password.
    return [
        re.sub(r"//[^/@\s]+@", "//***@", line) for line in found if not line.startswith(("---", "+++", "@@"))
    ]


def write(path: Path, before: str, after: str) -> None:
    """Replaces the file whole, with its permissions; raises UsageError when it cannot be, or has changed."""
    if _text(path) != before:
        raise UsageError(f"{path} was changed meanwhile", "run the command again")
    try:
        _replace(path, after)
    except OSError as error:
        fix = "make it writable, then run the command again"
        raise UsageError(f"{path} cannot be written: {error.strerror}", fix) from None


def _replace(path: Path, text: str) -> None:
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
    # A file that is a link elsewhere stays one.
    target = path.resolve()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f"{target.name}.")
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as new:
        new.write(text)
    Path(name).chmod(mode)
    Path(name).replace(target)


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8-sig") if path.exists() else ""


def _assigns(line: str, name: str) -> re.Match[str] | None:
    value = r"'[^']*'|\"[^\"]*\"|[^#\s]*(?:#[^\s]*)*"
    return re.fullmatch(
        rf"(?P<before>\s*(?:export\s+)?{re.escape(name)}\s*=[ \t]*)(?:{value})(?P<rest>(?:\s+#.*)?\s*)", line
    )
