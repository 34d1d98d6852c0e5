"""A whole site under an operator's hands: what the commands do, on an account in memory."""

from __future__ import annotations

import copy
import dataclasses
import functools
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from fakes.aws import FakeAws
from fakes.builds import Build, build
from fakes.client import Line, at_once
from fakes.edge import Edge
from fakes.settings import SETTINGS
from outreach_ops.console import Console
from outreach_ops.release import material, origin_rotate, rollback
from outreach_ops.release.choice import Choice, choose
from outreach_ops.release.operation import Manner, Order, carry_out, live_already
from outreach_ops.release.plan import Plan, decide
from outreach_ops.release.prune.command import prune
from outreach_ops.release.prune.plan import Prune
from outreach_ops.release.stages import DEPLOY, ROLLBACK, Stage
from outreach_ops.release.target import of_build
from outreach_ops.release.work import Desk, Work
from outreach_ops.roles import GUARDED, Role
from outreach_ops.settings.model import Settings
from outreach_ops.site import description, world
from outreach_ops.site.ledger import Entry, Kind
from outreach_ops.site.world import World
from outreach_ops.variables import origin
from outreach_ops.variables.fingerprint import with_key
from outreach_ops.variables.values import Environment

Stages = tuple[Stage, ...]

VARIABLES = {"NODE_ENV": "production", "AUTH_SECRET": "s3cret-of-the-parent"}


def ending(stages: Stages, name: str, error: BaseException) -> Stages:
    """The stages as they are, except that the stage `name` does its work and then fails."""

    def failing(run: Callable[[Work], None], work: Work) -> None:
        run(work)
        raise error

    return tuple(
        stage._replace(run=functools.partial(failing, stage.run)) if stage.name == name else stage
        for stage in stages
    )


@dataclasses.dataclass(frozen=True)
class Planned:
    """What would be done, and the world that it was decided in."""

    world: World
    plan: Plan
    settings: Settings
    kind: Kind = "release"


class Site:
    """One site; what its operators do is released without pauses."""

    def __init__(self, folder: Path, settings: Settings = SETTINGS) -> None:
        self.settings, self._folder, self._builds = settings, folder, 0
        self.aws = FakeAws(settings)
        self.viewer = Edge(self.aws, settings)
        self.door = world.door(self.aws.connect(), settings)
        self.clock: Callable[[], float] = time.time

    def build(self, version: str, **parts: Any) -> Build:
        """A build of the application at `version`."""
        self._builds += 1
        return build(self._folder / f"build-{self._builds}", version, **parts)

    def read(self) -> World:
        """The world as a command reads it."""
        return world.read(self.door, self.settings)

    def order(self, made: Build, variables: Mapping[str, str] = VARIABLES, stages: Stages = DEPLOY) -> Order:
        """A deploy of `made` as an operator orders it."""

        def decided(seen: World) -> Plan:
            wanted = with_key(Environment(variables), seen.variables["server"])
            target = of_build(self.settings, made.artifact, wanted, seen.variables, seen.queue)
            return decide(seen, target, self.settings)

        return Order("release", "deploy", decided, stages, made.folder)

    def plan(self, made: Build, variables: Mapping[str, str] = VARIABLES) -> Planned:
        """What a deploy of `made` would do."""
        return self._planned(self.order(made, variables))

    def plan_rollback(self, *, version: int | None = None, tag: str | None = None) -> Planned:
        """What a rollback would do."""
        seen = self.read()
        chosen = choose(seen.ledger, seen.versions, Choice(version, tag), self.settings.site.environment)[0]
        whole = material.gather(self.door, self.settings, chosen)
        return Planned(seen, rollback.plan(self.settings, seen, chosen, whole), self.settings, "rollback")

    def deploy(self, made: Build, variables: Mapping[str, str] = VARIABLES, stages: Stages = DEPLOY) -> bool:
        """A deploy of `made`; False when there was nothing to do."""
        order, seen = self.order(made, variables, stages), world.glance(self.door, self.settings)
        described = functools.partial(description.stored, self.door, made.artifact)
        return not live_already(self.desk, order, made.artifact, seen, described) and self.carry_out(order)

    def watched(self, made: Build, seconds: float) -> bool:
        """A deploy of `made` with a watch over its logs."""
        return self.carry_out(dataclasses.replace(self.order(made), manner=Manner(watch_seconds=seconds)))

    def rollback(
        self,
        tag: str | None = None,
        stages: Stages = ROLLBACK,
        *,
        version: int | None = None,
        force: bool = False,
        plan_only: bool = False,
    ) -> bool:
        """A rollback, to the last known good release unless one is named; False when there was none to do."""
        choice = Choice(version, tag, force)
        return rollback.back(self.desk, choice, Manner(plan_only=plan_only), stages)

    def prune(self, keep: int, *, plan_only: bool = False) -> Prune:
        """A prune; what was or would be deleted."""
        return prune(self.desk, keep, Manner(plan_only=plan_only))

    def rotate_origin(self) -> None:
        """A rotation of the secret between CloudFront and the functions, or the rest of one."""
        origin_rotate.turn(self.desk)

    @property
    def accepted(self) -> dict[Role, tuple[str, ...]]:
        """The secrets that each live function accepts."""
        live = {role: each.configuration.environment for role, each in self.read().functions.items()}
        return {role: origin.accepted(live[role]) for role in GUARDED}

    @property
    def sent(self) -> str | None:
        """The secret that CloudFront sends to both functions."""
        return self.read().distribution.secret

    def carry_out(self, order: Order) -> bool:
        """What an operator ordered; False when there was nothing to do."""
        return carry_out(self.desk, order)

    @property
    def desk(self) -> Desk:
        """Where an operator of the site works."""
        return Desk(self.door, self.settings, Console(), self.viewer, at_once, self.clock)

    def colleague(self, line: Line, clock: Callable[[], float]) -> Site:
        """Another operator of the same site, with a machine, and so a clock, of their own."""
        other = copy.copy(self)
        other.door = world.door(self.aws.connect(line=line), self.settings)
        other.clock = clock
        return other

    def released(self, version: str) -> Build:
        """Builds and deploys `version`."""
        made = self.build(version)
        self.deploy(made)
        return made

    @property
    def live(self) -> dict[Role, str]:
        """The version that each alias points to."""
        alias = self.settings.lambda_.alias
        names = {"server": self.settings.lambda_.server_name, "image": self.settings.lambda_.image_name}
        return {role: self.aws.lambda_.functions[names[role]].aliases[alias].version for role in GUARDED}

    def served(self, key: str) -> str:
        """The content of an object of the bucket."""
        return self.aws.s3.objects[key].body.decode()

    @property
    def variables(self) -> dict[str, str]:
        """The variables that the live server function runs with."""
        names = self.settings.lambda_
        return self.aws.lambda_.functions[names.server_name].behind(names.alias).variables

    @property
    def ledger(self) -> list[Entry]:
        """Every entry, oldest first."""
        return [item.entry for item in reversed(self.door.ledger.entries())]

    def page(self, path: str) -> str:
        """What a browser gets at `path`."""
        return self.viewer.fetch(path).text

    def _planned(self, order: Order) -> Planned:
        seen = self.read()
        return Planned(seen, order.plan(seen), self.settings)
