"""SleepConnect's own pipeline, as the inventory says: a command here, the same over SSH, or a workflow."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from outreach_ops import commands
from outreach_ops.aws.errors import AwsError
from outreach_ops.aws.functions import Function
from outreach_ops.aws.session import LOOPBACK, Aws, connect, local_endpoint
from outreach_ops.builds import node
from outreach_ops.console import Console
from outreach_ops.errors import UsageError
from outreach_ops.interrupt import Interrupted
from outreach_ops.settings.model import Pipeline, Settings
from outreach_ops.sleepconnect import checkout, remote, stream, workflow
from outreach_ops.sleepconnect.checkout import Checkout
from outreach_ops.sleepconnect.stream import Lines
from outreach_ops.variables import values
from outreach_ops.variables.values import Environment

SST = re.compile(r"\bsst\b")
NO_SST = "name SleepConnect's own pipeline; it is not SST"
NOTHING = Environment({})
Deed = Literal["deploy", "rollback"]


def run(
    settings: Settings,
    where: Checkout | None,
    deed: Deed,
    screen: Console,
    hidden: Environment = NOTHING,
) -> None:
    """Returns when the pipeline has ended well; raises OpsError with its exit code and last lines.

    None of the values that are `hidden` is passed on, nor a secret of its env file or of this shell.
    """
    pipeline = needed(settings, deed)
    sources = (hidden, checkout.private(os.environ), where.private() if where else NOTHING)
    for number, source in enumerate(sources):
        # Each value: two sources may differ in one.
        screen.hide(Environment({f"{number} {name}": value for name, value in source.items()}))
    lines = Lines(screen)
    check = commands.sleepconnect_check(settings.site.environment)
    screen.line(f"SleepConnect's own pipeline ({pipeline.runs}): {getattr(pipeline, deed)}")
    try:
        _run(pipeline, where, deed, lines)
    except (Interrupted, KeyboardInterrupt):
        screen.line(f"it did not end by itself; see what SleepConnect serves: {check}")
        raise
    screen.line(f"done; see that it serves: {check}")


def _run(pipeline: Pipeline, where: Checkout | None, deed: Deed, lines: Lines) -> None:
    if pipeline.runs == "workflow":
        workflow.run(pipeline, deed, lines)
    elif pipeline.runs == "ssh":
        remote.run(pipeline, deed, lines)
    elif where is None:
        raise UsageError("the pipeline runs in SleepConnect's checkout, and there is none", "--app=PATH")
    else:
        _here(pipeline, deed, where.path, lines)


def needed(settings: Settings, deed: Deed) -> Pipeline:
    """The pipeline; raises UsageError for one that cannot run, or that would use SST."""
    key = f"sleepconnect_pipeline in inventories/{settings.site.environment}"
    pipeline = settings.sleepconnect.pipeline
    if pipeline is None:
        raise UsageError(
            f"{key} is missing",
            "write there how SleepConnect is deployed: docs/runbook.md has the three ways",
        )
    command = getattr(pipeline, deed)
    wanted = {"command": (), "ssh": ("host", "folder"), "workflow": ("repository", "ref")}[pipeline.runs]
    for name in (deed, *wanted):
        if not getattr(pipeline, name):
            raise UsageError(f"{key} has no {name}", f"write {name}: there")
    if SST.search(command):
        raise UsageError(f"{key}: {command!r} uses SST", NO_SST)
    return pipeline


def told_by(settings: Settings, pipeline: Pipeline, environ: Mapping[str, str] = os.environ) -> Environment:
    """What a pipeline that works on the AWS of this shell may tell: the variables of SleepConnect's function.

    Raises UsageError for another account, or for a pipeline elsewhere that knows nothing of the local AWS.
    """
    if pipeline.runs == "command":
        # It gets this shell's credentials.
        aws = connect(settings.site.account_id, settings.site.region, environ).read_only()
        return _variables(aws, settings.sleepconnect.function_name)
    host = pipeline.host.rpartition("@")[2].partition(":")[0]
    if local_endpoint(environ) and host not in LOOPBACK:
        raise UsageError(
            f"this shell points to the local AWS, of which {pipeline.repository or host} knows nothing: "
            "its pipeline would change the real SleepConnect",
            "type it in a new shell when that is meant, else give the inventory one that `runs: command`",
        )
    return NOTHING


def _variables(aws: Aws, name: str) -> Environment:
    # Who may not read them can still deploy.
    with contextlib.suppress(AwsError):
        found = Function(aws.api("lambda"), name).configuration() if name else None
        if found is not None:
            return found.environment.without(checkout.NAMES).of_length(values.SHORTEST_UNKNOWN)
    return NOTHING


def _here(pipeline: Pipeline, deed: Deed, folder: Path, lines: Lines) -> None:
    command = str(getattr(pipeline, deed))
    _refuse_sst(command, folder)
    # Its own tools first; this project's Node and pnpm where the machine has none.
    path = os.pathsep.join(
        [os.environ.get("PATH", os.defpath), str(node.BIN), str(node.TOOLS / "node_modules" / ".bin")]
    )
    shell = shutil.which("bash") or "/bin/sh"
    environ = {**os.environ, "PATH": path, "CI": "1"}
    code = stream.run([shell, "-c", command], folder, environ, lines, pipeline.minutes * 60)
    fix = f"cd {shlex.quote(str(folder))} && {command}"
    if code is None:
        raise stream.too_long(command, pipeline.minutes, lines, fix)
    if code != 0:
        raise stream.failed(command, code, lines, fix)


def _refuse_sst(command: str, folder: Path) -> None:
    """SST may stand behind a script of its package.json that the command names."""
    scripts: Mapping[str, str] = {}
    # What is wrong with the file the pipeline itself says.
    with contextlib.suppress(OSError, ValueError, AttributeError):
        scripts = json.loads((folder / "package.json").read_text()).get("scripts") or {}
    for name in re.findall(r"[\w:.-]+", command):
        if SST.search(str(scripts.get(name, ""))):
            raise UsageError(f"{command!r}: its script {name} uses SST", NO_SST)
