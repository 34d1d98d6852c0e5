"""A release that changes variables and nothing else: the code that is live, published again with them."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping

from outreach_ops import commands
from outreach_ops.console import Console
from outreach_ops.errors import OpsError
from outreach_ops.release import target, work
from outreach_ops.release.material import refuse_incomplete
from outreach_ops.release.operation import AT_ONCE, Manner, Order, carry_out, resume
from outreach_ops.release.plan import Plan, decide
from outreach_ops.release.rotate import elsewhere
from outreach_ops.release.stages import ROLLBACK
from outreach_ops.release.work import Desk
from outreach_ops.roles import Role
from outreach_ops.settings.model import Settings
from outreach_ops.settings.variables import Variable
from outreach_ops.site import description, world
from outreach_ops.site.world import World
from outreach_ops.sleepconnect import auth0
from outreach_ops.variables import fingerprint
from outreach_ops.variables.values import Environment, check, private


def change(desk: Desk, values: Mapping[str, str], command: str, manner: Manner = AT_ONCE) -> bool:
    """Makes `values` live by a release of their own; False when live has them already."""
    desk.console.hide(private(desk.settings, values))
    concluded(desk, command, manner)
    found = desk.site.functions["server"].configuration(desk.settings.lambda_.alias)
    live = {} if found is None else found.environment
    wanted = fingerprint.with_key(Environment(values), live)
    # Nothing is uploaded, and code comes from the bucket: the stages are those of a rollback.
    plan = functools.partial(_plan, desk, wanted)
    return carry_out(desk, Order("release", command, plan, ROLLBACK, manner=manner))


def concluded(desk: Desk, command: str, manner: Manner = AT_ONCE) -> World:
    """The world, once work that was left is concluded: only what is whole can be published again."""
    seen = world.read(desk.site, desk.settings)
    if not seen.unfinished or manner.plan_only:
        return seen
    resume(desk, command, manner.wait_seconds)
    return world.read(desk.site, desk.settings)


def _plan(desk: Desk, wanted: Environment, seen: World) -> Plan:
    return republished(desk, seen, wanted, seen.variables)


def republished(desk: Desk, seen: World, wanted: Environment, live: Mapping[Role, Environment]) -> Plan:
    """The plan that publishes the code that is live again, with `wanted` over the variables `live`."""
    settings = desk.settings
    entry = seen.release
    if entry is None:
        raise OpsError(
            f"{seen.live_label} is no release of this tool: there is no code to publish again",
            commands.deploy(settings.site.environment),
            live=f"{seen.live_label}, unchanged",
        )
    described = description.read(desk.site, settings, entry.entry.artifact_key)
    release = target.of_build(settings, described, wanted, live, seen.queue)
    # To a rollback it is the release that it publishes again: no older one is newer than that.
    release = dataclasses.replace(release, key=entry.entry.artifact_key, restores=entry.number)
    check(settings, release.environment("server"), desk.site.aws.endpoint is None)
    plan = decide(seen, release, settings)
    refuse_incomplete(plan, seen, settings)
    return dataclasses.replace(plan, uploads=())


def sync(settings: Settings, screen: Console, manner: Manner = AT_ONCE) -> None:
    """Releases SleepConnect's Auth0 trio, which stays in memory."""
    desk = work.at(settings, screen)
    values = auth0.complete(settings, auth0.trio(desk.site.aws, settings))
    screen.line(f"{settings.host}: {', '.join(values)} of {settings.sleepconnect.function_name}")
    change(desk, values, commands.auth0_sync(settings.site.environment), manner)


def rotate(
    settings: Settings,
    secret: Variable,
    value: str,
    source: str,
    screen: Console,
    manner: Manner = AT_ONCE,
) -> None:
    """Releases a new value of one secret, and says what else must change."""
    screen.line(f"{settings.host}: the value of {secret.name} from {source}")
    command = commands.rotate(settings.site.environment, secret.name)
    if change(work.at(settings, screen), {secret.name: value}, command, manner):
        screen.line("now change it here too:")
        for line in elsewhere(settings, secret):
            screen.line(f"  {line}")
