"""Reads the variables that live runs with back, after the alias has moved."""

from __future__ import annotations

from outreach_ops import commands
from outreach_ops.aws.functions import Function
from outreach_ops.errors import OpsError
from outreach_ops.settings.model import Settings
from outreach_ops.variables.values import Environment


def read_back(function: Function, settings: Settings, wanted: Environment) -> int:
    """The number of required variables, each of which live has; raises OpsError that names the others."""
    names = [each.name for each in settings.variables.runtime if each.required]
    live = function.configuration(settings.lambda_.alias)
    found = {} if live is None else live.environment
    if lost := [name for name in names if found.get(name) != wanted.get(name)]:
        raise OpsError(
            f"live does not have these variables as they were released: {', '.join(lost)}",
            f"find out who else changes {function.name}, then look: "
            f"{commands.env_show(settings.site.environment)}",
            step="variables",
        )
    return len(names)
