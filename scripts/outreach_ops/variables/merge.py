"""The operator's variables over those that live has: what stays, what goes, what is refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from outreach_ops import commands
from outreach_ops.errors import UsageError
from outreach_ops.roles import Role, served_from
from outreach_ops.settings.model import Settings
from outreach_ops.variables import fingerprint, values
from outreach_ops.variables.coalesce import Coalesced
from outreach_ops.variables.values import RELEASES_OWN, Environment

Live = Mapping[Role, Environment]


def operators(
    settings: Settings,
    found: Coalesced,
    live: Live,
    unset: Collection[str],
    on_real_aws: bool,
    queue: str = "",
) -> Environment:
    """What a release sets over live; raises UsageError when live and this together cannot be deployed."""
    for name in unset:
        _refuse_unset(settings, name, found, live)
    wanted = fingerprint.with_key(found.values, live["server"])
    full = merged(settings, wanted, without(live, unset), queue)
    values.check(settings, full["server"], on_real_aws, found.sources)
    return wanted


def merged(settings: Settings, wanted: Environment, live: Live, queue: str) -> dict[Role, Environment]:
    """What each function gets: what the release itself sets, over the operator's, over what live has."""
    system = served_from(settings, queue)
    base = {**live, "server": wanted.over(live["server"])}
    return {role: Environment(system[role]).over(base[role]) for role in base}


def without(live: Live, unset: Collection[str]) -> dict[Role, Environment]:
    """What live has, except the variables that the operator removes."""
    return {role: environment.without(unset) for role, environment in live.items()}


def _refuse_unset(settings: Settings, name: str, found: Coalesced, live: Live) -> None:
    show = commands.env_show(settings.site.environment)
    if name in RELEASES_OWN or any(name in system for system in served_from(settings, "").values()):
        raise UsageError(f"--unset {name}: each release sets it itself", "leave it out")
    if name in found.values:
        raise UsageError(
            f"--unset {name}: it is set by {found.sources[name]}", f"remove it there first: {show}"
        )
    if not any(name in environment for environment in live.values()):
        raise UsageError(f"--unset {name}: live has no such variable", show)
