"""Rollback: an earlier, proven release is live again, as one unit."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from outreach_ops import commands
from outreach_ops.console import Console
from outreach_ops.errors import IncompleteError, OpsError
from outreach_ops.release import material, target, work
from outreach_ops.release.choice import Choice, choose
from outreach_ops.release.material import Material, refuse_incomplete
from outreach_ops.release.operation import AT_ONCE, Ahead, Manner, Order, carry_out
from outreach_ops.release.plan import Plan, decide
from outreach_ops.release.stages import ALIAS, ROLLBACK, Stage
from outreach_ops.release.work import Desk
from outreach_ops.settings.model import Settings
from outreach_ops.site import ledger, world
from outreach_ops.site.journal import Journal
from outreach_ops.site.ledger import Numbered, further, operator
from outreach_ops.site.world import Door, Glance, World
from outreach_ops.variables import values


def rollback(settings: Settings, choice: Choice, screen: Console, manner: Manner = AT_ONCE) -> None:
    """Makes an earlier, proven release live again, as one unit: code, variables, files, pages at the edge."""
    back(work.at(settings, screen, manner.plan_only), choice, manner)


def back(desk: Desk, choice: Choice, manner: Manner = AT_ONCE, stages: tuple[Stage, ...] = ROLLBACK) -> bool:
    """The same at a desk; False when that release was live already. The first that is whole is taken."""
    seen = world.glance(desk.site, desk.settings)
    *others, last = choose(seen.ledger, choice, desk.environment, seen.release, seen.half)
    if choice.unnamed and seen.half is not None:
        desk.console.line(f"  live is {seen.half.entry.description} in part: a rollback makes that whole")
    if choice.unnamed and (same := ledger.alike(seen.ledger, seen.release)):
        desk.console.line(
            f"  passed over: version {same[0].entry.server_version}, which differs from what is live in "
            "shared variables alone; a rollback keeps those, so rotate again if one of them is wrong"
        )
    with ThreadPoolExecutor() as pool:
        for chosen in others:
            try:
                return carry_out(desk, _order(desk, pool, seen, chosen, choice, manner, stages))
            except IncompleteError as error:
                desk.console.line(f"  {error.cause}; so the one before that")
        return carry_out(desk, _order(desk, pool, seen, last, choice, manner, stages))


def _order(
    desk: Desk,
    pool: ThreadPoolExecutor,
    seen: Glance,
    chosen: Numbered,
    choice: Choice,
    manner: Manner,
    stages: tuple[Stage, ...],
) -> Order:
    desk.console.line(f"{desk.settings.host}: roll back to {chosen.entry.description}")
    # What never changes is read while the lease is taken: see docs/decisions/rollback.md.
    gathered = pool.submit(material.gather, desk.site, desk.settings, chosen)
    lasting = pool.submit(lambda: desk.site.objects.hashes(gathered.result().lasting))

    def read(site: Door, settings: Settings) -> World:
        # A command that is concluded first may overwrite public files: they are looked at now, not before.
        public = pool.submit(site.objects.hashes, gathered.result().overwritten)
        here = world.glance(site, settings)
        kept = lasting.result()
        if here.ledger != seen.ledger:
            # Somebody was at work since: a prune deletes what lasts otherwise.
            _refuse_pruned(here, chosen, desk.environment)
            if choice.unnamed:
                _refuse_overtaken(seen, here, chosen, desk.environment)
            kept = site.objects.hashes(gathered.result().lasting)
        return here.holding({**kept, **public.result()})

    return Order(
        "rollback",
        commands.rollback(desk.environment, chosen.entry.server_version),
        lambda now: plan(desk.settings, now, chosen, gathered.result()),
        stages,
        manner=manner,
        read=read,
        ahead=_ahead(seen, chosen),
    )


def _refuse_pruned(here: Glance, chosen: Numbered, environment: str) -> None:
    if chosen.number in ledger.pruned(here.ledger):
        raise IncompleteError(
            f"{chosen.entry.description} was pruned meanwhile",
            commands.releases(environment),
            live=f"{here.live_label}, unchanged",
        )


def _refuse_overtaken(seen: Glance, here: Glance, chosen: Numbered, environment: str) -> None:
    """What came before the release that was live is not what comes before the one that is live now."""
    was, now = seen.release, here.release
    if was is None or now is None:
        return
    if not any(now.entry.restores_the_same(each.entry) for each in (was, chosen)):
        raise OpsError(
            f"{now.entry.description} went live meanwhile: the way back from it is another one",
            commands.rollback(environment),
            step="rollback",
            live=f"{here.live_label}, unchanged",
        )


def _ahead(seen: Glance, chosen: Numbered) -> Ahead | None:
    """When the aliases must move for sure, the lease is taken while the rest is read."""
    live = seen.release
    same = live is not None and live.entry.restores_the_same(chosen.entry)
    if same or chosen.entry.made(seen.versions) or seen.unfinished or not seen.explained:
        return None
    return Ahead(seen.lease, functools.partial(_opening, seen, chosen), chosen.entry.commit)


def _opening(seen: Glance, chosen: Numbered, since: str) -> Mapping[str, Any]:
    """What the journal says before the aliases move: the same as the stage would write there."""
    unfinished = dataclasses.replace(
        chosen.entry,
        kind="rollback",
        status="failed",
        live_server_version=seen.versions["server"],
        live_image_version=seen.versions["image"],
        live_further_versions=further(seen.versions),
        operator=operator(),
        started=since,
        finished="",
        restores=chosen.number,
        cause=None,
        seconds={},
        variables={},
        release_variables={},
    )
    return Journal(ALIAS.name, seen.versions, chosen.versions, unfinished).dump()


def plan(settings: Settings, seen: World, chosen: Numbered, whole: Material) -> Plan:
    """The plan that makes an earlier release live; raises IncompleteError when some of it is lost."""
    key = chosen.entry.artifact_key
    wanted = target.of_release(
        settings, chosen.number, whole.described, key, chosen.versions, whole.then, seen.variables
    )
    made = decide(seen, wanted, settings)
    # The shared variables of now may be longer than those of then.
    values.fit(wanted.environment("server"))
    refuse_incomplete(made, seen, settings)
    # What is absent then are ISR pages, which the server makes again.
    return dataclasses.replace(made, uploads=(), unproven=chosen.entry.status != "ok")
