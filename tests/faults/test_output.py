"""What becomes of a command's output decides neither what is live nor what its exit code says."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from outreach_ops.release.stages import DEPLOY
from support import staging as support_staging
from support.lost import HOW, How
from support.sandbox_site import until
from support.staging import ENV, SITE, Staging
from support.writing import COMMANDS

fault = pytest.mark.fault
PLAY = """
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - ansible.builtin.raw: "true {{ 'x' * 3000 }}"
      loop: [1, 2, 3, 4, 5, 6]
    - ansible.builtin.raw: "touch FILE"
"""
# Before the lease is taken nothing is recorded.
RECORDED = {0: (["ok"],), 4: (["failed"], []), 5: (["rolled back"],)}


@pytest.fixture(scope="module")
def staging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staging]:
    with support_staging.staging(tmp_path_factory.mktemp("output")) as staging:
        yield staging
        staging.done("invoke", "sandbox.reset")


@pytest.fixture
def moments(request: pytest.FixtureRequest, how: How) -> list[tuple[str, str]]:
    """Commands, and the lines after which their output is lost; in `make test` one of them."""
    if not request.config.getoption("all_faults"):
        return [("deploy", ended("alias"))]
    if how in ("stderr full", "no stdout"):
        # They are so at every stage.
        return [("deploy", ""), ("rollback", "")]
    # After the last ones it may have ended when its terminal is closed.
    late = ("verify", "watch") if how == "terminal closed" else ("watch",)
    stages = [ended(stage.name) for stage in DEPLOY if stage.name not in ("files", *late)]
    deploys = [("deploy", after) for after in (rf"^{SITE}: ", ended("files"), *stages)]
    return [*deploys, *(("rollback", after) for after in ("^  ", *stages))]


def ended(stage: str) -> str:
    """What matches the line of a stage that has ended."""
    return rf"^  {stage} +\S.*\d s *$"


@fault(
    "the output's reader goes away, its disk is full, its terminal is closed (SIGHUP) or there is none",
    "done; at SIGHUP as at SIGTERM; the exit code says which",
)
@pytest.mark.parametrize("how", HOW)
def test_a_release_ends_as_it_says_whatever_becomes_of_its_output(
    staging: Staging, how: How, moments: list[tuple[str, str]]
) -> None:
    other = ""
    for kind, after in moments:
        if kind == "rollback" and not other:
            other = staging.live()
            staging.release()
            staging.done(*staging.deploying())
        recorded = len(staging.statuses())
        before, wanted = staging.live(), other if kind == "rollback" else staging.release()
        back = ("invoke", "rollback", ENV, "--tag", f"v{wanted}")
        code, said = staging.run(how, after, *(staging.deploying() if kind == "deploy" else back))
        # Only a closed terminal takes a release back, unless it is too late for that.
        assert code in ((0, 4, 5) if how == "terminal closed" else (0,)), said
        assert staging.live() == (wanted if code == 0 else before), said
        assert staging.statuses()[recorded:] in RECORDED[code], said
        other = before if code == 0 else other
        if (how, after) == ("terminal closed", ended("alias")):
            assert code == 5, said


@fault(
    "the output of any other command that changes something is lost, or its terminal is closed",
    "it does what it was asked for, or its exit code says that it has not",
)
@pytest.mark.parametrize("how", HOW)
def test_every_command_that_changes_something_ends_as_it_says(
    staging: Staging, how: How, request: pytest.FixtureRequest
) -> None:
    everything = request.config.getoption("all_faults")
    for command in COMMANDS if everything else ("env.new",):
        typed = COMMANDS[command](staging, f"qa{'vwxyz'[HOW.index(how)]}")
        # Before its first line it is not a command yet, and a closed terminal ends it as any other process.
        after = "." if how == "terminal closed" else ""
        code, said = staging.run(how, after, "invoke", command, *typed.arguments, **typed.variables)
        # What ends at once may be done when its terminal is closed, and end by that signal.
        allowed = (0, 4, 5, -signal.SIGHUP) if how == "terminal closed" else (0,)
        assert code in allowed, f"{command}: {said}"
        assert code != 0 or typed.done(), f"{command}: {said}"
        if everything:
            staging.recover()


@fault("the terminal is closed while the playbook adds a path", "exit 4, live unchanged; no playbook goes on")
def test_a_closed_terminal_leaves_no_playbook_behind(staging: Staging) -> None:
    before, path = staging.live(), "/outreach/closed.txt"
    staging.release(path)
    staging.aws.forget_calls()
    staging.aws.faults({"match": {"operation": "UpdateDistribution.*"}, "delay_ms": 15_000})
    try:
        with staging.typing("terminal closed", *staging.deploying()) as deploying:
            deploying.wait_for("--tags cloudfront")
            assert until(lambda: "cloudfront:UpdateDistribution" in staging.aws.calls(), 60)
            assert playbooks(staging)
            deploying.lose()
            assert deploying.end() == 4, deploying.said
        assert playbooks(staging) == []
    finally:
        staging.aws.faults()
    assert (staging.live(), staging.statuses()[-1]) == (before, "failed")


def playbooks(staging: Staging) -> list[str]:
    """Return the processes of playbooks that work on this local AWS."""
    endpoint = staging.aws.running.endpoint_url
    processes = []
    for process in Path("/proc").glob("[0-9]*"):
        # It may end meanwhile.
        with contextlib.suppress(OSError):
            typed = (process / "cmdline").read_bytes()
            if b"ansible-playbook" in typed and endpoint.encode() in (process / "environ").read_bytes():
                processes.append(str(process))
    return processes


@fault("the output of a typed ansible-playbook is lost", "the play goes on to its end; done")
@pytest.mark.parametrize("how", HOW)
def test_a_typed_playbook_goes_on_without_its_output(staging: Staging, how: How, tmp_path: Path) -> None:
    play, file = tmp_path / "play.yml", tmp_path / "ended"
    play.write_text(PLAY.replace("FILE", str(file)))
    # Then the thread that waits for results shows much; without any output Ansible refuses such a flag.
    verbose = () if how == "no stdout" else ("-vvv",)
    code, said = staging.run(how, "^TASK", "ansible-playbook", "-i", "localhost,", str(play), *verbose)
    assert (code, file.exists()) == (0, True), said


@pytest.mark.parametrize(("how", "code"), [("reader gone", 0), ("stdout full", 4), ("no stdout", 4)])
def test_a_check_of_the_playbook_whose_output_is_lost_fails_unless_nobody_reads_it(
    staging: Staging, how: How, code: int, tmp_path: Path
) -> None:
    play = tmp_path / "play.yml"
    play.write_text(PLAY)
    command = ("ansible-playbook", "-i", "localhost,", str(play), "--check", "--diff")
    ended, said = staging.run(how, "^PLAY", *command)
    assert ended == code, said
    assert ("the output could not be written" in said) is (code == 4)


def test_following_a_log_ends_when_nobody_reads_on(staging: Staging) -> None:
    with staging.typing("reader gone", "invoke", "logs", ENV, "--follow") as logs:
        staging.aws.site.fetch("/outreach")
        logs.wait_for(".")
        logs.lose()
        staging.aws.site.fetch("/outreach")
        assert logs.end() == 0
