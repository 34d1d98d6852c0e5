"""What goes wrong on the wire between real processes and the local AWS, and how it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from support.arena import NAMES, Arena

fault = pytest.mark.fault
Hurt = Callable[..., None]
ONE_EACH = dict.fromkeys(NAMES, 1)


@pytest.fixture
def hurt(arena: Arena) -> Iterator[Hurt]:
    """Sets what happens to calls of an operation; nothing is left of it afterwards."""

    def rule(operation: str, **what: Any) -> None:
        arena.aws.faults({"match": {"operation": f"{operation}.*"}, **what})

    yield rule
    arena.aws.faults()


def released(arena: Arena, operation: str, times: int) -> None:
    """Deploys a build, which makes so many calls of `operation` and one version of each function."""
    before, build = arena.held(), arena.build()
    arena.run("deploy", build)
    assert len([call for call in arena.gate.calls if call.operation.startswith(operation)]) == times
    assert build.endswith(arena.check())
    after = arena.held()
    assert {role: len(each) - len(before.versions[role]) for role, each in after.versions.items()} == ONE_EACH
    assert len(after.ledger) == len(before.ledger) + 1


@fault("a call is throttled", "tried again by botocore; done")
def test_a_throttled_call_is_tried_again(arena: Arena, hurt: Hurt) -> None:
    hurt("UpdateAlias", action="error", status=429, code="ThrottlingException", times=1)
    released(arena, "UpdateAlias", len(NAMES) + 1)


@fault("a publication takes effect and answers 500", "tried again, no second version is made; done")
def test_a_publication_that_answers_500_is_tried_again(arena: Arena, hurt: Hurt) -> None:
    hurt("PublishVersion", action="error", when="after", status=500, code="ServiceException", times=1)
    released(arena, "PublishVersion", len(NAMES) + 1)


@fault("the connection is reset after an alias has moved", "tried again, its own move is known; done")
def test_a_reset_after_the_move_is_tried_again(arena: Arena, hurt: Hurt) -> None:
    hurt("UpdateAlias", action="drop", when="after", times=1)
    released(arena, "UpdateAlias", len(NAMES) + 1)


@fault("the connection is reset after the ledger's entry was written", "tried again, written once; done")
def test_a_reset_after_the_entry_is_tried_again(arena: Arena, hurt: Hurt) -> None:
    hurt("TransactWriteItems", action="drop", when="after", times=1)
    released(arena, "TransactWriteItems", 2)
