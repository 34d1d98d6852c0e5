"""Standard output and standard error that cannot stop a command: what cannot be written is dropped."""

from __future__ import annotations

import errno
import io
import os
import select
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from outreach_ops.errors import OpsError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class _Sink(io.FileIO):
    """A file descriptor. After the first error nothing more is written to it, and no error is raised."""

    def __init__(self, descriptor: int, error: OSError | None = None) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self.error = error
        self.tolerant = False
        """Whether any error is kept for later. Else only a missing reader is, which is no failure."""

    def write(self, data: ReadableBuffer, /) -> int:
        if self.error is None:
            try:
                return self._write(data)
            except OSError as error:
                if not self.tolerant and error.errno != errno.EPIPE:
                    raise
                self.error = error
        return memoryview(data).nbytes

    def _write(self, data: ReadableBuffer) -> int:
        # None: another process has made the pipe or terminal that we share with it non-blocking.
        while (written := super().write(data)) is None:
            select.select([], [self], [])
        return written


def install() -> None:
    """Replace this process's standard streams; the descriptors that it was started without are opened."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            # Else the next file or connection would get this number, and with it what is printed.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    if sys.stdin is None:
        sys.stdin = io.TextIOWrapper(io.FileIO(os.devnull))
    # Whoever has replaced them already wants them that way.
    if sys.stdout is sys.__stdout__:
        sys.stdout = _stream(sys.__stdout__)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _stream(sys.__stderr__)


def tolerate() -> None:
    """From now on a full disk or a closed terminal is not raised either, because there is work to finish."""
    for stream in (sys.stdout, sys.stderr):
        if (sink := _sink(stream)) is not None:
            sink.tolerant = True


def error() -> OSError | None:
    """Return what kept standard output from being written, None when nothing did."""
    sink = _sink(sys.stdout)
    return None if sink is None else sink.error


def require_written() -> None:
    """Refuse to call a command done whose output was lost, unless its reader did not want more."""
    if (lost := error()) is not None and lost.errno != errno.EPIPE:
        raise OpsError(
            f"the output could not be written: {lost.strerror}",
            "make room there or name another place for it, then run the command again",
        )


def _sink(stream: TextIO) -> _Sink | None:
    raw = getattr(getattr(stream, "buffer", None), "raw", None)
    return raw if isinstance(raw, _Sink) else None


def _stream(before: TextIO | None) -> io.TextIOWrapper:
    """A text stream to where `before` writes, by lines; what cannot be encoded is written as its number."""
    if before is None:
        lost = OSError(errno.EBADF, os.strerror(errno.EBADF))
        sink = _Sink(os.open(os.devnull, os.O_WRONLY), lost)
        return io.TextIOWrapper(io.BufferedWriter(sink), "utf-8", line_buffering=True)
    sink = _Sink(before.fileno())
    try:
        before.flush()
    except OSError as failed:
        sink.error = failed
        # Python flushes it once more at the end, and would change the exit code.
        with Path(os.devnull).open("w") as null:
            os.dup2(null.fileno(), before.fileno())
    errors = "backslashreplace" if before.errors == "strict" else before.errors
    return io.TextIOWrapper(io.BufferedWriter(sink), before.encoding, errors, line_buffering=True)
