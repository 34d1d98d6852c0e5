"""What a diagnosis looks at: the site as it is, what its functions wrote lately, and a viewer."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from pathlib import Path

from outreach_ops.aws.errors import AwsError
from outreach_ops.aws.logs import MISSING, Event, Log
from outreach_ops.aws.session import connect
from outreach_ops.checks.subject import Subject
from outreach_ops.proof import viewer
from outreach_ops.proof.viewer import Viewer
from outreach_ops.roles import Role
from outreach_ops.settings.model import Settings
from outreach_ops.site import world
from outreach_ops.variables.coalesce import Coalesced
from outreach_ops.variables.values import Environment

NOBODY = Coalesced(Environment({}), {}, (), Environment({}))
"""A diagnosis is of what is live, not of what somebody would deploy."""


@dataclasses.dataclass(frozen=True)
class Scene:
    """A site for reading only; `written` is by role, oldest first; `parent` is SleepConnect's checkout."""

    subject: Subject
    viewer: Viewer
    versions: Mapping[Role, str]
    written: Mapping[Role, tuple[Event, ...]]
    parent: Path

    @property
    def settings(self) -> Settings:
        """What the inventory says of the site."""
        return self.subject.settings

    @property
    def environment(self) -> str:
        """The environment's name, as commands have it."""
        return self.settings.site.environment

    @property
    def live(self) -> Environment:
        """What the live server function runs with."""
        return self.subject.live["server"]


def look(settings: Settings, app: Path, parent: Path, since: float) -> Scene:
    """The scene as it is now; a function that is not there runs with nothing and writes nothing."""
    aws = connect(settings.site.account_id, settings.site.region).read_only()
    live: dict[Role, Environment] = {}
    versions: dict[Role, str] = {}
    written: dict[Role, tuple[Event, ...]] = {}
    for role, function in world.door(aws, settings).functions.items():
        found = function.configuration(settings.lambda_.alias)
        live[role] = Environment({}) if found is None else found.environment
        if found is not None:
            versions[role] = found.version
            log = Log(aws.api("logs"), found.log_group, function.name)
            written[role] = _written(log, found.version, time.time() - since)
    subject = Subject(aws, settings, app, NOBODY, live)
    return Scene(subject, viewer.viewer(aws, settings), versions, written, parent)


def _written(log: Log, version: str, since: float) -> tuple[Event, ...]:
    """What the live version wrote: others have had their day."""
    try:
        return tuple(event for event in log.events(since) if event.version == version)
    except AwsError as error:
        if error.code != MISSING:
            raise
        return ()
