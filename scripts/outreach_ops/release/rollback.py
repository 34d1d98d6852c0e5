"""Rollback: an earlier, proven release is live again, as one unit."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Collection

from outreach_ops import commands
from outreach_ops.console import Console
from outreach_ops.errors import IncompleteError, OpsError
from outreach_ops.release import material, target, work
from outreach_ops.release.choice import Choice, choose
from outreach_ops.release.material import Material, refuse_incomplete
from outreach_ops.release.operation import AT_ONCE, Manner, Order, carry_out, leased, settle_what_was_left
from outreach_ops.release.plan import Plan, decide
from outreach_ops.release.stages import ROLLBACK, Stage
from outreach_ops.release.work import Desk
from outreach_ops.settings.model import Settings
from outreach_ops.site import ledger, world
from outreach_ops.site.ledger import Entry, Numbered
from outreach_ops.site.lock import GIVEN_BACK
from outreach_ops.site.world import Glance, World
from outreach_ops.variables import values


def rollback(settings: Settings, choice: Choice, screen: Console, manner: Manner = AT_ONCE) -> None:
    """Make an earlier, proven release live again, as one unit: code, variables, files, pages at the edge."""
    back(work.at(settings, screen, manner.plan_only), choice, manner)


def back(desk: Desk, choice: Choice, manner: Manner = AT_ONCE, stages: tuple[Stage, ...] = ROLLBACK) -> bool:
    """Roll back to the first of the chosen releases that is whole; False when it was live already.

    What an interrupted command left is concluded first, and only then is the release chosen.
    """
    current = world.glance(desk.site, desk.settings)
    if current.unfinished and manner.plan_only and choice.unnamed:
        desk.console.line("unfinished work is concluded first; which release is next is known only then")
        desk.console.line("this is the plan; nothing was written")
        return False
    if (current.unfinished or _just_recorded(current)) and not manner.plan_only:
        ended = _conclude(desk, current, choice, manner)
        current = world.glance(desk.site, desk.settings)
        if choice.unnamed and ended is not None and _went_back(ended):
            desk.console.line(f"live: {current.live_label}; the interrupted command went back to that")
            return True
    *others, last = choose(current.ledger, current.versions, choice, desk.environment)
    _explain(desk, current, choice)
    passed_over: set[int] = set()
    for chosen in others:
        try:
            return _carry_out(desk, chosen, choice, passed_over, manner, stages)
        except IncompleteError as error:
            desk.console.line(f"  {error.cause}; so the one before that")
            passed_over.add(chosen.number)
    return _carry_out(desk, last, choice, passed_over, manner, stages)


def _conclude(desk: Desk, current: Glance, choice: Choice, manner: Manner) -> Entry | None:
    """Finish or take back what was left; return its ledger entry, or None if there was nothing."""
    command = commands.rollback(desk.environment, str(choice.version or ""))
    with leased(desk, current.lease, command, manner.wait_seconds) as (under, lease):
        interrupted = lease.left is not None or (lease.took_over is not None and _just_recorded(current))
        now = settle_what_was_left(under, lease)
    if interrupted:
        return now.ledger[0].entry
    if choice.unnamed and now.versions != current.versions:
        raise _overtaken(now, desk.environment)
    return None


def _just_recorded(current: Glance) -> bool:
    """Return whether the last command wrote its result, but did not live to give its lease back."""
    lease = current.lease
    if lease is None or not current.ledger or lease.expires == GIVEN_BACK:
        return False
    return lease.since == current.ledger[0].entry.started


def _went_back(ended: Entry) -> bool:
    """Return whether concluding this did what a rollback does: visitors see an earlier release again."""
    return ended.status == ("ok" if ended.kind == "rollback" else "rolled back")


def _explain(desk: Desk, current: Glance, choice: Choice) -> None:
    if not choice.unnamed:
        return
    if current.half is not None:
        desk.console.line(f"  live is {current.half.entry.description} in part: a rollback makes that whole")
    if same := ledger.alike(current.ledger, current.release):
        desk.console.line(
            f"  passed over: version {same[0].entry.server_version}, which differs from what is live in "
            "shared variables alone; a rollback keeps those, so rotate again if one of them is wrong"
        )


def _carry_out(
    desk: Desk,
    chosen: Numbered,
    choice: Choice,
    passed_over: Collection[int],
    manner: Manner,
    stages: tuple[Stage, ...],
) -> bool:
    desk.console.line(f"{desk.settings.host}: roll back to {chosen.entry.description}")
    stored = material.gather(desk.site, desk.settings, chosen)

    def plan_again(now: World) -> Plan:
        # Somebody may have been at work since the release was chosen.
        _refuse_pruned(now, chosen, desk.environment)
        if choice.unnamed:
            _refuse_overtaken(now, chosen, passed_over, desk.environment)
        return plan(desk.settings, now, chosen, stored)

    order = Order(
        "rollback",
        commands.rollback(desk.environment, chosen.entry.server_version),
        plan_again,
        stages,
        manner=manner,
        read=functools.partial(world.read_objects, keys=stored.keys),
    )
    return carry_out(desk, order)


def _refuse_pruned(now: Glance, chosen: Numbered, environment: str) -> None:
    if chosen.number in ledger.pruned(now.ledger):
        raise IncompleteError(
            f"{chosen.entry.description} was pruned meanwhile",
            commands.releases(environment),
            live=f"{now.live_label}, unchanged",
        )


def _refuse_overtaken(now: Glance, chosen: Numbered, passed_over: Collection[int], environment: str) -> None:
    """What came before the release that was live is not what comes before the one that is live now."""
    candidates = (record for record in now.rollback_candidates if record.number not in passed_over)
    first = next(candidates, None)
    already = now.release is not None and now.release.entry.restores_the_same(chosen.entry)
    if not already and (first is None or first.number != chosen.number):
        raise _overtaken(now, environment)


def _overtaken(now: Glance, environment: str) -> OpsError:
    return OpsError(
        f"{now.live_label} went live meanwhile: the release before it is another one",
        commands.rollback(environment),
        step="rollback",
        live=f"{now.live_label}, unchanged",
    )


def plan(settings: Settings, seen: World, chosen: Numbered, stored: Material) -> Plan:
    """Return the plan that makes an earlier release live; raise IncompleteError when some of it is lost."""
    key = chosen.entry.artifact_key
    wanted = target.of_release(
        settings, chosen.number, stored.described, key, chosen.versions, stored.then, seen.variables
    )
    made = decide(seen, wanted, settings)
    # The shared variables of now may be longer than those of then.
    values.fit(wanted.environment("server"))
    refuse_incomplete(made, seen, settings)
    # What is absent then are ISR pages, which the server makes again.
    return dataclasses.replace(made, uploads=(), unproven=chosen.entry.status != "ok")
