"""A site is read all at once, and is settled only when every part of it is."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from fakes.settings import SETTINGS
from outreach_ops.aws.session import Aws
from outreach_ops.errors import OpsError
from outreach_ops.provision.parts import PARTS, Part
from outreach_ops.provision.settled import settled
from outreach_ops.provision.step import Resource, Step, Values
from outreach_ops.settings.load import ROOT

AWS = Aws("123456789012", "us-east-1", None, None)
WORK = (Step("made:Up", "thing", {}, {}),)


@dataclasses.dataclass(frozen=True)
class Thing(Resource[None]):
    """Something as it should be, but for what a test says of it."""

    steps: tuple[Step, ...] = ()
    busy: str | None = None
    problem: OpsError | None = None
    together: threading.Barrier | None = None

    def read(self, aws: Aws) -> None:
        if self.together is not None:
            # Passed only when all the others are being read at the same time.
            self.together.wait(timeout=20)

    def decide(self, _seen: None, _known: Values) -> tuple[Step, ...]:
        if self.problem is not None:
            raise self.problem
        return self.steps

    def pending(self, _seen: None) -> str | None:
        return self.busy


class Stock(Thing):
    """The same, written by a stock module."""

    stock = True


def parts(*things: Resource[Any]) -> Mapping[str, Part]:
    """A part for each, as parts stand in the table of contents."""

    def part(thing: Resource[Any]) -> Part:
        return lambda _settings: [thing]

    return {str(number): part(thing) for number, thing in enumerate(things)}


def test_every_part_of_a_site_is_read_at_the_same_time() -> None:
    together = threading.Barrier(len(PARTS))
    assert settled(AWS, SETTINGS, parts(*(Thing(together=together) for _ in PARTS)))


def test_the_resources_of_a_part_are_read_at_the_same_time() -> None:
    together = threading.Barrier(8)
    assert settled(AWS, SETTINGS, {"one": lambda _settings: [Thing(together=together) for _ in range(8)]})


@pytest.mark.parametrize(
    "thing",
    [
        Thing(steps=WORK),
        Stock(steps=WORK),
        Thing(busy="the distribution is being deployed"),
        Thing(problem=OpsError("a domain that another distribution holds", "take it from there")),
    ],
)
def test_one_thing_that_is_to_be_done_waited_for_or_said_lets_the_roles_run(thing: Thing) -> None:
    assert not settled(AWS, SETTINGS, parts(Thing(), thing, Thing()))


def test_every_role_that_keeps_something_is_a_part_that_is_read() -> None:
    (play,) = yaml.safe_load((ROOT / "playbooks" / "provision.yml").read_text())
    # What preflight refuses, it refuses before a writing call: of those there are none.
    # The queue is a part of the role isr: a stock module writes it before the rest is looked at.
    roles = [part for part in PARTS if part != "isr_queue"]
    assert [role["role"] for role in play["roles"]] == ["site", "preflight", *roles]
