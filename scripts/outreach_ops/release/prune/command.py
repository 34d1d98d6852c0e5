"""Prune as an operator orders it: read, decide, show, delete just that under the lease, record."""

from __future__ import annotations

import dataclasses
import datetime
import itertools
from collections.abc import Mapping

from outreach_ops import commands, parallel
from outreach_ops.aws.objects import BATCH, REFUSED
from outreach_ops.builds.artifact import Artifact
from outreach_ops.errors import OpsError, UsageError
from outreach_ops.interrupt import Interrupted, uninterrupted
from outreach_ops.release.operation import AT_ONCE, Manner, leased, settle_what_was_left
from outreach_ops.release.prune.plan import DESCRIPTIONS, KEEP, Prune, Stock, decide, releases, summary
from outreach_ops.release.work import Desk
from outreach_ops.site import description, ledger, world
from outreach_ops.site.journal import Journal
from outreach_ops.site.ledger import Entry, Status
from outreach_ops.site.lock import Held, LockedError
from outreach_ops.site.world import World

GONE = ("NoSuchKey",)


def prune(desk: Desk, keep: int = KEEP, manner: Manner = AT_ONCE) -> Prune:
    """Deletes what only releases older than the newest `keep` need; what was, or would be, deleted."""
    if keep < 1:
        raise UsageError(f"--keep={keep} keeps nothing", "keep at least one release, like --keep=10")
    seen = world.read(desk.site, desk.settings)
    plan = _plan(desk, seen, keep)
    _show(desk, plan)
    if plan.nothing or manner.plan_only:
        desk.console.line("this is the plan; nothing was written" if not plan.nothing else "nothing to prune")
        return plan
    command = commands.prune(desk.environment, keep)
    with leased(desk, seen.lease, command, manner.wait_seconds) as (under, lease):
        now = settle_what_was_left(under, lease)
        again = _plan(under, now, keep)
        if again != plan:
            _show(desk, again)
        if not again.nothing:
            _carry_out(under, lease, now, again)
    desk.console.line(f"pruned: {again.described}; live: {now.live_label}, unchanged")
    return again


def read(desk: Desk, seen: World) -> Stock:
    """What there is to prune from; every alias and every description that can be read."""
    site = desk.site
    objects = {**seen.objects, **site.objects.listing(DESCRIPTIONS)}
    keys = {release.newest.entry.artifact_key for release in releases(seen.ledger)} & set(objects)
    found = parallel.each(lambda key: _described(desk, key), keys)
    aliases = {role: function.pointed_to() for role, function in site.functions.items()}
    return Stock(
        entries=seen.ledger,
        described={key: artifact for key, artifact in found if artifact is not None},
        versions={role: function.versions() for role, function in site.functions.items()},
        aliased={role: frozenset(itertools.chain(*each.values())) for role, each in aliases.items()},
        objects=objects,
        tags=tuple(site.tags.keys()),
        live=seen.versions,
        now=datetime.datetime.now(datetime.UTC),
    )


def _described(desk: Desk, key: str) -> Artifact | None:
    try:
        return description.read(desk.site, desk.settings, key)
    except OpsError:
        # What it named is then nobody's, and stays.
        return None


def _plan(desk: Desk, seen: World, keep: int) -> Prune:
    plan = decide(read(desk, seen), keep)
    if seen.release is None and not plan.nothing:
        raise OpsError(
            f"{seen.live_label} is no release of this tool: what it needs is not known",
            f"{commands.releases(desk.environment)}, then roll back to one of them or deploy",
            step="prune",
            live=f"{seen.live_label}, unchanged",
        )
    return plan


def _show(desk: Desk, plan: Prune) -> None:
    for line in summary(plan):
        desk.console.line(f"  {line}")


def _carry_out(desk: Desk, lease: Held, seen: World, plan: Prune) -> None:
    """Versions first: from then on nobody can make live what has lost its files."""
    started = ledger.now()
    try:
        # From here on, none of these can be rolled back to, however this ends.
        unfinished = _entry(seen, plan, "failed", started, None)
        lease.note(Journal("prune", seen.versions, {}, unfinished).dump())
        with desk.console.step("versions"):
            _delete_versions(desk, plan)
        with desk.console.step("tags"):
            desk.site.tags.delete(plan.tags)
            desk.console.note(f"{len(plan.tags)} deleted")
        with desk.console.step("objects"):
            _delete_objects(desk, plan)
        lease.conclude(*_record(seen, _entry(seen, plan, "ok", started, None)))
    except LockedError:
        raise
    except (Exception, Interrupted) as error:
        with uninterrupted():
            raise _failed(desk, lease, seen, plan, started, error) from error


def _delete_versions(desk: Desk, plan: Prune) -> None:
    for role, function in desk.site.functions.items():
        for version in plan.versions[role]:
            # Read again before each: a move since would make it live.
            for alias, there in function.pointed_to().items():
                if version in there:
                    raise OpsError(
                        f"the alias {alias} of {function.name} points to version {version} since: "
                        "somebody has moved it",
                        f"{commands.status(desk.environment)}, then prune again",
                        step="versions",
                    )
            function.delete_version(version)
    desk.console.note(f"{sum(map(len, plan.versions.values()))} deleted")


def _delete_objects(desk: Desk, plan: Prune) -> None:
    refused: dict[str, str] = {}
    wanted = list(plan.objects.items())
    for at in range(0, len(wanted), BATCH):
        refused |= desk.site.objects.delete(dict(wanted[at : at + BATCH]))
    changed = [key for key, code in refused.items() if code in REFUSED]
    failed = {key: code for key, code in refused.items() if code not in (*GONE, *REFUSED)}
    if failed:
        key, code = next(iter(failed.items()))
        raise OpsError(
            f"S3 did not delete {len(failed)} objects, the first is {key}: {code}",
            f"if it is denied ask for s3:DeleteObject, then run: {commands.prune(desk.environment, KEEP)}",
            step="objects",
        )
    desk.console.note(f"{len(plan.objects) - len(changed)} deleted, {len(changed)} changed since and stay")


def _failed(
    desk: Desk, lease: Held, seen: World, plan: Prune, started: str, error: BaseException
) -> OpsError:
    cause, fix = f"{type(error).__name__}: {error}", "run the command again: it goes on where this one ended"
    if isinstance(error, OpsError):
        cause, fix = error.cause, error.fix
    elif isinstance(error, Interrupted):
        cause = "interrupted"
    try:
        lease.conclude(*_record(seen, _entry(seen, plan, "failed", started, cause)))
    except LockedError as lost:
        return lost
    except OpsError as unwritten:
        # The journal stays: the next command records it.
        desk.console.line(f"  the ledger could not be written: {unwritten.cause}")
    return OpsError(cause, fix, step="prune", live=f"{seen.live_label}, unchanged")


def _record(seen: World, entry: Entry) -> tuple[int, Mapping[str, object]]:
    last = seen.ledger[0].number if seen.ledger else 0
    return last + 1, dataclasses.asdict(entry)


def _entry(seen: World, plan: Prune, status: Status, started: str, cause: str | None) -> Entry:
    there = seen.versions
    return Entry(
        kind="prune",
        status=status,
        version="",
        commit="",
        description=plan.described,
        build_id="",
        artifact_key="",
        server_version="",
        image_version="",
        live_server_version=there["server"],
        live_image_version=there["image"],
        live_further_versions=ledger.further(there),
        operator=ledger.operator(),
        started=started,
        finished=ledger.now(),
        cause=cause,
        pruned=list(plan.numbers),
    )
