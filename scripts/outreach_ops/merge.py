"""The operator's variables over those that live has: what stays, what goes, what is refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from outreach_ops import commands, fingerprint, target, variables
from outreach_ops.coalesce import Coalesced
from outreach_ops.errors import UsageError
from outreach_ops.settings.model import Settings
from outreach_ops.target import Role
from outreach_ops.variables import RELEASES_OWN, Environment

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
    merged = target.merged(settings, wanted, without(live, unset), queue)
    variables.check(settings, merged["server"], on_real_aws)
    return wanted


def without(live: Live, unset: Collection[str]) -> dict[Role, Environment]:
    """What live has, except the variables that the operator removes."""
    return {role: environment.without(unset) for role, environment in live.items()}


def _refuse_unset(settings: Settings, name: str, found: Coalesced, live: Live) -> None:
    show = commands.env_show(settings.site.environment)
    if name in target.served_from(settings, "")["server"] or name in RELEASES_OWN:
        raise UsageError(f"--unset {name}: each release sets it itself", "leave it out")
    if name in found.values:
        raise UsageError(
            f"--unset {name}: it is set by {found.sources[name]}", f"remove it there first: {show}"
        )
    if name not in live["server"]:
        raise UsageError(f"--unset {name}: live has no such variable", show)
