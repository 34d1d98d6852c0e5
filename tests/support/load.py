"""Steady requests beside a command, and what they were answered."""

from __future__ import annotations

import collections
import contextlib
import threading
from collections.abc import Callable, Iterator

PAUSE_SECONDS = 0.05

Ask = Callable[[], int]
"""One request; the status of its answer."""


@contextlib.contextmanager
def steady(*asks: Ask) -> Iterator[list[collections.Counter[str]]]:
    """Goes on asking, each in a thread of its own; how often each was answered with which status or error."""
    ended = threading.Event()
    found = [collections.Counter[str]() for _ in asks]

    def go(ask: Ask, seen: collections.Counter[str]) -> None:
        while not ended.wait(PAUSE_SECONDS):
            try:
                seen[str(ask())] += 1
            except Exception as error:
                seen[f"{type(error).__name__}: {error}"] += 1

    threads = [threading.Thread(target=go, args=pair, daemon=True) for pair in zip(asks, found, strict=True)]
    for thread in threads:
        thread.start()
    try:
        yield found
    finally:
        ended.set()
        for thread in threads:
            thread.join(timeout=40)
