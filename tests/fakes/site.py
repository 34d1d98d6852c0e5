"""A whole site under an operator's hands: what the commands do, on an account in memory."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path

from fakes.aws import FakeAws
from fakes.builds import Build, build
from fakes.edge import Edge
from fakes.settings import SETTINGS
from outreach_ops import release, world
from outreach_ops import stages as stages_of
from outreach_ops.console import Console
from outreach_ops.ledger import Entry
from outreach_ops.plan import Plan, decide
from outreach_ops.settings.model import Settings
from outreach_ops.stages import DEPLOY, ROLLBACK, Stage, Work
from outreach_ops.target import ROLES, Role, of_build
from outreach_ops.variables import Environment
from outreach_ops.verify import verify
from outreach_ops.world import World

Stages = tuple[Stage, ...]

VARIABLES = {"NODE_ENV": "production", "AUTH_SECRET": "s3cret-of-the-parent"}


def smoke(work: Work) -> None:
    """The last stage, without its pauses between attempts."""
    version = work.plan.target.artifact.version
    verify(work.viewer, work.settings.verify.checks, version, sleep=lambda _seconds: None)


def quick(stages: Stages) -> Stages:
    """The stages as they are, except that nothing pauses."""
    return tuple((name, smoke if stage is stages_of.smoke else stage) for name, stage in stages)


def ending(stages: Stages, name: str, error: BaseException) -> Stages:
    """The stages as they are, except that the stage `name` does its work and then fails."""

    def failing(stage: Callable[[Work], None], work: Work) -> None:
        stage(work)
        raise error

    return tuple(
        (each, functools.partial(failing, stage) if each == name else stage) for each, stage in quick(stages)
    )


class Site:
    """One site; what its operators do is released without pauses."""

    def __init__(self, folder: Path, settings: Settings = SETTINGS) -> None:
        self.settings, self._folder, self._builds = settings, folder, 0
        self.aws = FakeAws(settings)
        self.viewer = Edge(self.aws, settings)
        self.door = world.door(self.aws.connect(), settings)

    def build(self, version: str, **parts: str) -> Build:
        """A build of the application at `version`."""
        self._builds += 1
        return build(self._folder / f"build-{self._builds}", version, **parts)

    def read(self) -> World:
        """The world as a command reads it."""
        return world.read(self.door, self.settings)

    def plan(self, made: Build, variables: Mapping[str, str] = VARIABLES) -> Work:
        """What a deploy of `made` would do, ready to be applied."""
        seen = self.read()
        live = {role: function.configuration.environment for role, function in seen.functions.items()}
        target = of_build(self.settings, made.artifact, Environment(variables), live)
        return self._work(seen, decide(seen, target, self.settings), made.folder)

    def deploy(self, made: Build, variables: Mapping[str, str] = VARIABLES, stages: Stages = DEPLOY) -> bool:
        """A deploy of `made`; False when there was nothing to do."""
        return release.make_live(self.plan(made, variables), "release", quick(stages))

    def plan_rollback(self, *, version: int | None = None, tag: str | None = None) -> Work:
        """What a rollback would do, ready to be applied."""
        seen = self.read()
        choice = release.Choice(version, tag)
        chosen = release.choose(list(seen.ledger), choice, self.settings.site.environment)
        return self._work(seen, release.back_to(self.door, self.settings, seen, chosen), None)

    def rollback(self, tag: str, stages: Stages = ROLLBACK) -> bool:
        """A rollback to the release `tag`; False when there was nothing to do."""
        return release.make_live(self.plan_rollback(tag=tag), "rollback", quick(stages))

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
        return {role: self.aws.lambda_.functions[names[role]].aliases[alias].version for role in ROLES}

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

    def _work(self, seen: World, plan: Plan, folder: Path | None) -> Work:
        return Work(self.door, self.settings, seen, plan, Console(), self.viewer, folder)
