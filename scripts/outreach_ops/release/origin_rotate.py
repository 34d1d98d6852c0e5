"""Changes the secret between CloudFront and the functions in three steps, none of which fails a request."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from outreach_ops import commands
from outreach_ops.console import Console
from outreach_ops.errors import OpsError, UsageError
from outreach_ops.provision.distribution_update import update
from outreach_ops.provision.origin_secret import sending
from outreach_ops.release import change, work
from outreach_ops.release.operation import AT_ONCE, Manner, Order, carry_out, leased
from outreach_ops.release.plan import Plan
from outreach_ops.release.stages import ROLLBACK
from outreach_ops.release.work import Desk
from outreach_ops.roles import GUARDED
from outreach_ops.settings.model import Settings
from outreach_ops.site import invalidation, world
from outreach_ops.site.world import World
from outreach_ops.variables import origin
from outreach_ops.variables.values import ORIGIN_SECRET, Environment


def rotate(settings: Settings, screen: Console, manner: Manner = AT_ONCE) -> None:
    """Makes a new secret the only one, or ends a rotation that was left; raises OpsError where it stopped."""
    if settings.cloudfront.origin_protection == "none":
        raise UsageError(
            f"cloudfront_origin_protection of {settings.site.environment} is none: there is no secret",
            "make it secret_header, then run the provision playbook and deploy",
        )
    turn(work.at(settings, screen, manner.plan_only), manner)


def turn(desk: Desk, manner: Manner = AT_ONCE) -> None:
    """The three steps; each is skipped when what AWS holds says that it was made before."""
    command = commands.origin_rotate(desk.environment)
    seen = change.concluded(desk, command, manner)
    sent, new = _sent(desk, seen), secret_to_come(seen)
    desk.console.hide(Environment({ORIGIN_SECRET: new}))

    def accept(secrets: Sequence[str]) -> None:
        plan = functools.partial(_plan, desk, secrets)
        carry_out(desk, Order("rotation", command, plan, ROLLBACK, manner=manner))

    if sent != new:
        desk.console.line("step 1 of 3: the functions accept the secret before and the new one")
        accept([*origin.accepted(seen.functions["server"].configuration.environment), sent, new])
    if manner.plan_only:
        desk.console.line("then: CloudFront sends the new secret to its edges; the functions accept it alone")
        return
    desk.console.line("step 2 of 3: CloudFront sends the new secret")
    _send(desk, new, command, manner)
    desk.console.line("step 3 of 3: the functions accept the new secret alone")
    accept([new])


def secret_to_come(seen: World) -> str:
    """The new secret of a rotation that was left, accepted beside the one before; else a new one."""
    accepted = origin.accepted(seen.functions["server"].configuration.environment)
    return accepted[-1] if len(accepted) > 1 else origin.new()


def _sent(desk: Desk, seen: World) -> str:
    if seen.distribution.secret is None:
        raise OpsError(
            f"the distribution {seen.distribution.id} does not send one secret to both functions",
            commands.provision(desk.environment),
            live=f"{seen.live_label}, unchanged",
        )
    return seen.distribution.secret


def _plan(desk: Desk, secrets: Sequence[str], seen: World) -> Plan:
    """What is live, published again so that the functions accept `secrets`."""
    if _sent(desk, seen) not in secrets:
        raise _changed(desk, seen)
    live = seen.variables
    guarded = {role: origin.accepting(live[role], secrets) for role in GUARDED}
    return change.republished(desk, seen, Environment({}), live | guarded)


def _send(desk: Desk, new: str, command: str, manner: Manner) -> None:
    """Has CloudFront send `new`, once both functions accept it, and waits for every edge."""
    project = desk.settings.site.project
    with leased(desk, desk.site.leases.read(), command, manner.wait_seconds) as (under, _):
        seen = world.read(under.site, desk.settings)
        live = [seen.functions[role].configuration.environment for role in GUARDED]
        if not all(new in origin.accepted(environment) for environment in live):
            raise _changed(desk, seen)
        if seen.distribution.secret != new:
            with desk.console.step("header"):
                update(under.site.aws, seen.distribution.id, lambda config: sending(config, project, new))
    with desk.console.step("edges"):
        invalidation.await_deployed(desk.site.aws, seen.distribution, desk.console.detail, desk.sleep)


def _changed(desk: Desk, seen: World) -> OpsError:
    return OpsError(
        "the secrets that CloudFront sends and the functions accept were changed by somebody else meanwhile",
        commands.origin_rotate(desk.environment),
        live=f"{seen.live_label}, unchanged",
    )
