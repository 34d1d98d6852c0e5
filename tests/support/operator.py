"""An operator's command in a process of its own, which may be ended at any moment."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from outreach_ops import commands
from outreach_ops.builds import artifact
from outreach_ops.console import Console
from outreach_ops.errors import OpsError
from outreach_ops.interrupt import interruptible
from outreach_ops.release import operation, rollback, work
from outreach_ops.release.operation import Manner, Order, carry_out
from outreach_ops.release.plan import Plan, decide
from outreach_ops.release.prune.command import prune
from outreach_ops.release.stages import DEPLOY
from outreach_ops.release.target import of_build
from outreach_ops.release.work import Desk
from outreach_ops.site.world import World
from outreach_ops.variables.values import Environment
from support import small

SECONDS = 120
WAIT = Manner(wait_seconds=60)
# A server of processes that has imported everything once; pytest's own threads stay out of them.
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["support.warm"])


def begin(environ: Mapping[str, str], output: Path, *arguments: str) -> multiprocessing.process.BaseProcess:
    """The process of a command: deploy FOLDER, rollback TAG, prune KEEP or resume."""
    process = _processes.Process(target=_run, args=(dict(environ), str(output), arguments))
    process.start()
    return process


def run(environ: Mapping[str, str], output: Path, *arguments: str) -> int:
    """The exit code of a command that may run to its end."""
    process = begin(environ, output, *arguments)
    process.join(SECONDS)
    assert process.exitcode is not None, f"{arguments} did not end: {output.read_text()}"
    return process.exitcode


def _run(environ: Mapping[str, str], output: str, arguments: tuple[str, ...]) -> None:
    os.environ.clear()
    os.environ.update(environ)
    with Path(output).open("a") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    sys.stdout = sys.stderr = open(1, "w", buffering=1, closefd=False)  # noqa: SIM115
    print("$", *arguments)
    try:
        with interruptible():
            _command(*arguments)
    except OpsError as error:
        print(error)
        sys.exit(error.exit_code)


def _command(name: str, argument: str = "") -> None:
    settings = small.settings()
    screen = Console()
    match name:
        case "deploy":
            desk = work.at(settings, screen)
            carry_out(desk, _order(desk, Path(argument)))
        case "rollback":
            rollback.rollback(settings, rollback.Choice(tag=argument), screen, WAIT)
        case "prune":
            prune(work.at(settings, screen), int(argument), WAIT)
        case "resume":
            operation.resume(work.at(settings, screen), commands.resume("staging"), WAIT.wait_seconds)


def _order(desk: Desk, folder: Path) -> Order:
    made = artifact.load(folder)

    def plan(seen: World) -> Plan:
        target = of_build(desk.settings, made, Environment(_variables(desk)), seen.variables, seen.queue)
        return decide(seen, target, desk.settings)

    return Order("release", commands.deploy("staging"), plan, DEPLOY, folder, WAIT)


def _variables(desk: Desk) -> dict[str, str]:
    """Every required variable, with a value."""
    required = [each for each in desk.settings.variables.runtime if each.required]
    return {each.name: each.value or "made up" for each in required}
