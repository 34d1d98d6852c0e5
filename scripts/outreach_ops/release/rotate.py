"""Changing one secret by a release of its own, and saying what else has to change with it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TextIO

from outreach_ops import commands
from outreach_ops.errors import UsageError
from outreach_ops.settings.model import Settings
from outreach_ops.settings.variables import Variable
from outreach_ops.sleepconnect.auth0 import OWNER as SLEEPCONNECT
from outreach_ops.variables.coalesce import refuse_value


def secret(settings: Settings, name: str) -> Variable:
    """The shared variable `name`; raises UsageError that lists those that can be rotated."""
    shared = [each for each in settings.variables.runtime if each.kind == "shared"]
    for each in shared:
        if each.name == name and each.owner != SLEEPCONNECT:
            return each
    if name in settings.variables.of(SLEEPCONNECT):
        raise UsageError(
            f"{name} is SleepConnect's own: Outreach must have the same",
            f"rotate it there, then: {commands.auth0_sync(settings.site.environment)}",
        )
    there = ", ".join(each.name for each in shared if each.owner != SLEEPCONNECT)
    raise UsageError(f"--name={name} is no shared variable of the inventory", f"choose one of: {there}")


def new_value(
    variable: Variable, stdin: TextIO = sys.stdin, environ: Mapping[str, str] = os.environ
) -> tuple[str, str]:
    """The value and where it is from: a pipe, else the environment; a terminal is asked without echo.

    A pipe wins: mise and others keep the old value in the environment of every command.
    """
    name = variable.name
    piped = "" if stdin.isatty() else _line(stdin)
    if piped or not environ.get(name):
        value, source = piped or _asked(name, stdin), "standard input"
    else:
        value, source = environ[name], "the environment"
    if not value:
        raise UsageError(
            f"there is no value for {name}",
            f"pipe it into the command, or set {name} in the environment of this one command",
        )
    refuse_value(name, value, source)
    return value, source


def _asked(name: str, stdin: TextIO) -> str:
    if not stdin.isatty():
        return ""
    import getpass  # noqa: PLC0415  (only a terminal needs it)

    return getpass.getpass(f"new value of {name} (not shown): ")


def _line(stdin: TextIO) -> str:
    try:
        # The newline of `echo` and of a file's last line is no part of the value.
        return stdin.read().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        # Its own text holds a part of the value.
        raise UsageError("standard input is not UTF-8", "pipe the value as text") from None


def elsewhere(settings: Settings, variable: Variable) -> list[str]:
    """What else must change, now that `variable` has."""
    environment = settings.site.environment
    owner = {"twilio": ["Twilio: revoke the old value once no function uses it"]}.get(variable.owner, [])
    return [
        *owner,
        f"GitHub: gh secret set {variable.name} --env {environment}, or the next deploy of CI brings "
        "the old value back",
        ".env.local and mise.local.toml of everybody who deploys from a laptop",
        "the other environments, where they share it",
    ]
