"""A release that changes variables and nothing else: the code that is live, published again with them."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping

from outreach_ops import auth0, commands, fingerprint, target, variables, world
from outreach_ops.aws.session import connect
from outreach_ops.console import Console
from outreach_ops.errors import OpsError
from outreach_ops.operation import Order, carry_out
from outreach_ops.plan import Plan, decide
from outreach_ops.release import live_variables, refuse_incomplete
from outreach_ops.rotate import elsewhere
from outreach_ops.settings.model import Settings, Variable
from outreach_ops.stages import ROLLBACK, Desk, read_artifact
from outreach_ops.undo import released
from outreach_ops.variables import Environment
from outreach_ops.viewer import viewer
from outreach_ops.world import World


def change(desk: Desk, values: Mapping[str, str], command: str) -> bool:
    """Makes `values` live by a release of their own; False when live has them already."""
    desk.console.hide(variables.private(desk.settings, values))
    found = desk.site.functions["server"].configuration(desk.settings.lambda_.alias)
    live = {} if found is None else found.environment
    wanted = fingerprint.with_key(Environment(values), live)
    # Nothing is uploaded, and code comes from the bucket: the stages are those of a rollback.
    return carry_out(desk, Order("release", command, functools.partial(_plan, desk, wanted), ROLLBACK))


def _plan(desk: Desk, wanted: Environment, seen: World) -> Plan:
    settings = desk.settings
    entry = released(seen)
    if entry is None:
        raise OpsError(
            f"{seen.live_label} is no release of this tool: there is no code to publish again",
            commands.deploy(settings.site.environment),
            live=f"{seen.live_label}, unchanged",
        )
    described = read_artifact(desk.site, settings, entry.entry.artifact_key)
    release = target.of_build(settings, described, wanted, live_variables(seen))
    variables.check(settings, release.environment("server"), desk.site.aws.endpoint is None)
    plan = decide(seen, release, settings)
    refuse_incomplete(plan, seen, settings)
    return dataclasses.replace(plan, uploads=())


def sync(settings: Settings, screen: Console) -> None:
    """Releases SleepConnect's Auth0 trio, which stays in memory."""
    desk = _desk(settings, screen)
    values = auth0.complete(settings, auth0.trio(desk.site.aws, settings))
    screen.line(f"{settings.host}: {', '.join(values)} of {settings.sleepconnect.function_name}")
    change(desk, values, commands.auth0_sync(settings.site.environment))


def rotate(settings: Settings, secret: Variable, value: str, screen: Console) -> None:
    """Releases a new value of one secret, and says what else must change."""
    screen.line(f"{settings.host}: a new value of {secret.name}")
    command = commands.rotate(settings.site.environment, secret.name)
    if change(_desk(settings, screen), {secret.name: value}, command):
        screen.line("now change it here too:")
        for line in elsewhere(settings, secret):
            screen.line(f"  {line}")


def _desk(settings: Settings, screen: Console) -> Desk:
    aws = connect(settings.site.account_id, settings.site.region)
    return Desk(world.door(aws, settings), settings, screen, viewer(aws, settings))
