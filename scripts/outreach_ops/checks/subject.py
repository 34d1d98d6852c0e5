"""What the checks look at: one site and the application that is to be deployed to it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from outreach_ops.aws.session import Aws, connect
from outreach_ops.proof.viewer import local_variables
from outreach_ops.roles import Role
from outreach_ops.settings.model import Settings
from outreach_ops.site import world
from outreach_ops.variables.coalesce import Coalesced, coalesce
from outreach_ops.variables.values import Environment


@dataclasses.dataclass(frozen=True)
class Subject:
    """A site, the operator's variables, and what its functions run with; good for reading only."""

    aws: Aws
    settings: Settings
    app: Path
    found: Coalesced
    live: dict[Role, Environment]


def look(settings: Settings, app: Path) -> Subject:
    """The subject as it is now; a function that is not there yet runs with nothing."""
    aws = connect(settings.site.account_id, settings.site.region).read_only()
    found = coalesce(settings, app, local_variables(aws))
    functions = world.door(aws, settings).functions
    live = {role: function.configuration(settings.lambda_.alias) for role, function in functions.items()}
    return Subject(
        aws,
        settings,
        app,
        found,
        {role: Environment({}) if each is None else each.environment for role, each in live.items()},
    )
