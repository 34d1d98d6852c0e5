"""A command goes on whatever becomes of its output; one that only shows something fails when it is lost."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from outreach_ops.settings.load import ROOT

TASK = """
import sys
from invoke.context import Context
from invoke.exceptions import Exit
from outreach_ops.errors import OpsError
from outreach_ops.tasks.support import command, query

def body(_context, plan=False, wrong=False):
    print("live: v0.1.0")
    print("done", file=sys.stderr)
    if wrong:
        raise OpsError("it broke", "type this")

kind, *flags = sys.argv[1:]
try:
    {"command": command, "query": query}[kind](body)(Context(), **dict.fromkeys(flags, True))
except Exit as error:
    sys.exit(error.code)
"""


def typed(redirected: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A task in a process of its own, whose output a shell redirects."""
    return subprocess.run(
        ["/bin/bash", "-c", f'exec "$0" -c "$@" {redirected}', sys.executable, TASK, *arguments],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("redirected", [">/dev/full", ">&-", ">&- 2>&-", "2>/dev/full", ">/dev/full 2>&1"])
@pytest.mark.parametrize(("flags", "code"), [((), 0), (("wrong",), 4)])
def test_a_command_that_changes_something_ends_as_its_work_did(
    redirected: str, flags: tuple[str, ...], code: int
) -> None:
    done = typed(redirected, "command", *flags)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


@pytest.mark.parametrize("redirected", [">/dev/full", ">&-", "</dev/null 1<&0"])
@pytest.mark.parametrize("arguments", [("query",), ("command", "plan")])
def test_a_command_that_only_shows_something_fails_when_that_is_lost(
    redirected: str, arguments: tuple[str, ...]
) -> None:
    done = typed(redirected, *arguments)
    assert done.returncode == 4
    assert done.stderr.splitlines()[1].startswith("error: the output could not be written: ")
    assert "Traceback" not in done.stderr


def test_its_exit_code_stays_when_only_its_errors_are_lost() -> None:
    done = typed("2>/dev/full", "query")
    assert (done.returncode, done.stdout) == (0, "live: v0.1.0\n")


@pytest.mark.parametrize("kind", ["command", "query"])
@pytest.mark.parametrize(("flags", "code"), [((), 0), (("wrong",), 4)])
def test_a_reader_that_goes_away_changes_no_exit_code(kind: str, flags: tuple[str, ...], code: int) -> None:
    assert unread([sys.executable, "-c", TASK, kind, *flags])[0] == code


def test_the_list_of_commands_may_be_read_in_part() -> None:
    assert unread([str(Path(sys.executable).parent / "invoke"), "--list"]) == (0, "")


def unread(command: list[str]) -> tuple[int, str]:
    """The exit code of a command whose output nobody reads, and its errors."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as pipe:
        done = subprocess.run(
            command, cwd=ROOT, stdout=pipe, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )
    assert "Broken" not in done.stderr
    return done.returncode, done.stderr


def test_what_its_terminal_cannot_show_is_written_as_its_number() -> None:
    program = "from outreach_ops import output; output.install(); print('v0.1.0 \\u2192 live')"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "v0.1.0 \\u2192 live\n"), done.stderr


def test_a_pipe_that_does_not_block_is_waited_for() -> None:
    text = "x" * 500_000
    program = (
        f"from outreach_ops import output; output.install(); output.tolerate(); print('x' * {len(text)})"
    )
    read, write = os.pipe()
    os.set_blocking(write, False)
    received: list[bytes] = []

    def take() -> None:
        with os.fdopen(read, "rb") as pipe:
            received.append(pipe.read())

    with subprocess.Popen([sys.executable, "-c", program], stdout=write) as process:
        os.close(write)
        taking = threading.Thread(target=take)
        taking.start()
        assert process.wait(60) == 0
    taking.join(10)
    assert received == [f"{text}\n".encode()]


def test_what_is_opened_later_never_gets_what_is_printed(tmp_path: Path) -> None:
    program = (
        "import sys; from outreach_ops import output; output.install()\n"
        "with open(sys.argv[1], 'w') as file:\n"
        "    print('printed'); print('printed', file=sys.stderr); file.write(str(file.fileno() > 2))\n"
        "    file.write(sys.stdin.read())"
    )
    file = tmp_path / "file"
    command = ["/bin/sh", "-c", 'exec "$0" "$@" <&- >&- 2>&-', sys.executable, "-c", program, str(file)]
    subprocess.run(command, timeout=60, check=True)
    assert file.read_text() == "True"
