"""Many calls at once: none is begun after a failure, and none is left behind."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from outreach_ops import parallel
from outreach_ops.interrupt import Interrupted, interruptible

MAIN = threading.main_thread().ident or 0


def test_a_second_signal_waits_for_the_calls_that_are_under_way() -> None:
    done: list[str] = []

    def call(item: str) -> None:
        first = signal.getsignal(signal.SIGTERM)
        signal.pthread_kill(MAIN, signal.SIGTERM)
        limit = time.monotonic() + 1
        while signal.getsignal(signal.SIGTERM) is first and time.monotonic() < limit:
            time.sleep(0.01)
        signal.pthread_kill(MAIN, signal.SIGTERM)
        time.sleep(0.1)
        done.append(item)

    with interruptible(), pytest.raises(Interrupted):
        list(parallel.each(call, ["the only one"]))
    assert done == ["the only one"]
