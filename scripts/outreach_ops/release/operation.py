"""One change of a site: planned, shown, and carried out under the lease, after what was left behind."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

from outreach_ops import commands
from outreach_ops.aws.errors import AwsError
from outreach_ops.aws.leases import Lease
from outreach_ops.builds.artifact import Artifact
from outreach_ops.console import row
from outreach_ops.errors import OpsError
from outreach_ops.interrupt import uninterrupted
from outreach_ops.release import credentials
from outreach_ops.release.apply import apply
from outreach_ops.release.plan import Plan, summary
from outreach_ops.release.recovery import observe, recover
from outreach_ops.release.stages import Stage
from outreach_ops.release.work import Desk, Work
from outreach_ops.settings.model import Settings
from outreach_ops.site import description, world
from outreach_ops.site.ledger import Entry, Kind
from outreach_ops.site.lock import Held, describe, held
from outreach_ops.site.world import Door, Glance, World
from outreach_ops.variables import values


@dataclasses.dataclass(frozen=True)
class Manner:
    """How an operator wants it: waiting for another one, showing the plan alone, watching what went live."""

    wait_seconds: float = 0.0
    plan_only: bool = False
    watch_seconds: float = 0.0


AT_ONCE = Manner()


Read = Callable[[Door, Settings], World]


@dataclasses.dataclass(frozen=True)
class Order:
    """A requested change: how to plan it from what is read, and the stages that apply the plan."""

    kind: Kind
    command: str
    plan: Callable[[World], Plan]
    stages: tuple[Stage, ...]
    folder: Path | None = None
    manner: Manner = AT_ONCE
    read: Read = world.read


def carry_out(desk: Desk, order: Order) -> bool:
    """Makes the order's target live, and sees that it is; False when it was, and nothing was written."""
    seen, manner = order.read(desk.site, desk.settings), order.manner
    plan = order.plan(seen)
    _show_first(desk, seen)
    _show(desk, order, plan, seen)
    if _is_live(plan, seen):
        _say_so(desk, plan, seen)
        return False
    if manner.plan_only:
        desk.console.line("this is the plan; nothing was written")
        return False
    with leased(
        desk,
        seen.lease,
        order.command,
        manner.wait_seconds,
        manner.watch_seconds,
        plan.target.artifact.commit,
    ) as (under, lease):
        # Again, under the lease: somebody may have changed it, or left it unfinished.
        now = settle_what_was_left(under, lease, order.read)
        again = order.plan(now)
        if again != plan:
            _show(under, order, again, now)
        if again.nothing:
            desk.console.line(f"live: {now.live_label}")
            return False
        work = Work(under, now, again, lease, order.folder, watch_seconds=manner.watch_seconds)
        done = apply(work, order.kind, order.stages)
        with uninterrupted():
            _observed(desk, done, again.target.label)
    desk.console.line(f"live: {again.target.label}, version {done.live_server_version}; was {now.live_label}")
    return True


def live_already(
    desk: Desk, order: Order, released: Artifact, seen: Glance, described: Callable[[], bytes | None]
) -> bool:
    """Whether the ledger and the bucket's description say that `released` is live as ordered; tells so."""
    objects = description.vouches(seen, released, described)
    if objects is None:
        return False
    found = seen.holding(objects)
    plan = order.plan(found)
    if not _is_live(plan, found):
        return False
    _show(desk, order, plan, found)
    _say_so(desk, plan, found)
    return True


def _is_live(plan: Plan, seen: World) -> bool:
    return plan.nothing and seen.explained and not seen.unfinished


def _say_so(desk: Desk, plan: Plan, seen: World) -> None:
    desk.console.line(f"live: {seen.live_label}; that is {plan.target.label}, so nothing was changed")


@contextlib.contextmanager
def leased(
    desk: Desk,
    seen: Lease | None,
    command: str,
    wait_seconds: float,
    watch_seconds: float = 0.0,
    commit: str = "",
) -> Iterator[tuple[Desk, Held]]:
    """The lease, and the desk whose writing calls it guards."""
    site, settings, say = desk.site, desk.settings, desk.console.detail
    credentials.require(site.aws, watch_seconds)
    with held(
        site.leases, seen, desk.environment, command, wait_seconds, say, desk.clock, commit=commit
    ) as lease:
        yield dataclasses.replace(desk, site=world.guarded(site, settings, lease.guard)), lease


def resume(desk: Desk, command: str, wait_seconds: float) -> bool:
    """Concludes unfinished work and records moves by other means; False when there was neither."""
    seen = world.glance(desk.site, desk.settings)
    if seen.explained and not seen.unfinished:
        desk.console.line(f"live: {seen.live_label}; nothing was left unfinished")
        return False
    with leased(desk, seen.lease, command, wait_seconds) as (under, lease):
        now = settle_what_was_left(under, lease)
    desk.console.line(f"live: {now.live_label}")
    return True


def settle_what_was_left(desk: Desk, lease: Held, read: Read = world.read) -> World:
    """The world after unfinished work was concluded and moves by other means were recorded."""
    if lease.left is not None:
        recover(desk, lease, world.read(desk.site, desk.settings))
    else:
        seen = read(desk.site, desk.settings)
        if seen.explained:
            return seen
        observe(desk, lease, seen)
    return read(desk.site, desk.settings)


def _show_first(desk: Desk, seen: World) -> None:
    """What is done before the plan is carried out."""
    if seen.unfinished:
        first = f"what was left is concluded: {describe(seen.lease, desk.clock())}"
    elif not seen.explained:
        first = "the ledger gets an entry: the aliases were moved by other means"
    else:
        return
    desk.console.line(f"  {row('first', first)}")


def _show(desk: Desk, order: Order, plan: Plan, seen: World) -> None:
    desk.console.hide(values.private(desk.settings, plan.target.environment("server")))
    for line in summary(plan, seen, desk.settings, order.kind):
        desk.console.line(f"  {line}")


def _observed(desk: Desk, done: Entry, label: str) -> None:
    """Exit 0 means that the observed live release is the one asked for."""
    name = desk.settings.lambda_.alias
    wanted = done.live_versions
    for role, function in desk.site.functions.items():
        try:
            alias = function.alias(name)
        except AwsError as error:
            error.live = f"{label}, released and recorded; this last look at it failed"
            raise
        if alias is None or alias.version != wanted[role] or alias.weights:
            raise OpsError(
                f"the alias {name} of {function.name} points to {alias and alias.version}, "
                f"not to {wanted[role]} alone: somebody else has moved it since",
                commands.releases(desk.environment),
                live=f"not {label}, which was released and recorded",
            )
