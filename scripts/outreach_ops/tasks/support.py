"""What every task shares: where it works, how it fails, how it ends when interrupted."""

from __future__ import annotations

import functools
import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from invoke.exceptions import Exit

from outreach_ops import commands, output
from outreach_ops.errors import Exit as Code
from outreach_ops.errors import OpsError, UsageError
from outreach_ops.interrupt import Interrupted, interruptible
from outreach_ops.terminal import plain

DRY = "OUTREACH_DRY"
"""Set in the environment, it makes every connection to AWS one that may only read."""

COLLECT_AFTER = 100_000
"""New objects before Python looks for garbage in cycles: its own 700 cost a tenth of every start."""

ENV = "the environment: a folder of inventories/"
APP = "the application's checkout, instead of the inventory's"
PLAN = "read only: show what would be done"
WAIT = "wait so long for another operator to finish, like 10m"
WATCH = "take the release back when its functions log an error in so long after it went live, like 2m"
"""How flags that several tasks have are explained."""

HERE = Path.cwd()
"""Where the operator typed the command; paths in flags are relative to it."""

output.install()


def command(body: Callable[..., None]) -> Callable[..., None]:
    """Runs a task's body in the project's root; OpsError becomes its text and its exit code.

    The exit code is that of its work, also when its output is lost.
    """

    @functools.wraps(body)
    def run(context: Any, *arguments: Any, **options: Any) -> None:
        from outreach_ops.settings.load import ROOT  # noqa: PLC0415

        os.chdir(ROOT)
        # Modules and AWS's service descriptions are made in the thousands, and none of them is garbage.
        gc.set_threshold(COLLECT_AFTER)
        if context.config.run.dry:
            # invoke's own --dry holds back shell commands alone; this holds back calls of AWS.
            os.environ[DRY] = "1"
        output.tolerate()
        try:
            with interruptible():
                body(context, *arguments, **options)
            if context.config.run.dry or options.get("plan"):
                output.require_written()
        except OpsError as error:
            print(plain(str(error)), file=sys.stderr)
            raise Exit(code=error.exit_code) from error
        except Interrupted as error:
            look = commands.status(str(options.get("env") or "ENVIRONMENT"))
            print(f"interrupted; what is live: {look}", file=sys.stderr)
            raise Exit(code=Code.LIVE_UNCHANGED) from error

    return run


def query(body: Callable[..., None]) -> Callable[..., None]:
    """As `command`, for a task that only shows something: it fails when that cannot be written."""

    @functools.wraps(body)
    def run(context: Any, *arguments: Any, **options: Any) -> None:
        body(context, *arguments, **options)
        output.require_written()

    return command(run)


def announce() -> None:
    """Says in the first line that a command works on the local AWS, when it does."""
    from outreach_ops.aws.session import describe_target  # noqa: PLC0415

    if target := describe_target():
        print(target, file=sys.stderr, flush=True)


def number(flag: str, value: str) -> int | None:
    """The whole number given to a flag, None when it was left out."""
    if value == "":
        return None
    if not value.isdecimal():
        raise UsageError(f"--{flag}={value} is not a whole number", f"write it like --{flag}=5")
    return int(value)


def seconds(flag: str, value: str) -> float:
    """The time given to a flag like 90s, 10m or 1h; none when it was left out."""
    units = {"s": 1, "m": 60, "h": 3600}
    if value == "":
        return 0.0
    if not value[:-1].isdecimal() or value[-1] not in units:
        raise UsageError(f"--{flag}={value} is not a time", f"write it like --{flag}=10m")
    return float(int(value[:-1]) * units[value[-1]])


def checkout(flag: str, configured: str) -> Path:
    """Where the application should be, whether it is there or not."""
    return (HERE / flag if flag else Path(configured)).resolve()


def application(flag: str, configured: str) -> Path:
    """The application's folder: the flag's, relative to where the command was typed, else the inventory's."""
    path = checkout(flag, configured)
    if not path.is_dir():
        raise UsageError(f"the application's folder {path} does not exist", "name it: --app=PATH")
    return path
