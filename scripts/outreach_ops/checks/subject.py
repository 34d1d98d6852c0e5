"""What the checks look at: one site and the application that is to be deployed to it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from outreach_ops.aws.session import Aws, connect
from outreach_ops.proof.viewer import local_variables
from outreach_ops.roles import ROLES, Role
from outreach_ops.settings.model import Settings
from outreach_ops.site import world
from outreach_ops.sleepconnect import auth0
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
    return seen(unseen(settings, app))


def unseen(settings: Settings, app: Path) -> Subject:
    """The subject before anything of it is read, as if its functions ran with nothing."""
    aws = connect(settings.site.account_id, settings.site.region).read_only()
    found = coalesce(settings, app, local_variables(aws))
    return Subject(aws, settings, app, found, {role: Environment({}) for role in ROLES})


def seen(subject: Subject) -> Subject:
    """The same with what its functions run with."""
    functions, alias = world.door(subject.aws, subject.settings).functions, subject.settings.lambda_.alias
    live = {role: function.configuration(alias) for role, function in functions.items()}
    variables = {role: Environment({}) if each is None else each.environment for role, each in live.items()}
    found = auth0.lent(subject.aws, subject.settings, subject.found, variables["server"])
    return dataclasses.replace(subject, found=found, live=variables)
