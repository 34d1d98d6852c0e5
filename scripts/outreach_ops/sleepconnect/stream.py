"""Runs somebody else's program: its output is passed on line by line, and it never outlives its limit."""

from __future__ import annotations

import collections
import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from outreach_ops.console import Console
from outreach_ops.errors import OpsError
from outreach_ops.interrupt import deferred, uninterrupted
from outreach_ops.terminal import plain

LAST = 12
GRACE_SECONDS = 5.0


class Lines:
    """A text stream that shows whole lines behind a prefix, and remembers the last ones."""

    def __init__(self, screen: Console, prefix: str = "sleepconnect | ") -> None:
        self._screen, self._prefix, self._rest = screen, prefix, ""
        self.last: collections.deque[str] = collections.deque(maxlen=LAST)

    def write(self, text: str) -> None:
        """Shows each line that is complete."""
        *lines, self._rest = (self._rest + text).replace("\r\n", "\n").split("\n")
        for line in lines:
            self._show(line)

    def flush(self) -> None:
        """Nothing: a line that is not complete is held back."""

    def close(self) -> None:
        """Shows what was held back."""
        if self._rest:
            self._show(self._rest)
        self._rest = ""

    def _show(self, line: str) -> None:
        # What a progress bar overwrote is not shown.
        shown = self._screen.mask(plain(line.split("\r")[-1]).rstrip())
        self._screen.line(f"{self._prefix}{shown}")
        if shown:
            self.last.append(shown)


def failed(what: str, code: int, lines: Lines, fix: str) -> OpsError:
    """What a pipeline that failed is reported as: its exit code and its last lines."""
    said = "\n  ".join(["its last lines:", *lines.last]) if lines.last else "it said nothing"
    return OpsError(f"{what} ended with exit code {code}; {said}", fix, step="sleepconnect")


def too_long(what: str, minutes: float, lines: Lines, fix: str) -> OpsError:
    """What a pipeline that hangs is reported as."""
    said = "\n  ".join(["its last lines:", *lines.last]) if lines.last else "it said nothing"
    return OpsError(
        f"{what} did not end within {minutes:g} minutes and was stopped; {said}", fix, step="sleepconnect"
    )


class Sink(Protocol):
    """Where the output of a program goes, line by line."""

    def write(self, text: str) -> None:
        """Takes one line; the last one may lack its end."""

    def close(self) -> None:
        """Is told that there is no more."""


def run(
    arguments: Sequence[str],
    folder: Path,
    environ: Mapping[str, str],
    lines: Sink,
    seconds: float,
    grace_seconds: float = 0.0,
) -> int | None:
    """The exit code, or None when it had to be stopped; it and its children are gone when this returns.

    After an interruption it may go on for `grace_seconds`.
    """
    # Interrupted while it starts, nobody would know what to end.
    with deferred() as release:
        process = _started(arguments, folder, environ)
        reader = threading.Thread(target=_pass_on, args=(process, lines), daemon=True)
        reader.start()
        try:
            release()
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            _end(process)
            return None
        except BaseException:
            with uninterrupted():
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(grace_seconds)
                _end(process)
            raise
        finally:
            # What it has left running may hold its output open for ever.
            reader.join(GRACE_SECONDS)
            lines.close()


def _started(arguments: Sequence[str], folder: Path, environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C reaches this command alone, which then ends the whole group.
    return subprocess.Popen(
        list(arguments),
        cwd=folder,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _pass_on(process: subprocess.Popen[bytes], lines: Sink) -> None:
    for raw in process.stdout or ():
        lines.write(raw.decode(errors="replace"))


def _end(process: subprocess.Popen[bytes]) -> None:
    """Asks the whole group to end, and ends it when it does not."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
            if number is signal.SIGKILL or not _alive(process.pid):
                return


def _alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
