"""Where an operator works, and a plan under way there."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path

from outreach_ops.aws.session import connect
from outreach_ops.console import Console
from outreach_ops.proof import viewer
from outreach_ops.proof.viewer import Viewer
from outreach_ops.release.plan import Plan
from outreach_ops.roles import Role
from outreach_ops.settings.model import Settings
from outreach_ops.site import world
from outreach_ops.site.lock import Held
from outreach_ops.site.world import Door, World

SERVICES = {"lambda": None, "dynamodb": None, "s3": None, "sqs": None, "cloudfront": "us-east-1"}
"""What every change of a site asks, and where, if not in the site's region."""


@dataclasses.dataclass(frozen=True)
class Desk:
    """Where an operator works: the site, what the inventory says of it, and what shows the work."""

    site: Door
    settings: Settings
    console: Console
    viewer: Viewer
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.time

    @property
    def environment(self) -> str:
        """The environment that the site belongs to, as commands name it."""
        return self.settings.site.environment


def at(settings: Settings, screen: Console, read_only: bool = False) -> Desk:
    """The desk of the site that `settings` describes, whose account is checked."""
    aws = connect(settings.site.account_id, settings.site.region, soon=SERVICES)
    aws = aws.read_only() if read_only else aws
    return Desk(world.door(aws, settings), settings, screen, viewer.viewer(aws, settings))


@dataclasses.dataclass
class Work:
    """A plan under way: where it is carried out, and what it has done so far."""

    desk: Desk
    world: World
    plan: Plan
    lease: Held
    folder: Path | None = None
    watch_seconds: float = 0.0
    versions: dict[Role, str] = dataclasses.field(default_factory=dict)
    moved: set[Role] = dataclasses.field(default_factory=set)
    changed: bool = False
    """Whether visitors may have met it already, at the edge or in a public file."""
    undoing: bool = False
    """Whether it takes a release back: what does not decide where the aliases point must not stop it."""
    since: float = dataclasses.field(default_factory=time.time)
    """When visitors could meet the new versions first, in seconds since 1970."""

    @property
    def returning(self) -> bool:
        """Whether it goes back to what was live before, which is to be left for nothing that is slow."""
        return self.undoing or self.plan.target.restores is not None
