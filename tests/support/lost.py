"""A command as it is typed, in a process of its own, whose output is lost at a moment that a test chooses."""

from __future__ import annotations

import contextlib
import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, get_args

from outreach_ops.terminal import plain
from support.local import executable

How = Literal["reader gone", "stdout full", "stderr full", "terminal closed", "no stdout"]
HOW: tuple[How, ...] = get_args(How)

SECONDS = 120.0
# Its next file may be larger than what a full disk would have taken: only the output reaches this size.
FULL = 1 << 30
# In a session of its own, whose terminal is what the process gets as standard input.
TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
CLOSED = ("/bin/sh", "-c", 'exec "$0" "$@" >&-')


class Command:
    """The process; "stderr full" and "no stdout" are so from the start, else `lose` takes its output away."""

    def __init__(self, how: How, process: subprocess.Popen[bytes], output: int, errors: Path) -> None:
        self._how, self._process, self._output, self._errors = how, process, output, errors
        self._said = b""
        self._limit = threading.Timer(SECONDS, process.kill)
        self._limit.start()

    @property
    def said(self) -> str:
        """What it has shown until now, and its errors."""
        shown = plain(self._said.decode(errors="replace").replace("\r", "\n"))
        return shown + self._errors.read_text()

    def wait_for(self, pattern: str) -> None:
        """Return when a line of its output matches; what cannot be read from the start matches at once."""
        if self._how == "no stdout":
            return
        while not re.search(f"(?m){pattern}", self.said):
            read = self._read()
            assert read, f"it ended before {pattern!r}:\n{self.said}"
            self._said += read

    def lose(self) -> None:
        """Take its output away."""
        if self._how == "stdout full":
            size = os.fstat(self._output).st_size
            resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (size, size))
        elif self._how in ("reader gone", "terminal closed"):
            os.close(self._output)
            self._output = -1
        if self._how == "terminal closed":
            # The kernel tells who leads the session; a shell then tells every process of its job.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGHUP)

    def end(self) -> int:
        """Return its exit code; whatever can be read is read until then."""
        while self._output >= 0 and (read := self._read()):
            self._said += read
        code = self._process.wait(SECONDS)
        assert self._limit.is_alive(), f"it did not end within {SECONDS:.0f} s:\n{self.said}"
        return code

    def close(self) -> None:
        """Leave nothing of it."""
        self._limit.cancel()
        self._process.kill()
        self._process.wait()
        if self._output >= 0:
            os.close(self._output)

    def _read(self) -> bytes:
        """More of its output; nothing when it has ended."""
        if self._how != "stdout full":
            with contextlib.suppress(OSError):
                # A terminal that nobody has open any more is an error.
                return os.read(self._output, 65536)
            return b""
        while True:
            ended = self._process.poll() is not None
            if (read := os.pread(self._output, 65536, FULL + len(self._said))) or ended:
                return read
            time.sleep(0.02)


@contextlib.contextmanager
def command(
    how: How,
    arguments: Sequence[str],
    root: Path,
    environ: Mapping[str, str],
    folder: Path,
) -> Iterator[Command]:
    """The command for as long as the body runs; `folder` is for its files."""
    errors = folder / "errors"
    errors.write_text("")
    typed, session = executable(arguments), False
    with contextlib.ExitStack() as opened:

        def hold(descriptor: int) -> int:
            opened.callback(os.close, descriptor)
            return descriptor

        given = hold(os.open(os.devnull, os.O_RDONLY))
        wrong = hold(os.open("/dev/full" if how == "stderr full" else errors, os.O_WRONLY | os.O_APPEND))
        if how == "stdout full":
            file = folder / "output"
            file.touch()
            os.truncate(file, FULL)
            output = os.open(file, os.O_RDONLY)
            written = hold(os.open(file, os.O_WRONLY | os.O_APPEND))
        elif how == "terminal closed":
            output, terminal = os.openpty()
            given = written = wrong = hold(terminal)
            typed, session = [sys.executable, "-c", TERMINAL, *typed], True
        else:
            output, write = os.pipe()
            written = hold(write)
        if how == "no stdout":
            typed = [*CLOSED, *typed]
        process = subprocess.Popen(
            typed,
            cwd=root,
            env={**environ, "PYTHONPATH": str(root / "scripts")},
            stdin=given,
            stdout=written,
            stderr=wrong,
            start_new_session=session,
        )
    running = Command(how, process, output, errors)
    try:
        yield running
    finally:
        running.close()
