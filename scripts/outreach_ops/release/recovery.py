"""Concludes what was left unfinished: finishes it when the release has happened, else takes it back."""

from __future__ import annotations

import dataclasses

from outreach_ops.errors import OpsError, RollbackFailedError, RolledBackError
from outreach_ops.release.apply import abandon, apply
from outreach_ops.release.plan import decide
from outreach_ops.release.stages import FINISH, VISIBLE
from outreach_ops.release.target import Target, of_version
from outreach_ops.release.work import Desk, Work
from outreach_ops.roles import ROLES
from outreach_ops.site import description, journal
from outreach_ops.site.journal import UNDOING, Journal
from outreach_ops.site.ledger import Entry, further, now, operator
from outreach_ops.site.lock import Held, LockedError
from outreach_ops.site.stack import observed_entry
from outreach_ops.site.world import Live, World
from outreach_ops.variables.values import private


def recover(desk: Desk, lease: Held, seen: World) -> None:
    """Ends the work that the lease's journal tells of; afterwards the ledger explains what is live.

    Raises RollbackFailedError when it could not be taken back; the journal stays then.
    """
    left = journal.parse(lease.left or {})
    there, undoing = seen.versions, left.stage == UNDOING
    moved = {role for role, version in left.after.items() if there[role] == version != left.before[role]}
    changed = undoing or left.stage in VISIBLE
    cause = f"{left.entry.operator}'s command ended during `{left.stage}`"
    desk.console.line(f"  {left.entry.description} was left unfinished: {cause}")
    if not moved and not changed:
        _record(lease, seen, left.entry, cause)
        desk.console.line(f"  abandoned; live: {seen.live_label}")
        return
    work = _as_it_was(desk, lease, seen, left)
    work.moved, work.changed = moved, changed
    happened = bool(moved) and all(there[role] == version for role, version in left.after.items())
    if happened and not undoing:
        try:
            apply(work, left.entry.kind, FINISH)
        except RolledBackError as error:
            ended: OpsError = error
        else:
            desk.console.line(f"  finished: {left.entry.description} is live")
            return
    else:
        ended = abandon(work, left.entry.kind, left.entry.started, cause)
    if isinstance(ended, RollbackFailedError | LockedError):
        raise ended
    desk.console.line(f"  taken back; live: {ended.live}")


def observe(desk: Desk, lease: Held, seen: World) -> None:
    """Records a move of the aliases that no command made."""
    description = seen.functions["server"].configuration.description or "unknown"
    found = dataclasses.replace(observed_entry(seen.ledger, seen.versions, description), started=now())
    _record(lease, seen, found, "the alias was moved by other means than this tool")
    desk.console.line(f"  live was moved by other means, to {seen.live_label}; the ledger says so now")


def _record(lease: Held, seen: World, entry: Entry, cause: str) -> None:
    last = seen.ledger[0].number if seen.ledger else 0
    there = seen.versions
    done = dataclasses.replace(
        entry,
        cause=cause,
        operator=operator(),
        finished=now(),
        live_server_version=there["server"],
        live_image_version=there["image"],
        live_further_versions=further(there),
    )
    lease.conclude(last + 1, dataclasses.asdict(done))


def _as_it_was(desk: Desk, lease: Held, seen: World, left: Journal) -> Work:
    """The unfinished work, over the world that it was decided in."""
    settings, functions = desk.settings, dict(seen.functions)
    described = description.read(desk.site, settings, left.entry.artifact_key)
    wanted = []
    for role in [role for role in ROLES if role in left.before]:
        function, here = desk.site.functions[role], seen.functions[role]
        alias = dataclasses.replace(here.alias, version=left.before[role], weights={})
        then = function.configuration(left.before[role]) or here.configuration
        functions[role] = Live(alias, then, here.latest)
        if role in left.after:
            new = function.configuration(left.after[role]) or then
            wanted.append(of_version(settings, role, described, new.environment, left.after[role]))
    was = dataclasses.replace(seen, functions=functions)
    entry = left.entry
    target = Target(described, tuple(wanted), entry.description, entry.restores, entry.artifact_key)
    desk.console.hide(private(settings, target.environment("server")))
    plan = decide(was, target, settings)
    return Work(desk, was, plan, lease, versions=dict(left.after))
