"""Ctrl-C and SIGTERM end a command like any other failure: with everything put back and explained."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(BaseException):
    """The operator, or the machine, asked the command to end."""

    def __str__(self) -> str:
        return "interrupted"


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Within it, Ctrl-C and SIGTERM raise Interrupted in the main thread."""
    with _handlers(_raise):
        yield


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Within it, Ctrl-C and SIGTERM are ignored: what puts things back must not stop half-way."""
    with _handlers(signal.SIG_IGN):
        yield


@contextlib.contextmanager
def deferred() -> Iterator[Callable[[], None]]:
    """Within it, Ctrl-C and SIGTERM wait until the yielded function is called, which raises Interrupted."""
    asked: list[int] = []

    def remember(number: int, _frame: FrameType | None) -> None:
        asked.append(number)

    with contextlib.ExitStack() as handlers:
        handlers.enter_context(_handlers(remember))

        def release() -> None:
            handlers.close()
            if asked:
                raise Interrupted

        yield release


def _raise(_signal: int, _frame: FrameType | None) -> None:
    raise Interrupted


@contextlib.contextmanager
def _handlers(handler: signal._HANDLER) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in SIGNALS}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)
