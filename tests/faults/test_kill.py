"""Real processes are ended before and after each API call; the next command puts everything right."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from outreach_ops.aws.operations import Call
from support.arena import Arena

MOST_CALLS = 200
SAMPLED = {"deploy": "UpdateAlias", "rollback": "CopyObject", "prune": "DeleteObjects"}
"""In `make test`: the call in the middle of each command."""

Kill = Callable[[int | str, str], Call | None]
Each = Callable[[str, Kill], Iterator[int]]


@pytest.fixture
def each(request: pytest.FixtureRequest) -> Each:
    """Ends a command before and after every call, or in `make test` a few; gives the number of each try."""
    everything = request.config.getoption("all_faults")

    def of(command: str, kill: Kill) -> Iterator[int]:
        turn = 0
        for at in range(1, MOST_CALLS) if everything else (SAMPLED[command],):
            for moment in ("before", "after"):
                call = kill(at, moment)
                if call is None:
                    assert turn, "the command made no call"
                    return
                yield turn
                turn += 1
                if not call.writes:
                    # It has changed nothing: after it is before the next call.
                    break
        assert not everything, "the command makes more calls than were tried"

    return of


def follow(arena: Arena, turn: int, build: str) -> None:
    """One of the three commands that conclude what was left, each in its turn; all is as it must be then."""
    wanted = ""
    match turn % 3:
        case 0:
            arena.run("resume")
        case 1:
            arena.run("deploy", build)
            wanted = Path(build).name
        case _:
            wanted = (tag := arena.other()).removeprefix("v")
            arena.run("rollback", tag)
    live = arena.check()
    assert live == (wanted or live)


def test_a_prune_killed_at_any_call_is_concluded_by_the_next_command_and_finished_by_the_next_prune(
    arena: Arena, each: Each
) -> None:
    # Before all others, and with a few builds that come again: a prune reads the description of each release
    # whose files still wait for open tabs, and its calls must not become more.
    builds = itertools.cycle([arena.build() for _ in range(4)])

    def kill(at: int | str, moment: str) -> Call | None:
        while len(arena.proven()) < 3:
            arena.run("deploy", next(builds))
        return arena.kill(at, moment, "prune", "2")

    for turn in each("prune", kill):
        follow(arena, turn, next(builds))
        arena.run("prune", "2")
        arena.check()


def test_a_deploy_killed_at_any_call_is_concluded_by_the_next_command(arena: Arena, each: Each) -> None:
    build = ""

    def kill(at: int | str, moment: str) -> Call | None:
        nonlocal build
        build = arena.build()
        return arena.kill(at, moment, "deploy", build)

    for turn in each("deploy", kill):
        follow(arena, turn, build)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_deploy_killed_while_its_playbook_adds_a_path_is_concluded_by_the_next_command(
    arena: Arena, moment: str, request: pytest.FixtureRequest
) -> None:
    # The playbook is a process of its own, and goes on beside the next command.
    for turn in range(3) if request.config.getoption("all_faults") else (1,):
        build = arena.build(path=True)
        call = arena.kill("UpdateDistribution", moment, "deploy", build)
        assert call is not None
        follow(arena, turn, build)


def test_a_rollback_killed_at_any_call_is_concluded_by_the_next_command(arena: Arena, each: Each) -> None:
    for turn in each("rollback", lambda at, moment: arena.kill(at, moment, "rollback", arena.other())):
        follow(arena, turn, arena.build())
