"""One change of a site: planned, shown, and carried out under the lease, after what was left behind."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

from outreach_ops import commands, description, variables, world
from outreach_ops.apply import apply
from outreach_ops.artifact import Artifact
from outreach_ops.errors import OpsError
from outreach_ops.ledger import Entry, Kind
from outreach_ops.lock import Held, held
from outreach_ops.plan import Plan, summary
from outreach_ops.recovery import observe, recover
from outreach_ops.stages import Stage
from outreach_ops.work import Desk, Work
from outreach_ops.world import World


@dataclasses.dataclass(frozen=True)
class Manner:
    """How an operator wants it: waiting for another one, showing the plan alone, watching what went live."""

    wait_seconds: float = 0.0
    plan_only: bool = False
    watch_seconds: float = 0.0


AT_ONCE = Manner()


@dataclasses.dataclass(frozen=True)
class Order:
    """What an operator asked for: how it is planned in any world, and the stages that carry it out.

    With `known`, its files are not listed when the ledger and the bucket's description say that it is live.
    """

    kind: Kind
    command: str
    plan: Callable[[World], Plan]
    stages: tuple[Stage, ...]
    folder: Path | None = None
    manner: Manner = AT_ONCE
    known: Artifact | None = None


def carry_out(desk: Desk, order: Order) -> bool:
    """Makes the order's target live, and sees that it is; False when it was, and nothing was written."""
    seen = _look(desk, order)
    plan = order.plan(seen)
    _show(desk, plan, seen)
    if plan.nothing and seen.explained and not seen.unfinished:
        desk.console.line(f"live: {seen.live_label}; that is {plan.target.label}, so nothing was changed")
        return False
    if order.manner.plan_only:
        desk.console.line("this is the plan; nothing was written")
        return False
    environment = desk.environment
    with held(
        desk.site.leases, environment, order.command, order.manner.wait_seconds, desk.console.detail
    ) as lease:
        site = world.guarded(desk.site, desk.settings, lease.guard)
        under = dataclasses.replace(desk, site=site)
        # Again, under the lease: somebody may have changed it, or left it unfinished.
        now = settle_what_was_left(under, lease)
        again = order.plan(now)
        if again != plan:
            _show(under, again, now)
        if again.nothing:
            desk.console.line(f"live: {now.live_label}")
            return False
        work = Work(under, now, again, lease, order.folder, watch_seconds=order.manner.watch_seconds)
        done = apply(work, order.kind, order.stages)
    _observed(desk, done)
    desk.console.line(f"live: {again.target.label}, version {done.live_server_version}; was {now.live_label}")
    return True


def _look(desk: Desk, order: Order) -> World:
    if order.known is not None:
        seen = world.glance(desk.site, desk.settings)
        objects = description.vouches(desk.site, seen, order.known)
        if objects is not None:
            return seen.holding(objects)
    return world.read(desk.site, desk.settings)


def resume(desk: Desk, command: str, wait_seconds: float) -> bool:
    """Concludes unfinished work and records moves by other means; False when there was neither."""
    seen = world.read(desk.site, desk.settings)
    if seen.explained and not seen.unfinished:
        desk.console.line(f"live: {seen.live_label}; nothing was left unfinished")
        return False
    environment = desk.environment
    with held(desk.site.leases, environment, command, wait_seconds, desk.console.detail) as lease:
        site = world.guarded(desk.site, desk.settings, lease.guard)
        now = settle_what_was_left(dataclasses.replace(desk, site=site), lease)
    desk.console.line(f"live: {now.live_label}")
    return True


def settle_what_was_left(desk: Desk, lease: Held) -> World:
    """The world after unfinished work was concluded and moves by other means were recorded."""
    seen = world.read(desk.site, desk.settings)
    if lease.journal is not None:
        recover(desk, lease, seen)
    elif not seen.explained:
        observe(desk, lease, seen)
    else:
        return seen
    return world.read(desk.site, desk.settings)


def _show(desk: Desk, plan: Plan, seen: World) -> None:
    desk.console.hide(variables.private(desk.settings, plan.target.environment("server")))
    for line in summary(plan, seen):
        desk.console.line(f"  {line}")


def _observed(desk: Desk, done: Entry) -> None:
    """Exit 0 means that the observed live release is the one asked for."""
    name = desk.settings.lambda_.alias
    wanted = {"server": done.live_server_version, "image": done.live_image_version}
    for role, function in desk.site.functions.items():
        alias = function.alias(name)
        if alias is None or alias.version != wanted[role] or alias.weights:
            raise OpsError(
                f"the alias {name} of {function.name} points to {alias and alias.version}, "
                f"not to {wanted[role]} alone: somebody else has moved it since",
                commands.releases(desk.environment),
            )
