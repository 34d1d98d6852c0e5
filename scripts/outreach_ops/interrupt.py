"""Ctrl-C, SIGTERM and a closed terminal end a command like any failure: all is put back and explained."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(BaseException):
    """The operator, or the machine, asked the command to end."""

    def __str__(self) -> str:
        return "interrupted"


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Within it, the first of SIGNALS raises Interrupted in the main thread; the others are ignored."""
    with _handlers(_raise_once):
        yield


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Within it, SIGNALS are ignored: what puts things back must not stop half-way."""
    with _handlers(signal.SIG_IGN):
        yield


@contextlib.contextmanager
def deferred() -> Iterator[Callable[[], None]]:
    """Within it, SIGNALS wait until the yielded function is called, and have their usual effect then."""
    asked: list[int] = []

    def remember(number: int, _frame: FrameType | None) -> None:
        asked.append(number)

    with contextlib.ExitStack() as handlers:
        handlers.enter_context(_handlers(remember))

        def release() -> None:
            handlers.close()
            for number in asked[:1]:
                signal.raise_signal(number)

        yield release


def _raise_once(_signal: int, _frame: FrameType | None) -> None:
    # A terminal that closes sends several: the second must not stop what the first has begun to put back.
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise Interrupted


@contextlib.contextmanager
def _handlers(handler: signal._HANDLER) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # nohup has made it ignore SIGHUP.
    ignored = {signal.SIGHUP} if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else set()
    before = {number: signal.signal(number, handler) for number in SIGNALS if number not in ignored}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)
