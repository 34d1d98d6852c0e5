"""Ctrl-C and SIGTERM run the failure path, and what puts things back is not interrupted."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from outreach_ops import interrupt

CHILD = """
import signal, time
from outreach_ops.interrupt import Interrupted, interruptible, uninterrupted
# A shell that runs the tests in the background has made its children ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    with interruptible():
        print("inside", flush=True)
        time.sleep(30)
except Interrupted as error:
    with uninterrupted():
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
        print("put back after", error, flush=True)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    raise SystemExit(5)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_runs_the_failure_path_to_its_end(number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", CHILD], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "inside\n"
        child.send_signal(number)
        said, _ = child.communicate(timeout=20)
    assert said == "put back after interrupted\n"
    assert child.returncode == 5


def test_what_is_asked_meanwhile_is_raised_when_it_is_released() -> None:
    done: list[str] = []
    with interrupt.interruptible():
        with pytest.raises(interrupt.Interrupted), interrupt.deferred() as release:
            signal.raise_signal(signal.SIGTERM)
            done.append("begun")
            release()
        with pytest.raises(interrupt.Interrupted), interrupt.deferred() as release:
            release()
            done.append("released")
            signal.raise_signal(signal.SIGINT)
            done.append("never")
    assert done == ["begun", "released"]
