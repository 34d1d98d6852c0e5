"""Ctrl-C, SIGTERM and SIGHUP run the failure path, and what puts things back is not interrupted."""

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
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.raise_signal(number)
        print("put back after", error, flush=True)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.getsignal(signal.SIGTERM) is signal.getsignal(signal.SIGHUP) is signal.SIG_DFL
    raise SystemExit(5)
"""


@pytest.mark.parametrize("number", interrupt.SIGNALS, ids=lambda number: number.name)
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
    with interrupt.interruptible(), pytest.raises(interrupt.Interrupted), interrupt.deferred() as release:
        signal.raise_signal(signal.SIGTERM)
        done.append("begun")
        release()
    with interrupt.interruptible(), pytest.raises(interrupt.Interrupted), interrupt.deferred() as release:
        release()
        done.append("released")
        signal.raise_signal(signal.SIGINT)
        done.append("never")
    assert done == ["begun", "released"]


def test_what_is_asked_while_things_are_put_back_is_never_raised() -> None:
    done: list[str] = []
    with interrupt.interruptible(), interrupt.uninterrupted():
        with interrupt.deferred() as release:
            signal.raise_signal(signal.SIGTERM)
            release()
        done.append("put back")
    assert done == ["put back"]


@pytest.mark.parametrize("number", interrupt.SIGNALS, ids=lambda number: number.name)
def test_a_second_signal_does_not_stop_what_the_first_has_begun(number: signal.Signals) -> None:
    done: list[str] = []
    with interrupt.interruptible(), pytest.raises(interrupt.Interrupted):
        try:
            signal.raise_signal(signal.SIGHUP)
        finally:
            signal.raise_signal(number)
            done.append("put back")
    assert done == ["put back"]


NOHUP = """
import signal
from outreach_ops.interrupt import deferred, interruptible, uninterrupted
with interruptible(), deferred() as release:
    signal.raise_signal(signal.SIGHUP)
    release()
print("went on")
"""


def test_a_command_under_nohup_goes_on_when_the_terminal_closes() -> None:
    command = ["nohup", sys.executable, "-c", NOHUP]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout) == (0, "went on\n"), done.stderr
