"""The pipeline as a GitHub workflow: started through gh, and watched until it ends."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from outreach_ops.errors import OpsError, UsageError
from outreach_ops.settings.model import Pipeline
from outreach_ops.sleepconnect import stream
from outreach_ops.sleepconnect.stream import Lines

SECONDS = 60
APPEARS_SECONDS = 90.0
PAUSE_SECONDS = 1.0


def run(pipeline: Pipeline, deed: str, lines: Lines, sleep: Callable[[float], None] = time.sleep) -> None:
    """Returns when the run has succeeded; raises OpsError with the run to look at."""
    if shutil.which("gh") is None:
        raise UsageError("gh is not installed", "install GitHub's gh, then: gh auth login")
    if (status := _gh("auth", "status"))[0] != 0:
        raise UsageError(f"gh is not logged in: {_last(status[1])}", "gh auth login")
    file = str(getattr(pipeline, deed))
    before = _runs(pipeline, file)
    started = _gh("workflow", "run", file, "--repo", pipeline.repository, "--ref", pipeline.ref)
    if started[0] != 0:
        raise OpsError(
            f"gh did not start {file}: {_last(started[1])}",
            f"gh workflow list --repo {pipeline.repository}",
            step="sleepconnect",
        )
    try:
        identity = _appeared(pipeline, file, before, sleep)
    except BaseException:
        lines.write(f"{file} goes on at GitHub: {_list(pipeline, file)}\n")
        raise
    lines.write(f"run {identity} of {file}\n")
    _watch(pipeline, identity, lines)


def _watch(pipeline: Pipeline, identity: int, lines: Lines) -> None:
    where = f"{identity} --repo {pipeline.repository}"
    arguments = ["gh", "run", "watch", *where.split(), "--exit-status", "--interval", "10"]
    try:
        code = stream.run(arguments, Path.cwd(), os.environ, lines, pipeline.minutes * 60)
    except BaseException:
        lines.write(f"the run goes on at GitHub: gh run watch {where}, or gh run cancel {where}\n")
        raise
    if code is None:
        raise stream.too_long(
            f"watching run {identity}, which goes on at GitHub,",
            pipeline.minutes,
            lines,
            f"gh run cancel {where}",
        )
    if code != 0:
        _, log = _gh("run", "view", *where.split(), "--log-failed")
        lines.write(log)
        lines.close()
        raise stream.failed(f"run {identity}", code, lines, f"gh run view {where} --log-failed")


def _appeared(pipeline: Pipeline, file: str, before: set[int], sleep: Callable[[float], None]) -> int:
    """The run that was started: gh does not say which one it is."""
    for _ in range(int(APPEARS_SECONDS / PAUSE_SECONDS)):
        if new := _runs(pipeline, file) - before:
            return max(new)
        sleep(PAUSE_SECONDS)
    raise OpsError(
        f"{file} was started, but no run of it appeared",
        _list(pipeline, file),
        step="sleepconnect",
    )


def _runs(pipeline: Pipeline, file: str) -> set[int]:
    arguments = ("--repo", pipeline.repository, "--workflow", file, "--branch", pipeline.ref)
    code, said = _gh(
        "run", "list", *arguments, "--event", "workflow_dispatch", "--json", "databaseId", "--limit", "20"
    )
    try:
        if code == 0:
            return {int(each["databaseId"]) for each in json.loads(said)}
    except (ValueError, TypeError, KeyError):
        pass
    raise OpsError(
        f"gh did not list the runs of {file} in {pipeline.repository}: {_last(said)}",
        _list(pipeline, file),
        step="sleepconnect",
    )


def _list(pipeline: Pipeline, file: str) -> str:
    return f"gh run list --repo {pipeline.repository} --workflow {file}"


def _gh(*arguments: str) -> tuple[int, str]:
    try:
        done = subprocess.run(
            ["gh", *arguments], capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return 124, f"gh {arguments[0]} did not answer within {SECONDS} s"
    return done.returncode, done.stdout if done.returncode == 0 else done.stderr or done.stdout


def _last(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else "it said nothing"
