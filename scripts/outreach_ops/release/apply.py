"""Carries a plan out; whatever goes wrong, what was live before is live again, and the ledger says so."""

from __future__ import annotations

import dataclasses
import functools

from outreach_ops.errors import OpsError, RollbackFailedError, RolledBackError
from outreach_ops.interrupt import Interrupted, uninterrupted
from outreach_ops.release import credentials
from outreach_ops.release.stages import ALIAS, Stage
from outreach_ops.release.target import brought_back, fingerprints
from outreach_ops.release.undo import by_hand, undo
from outreach_ops.release.work import Work
from outreach_ops.site import description
from outreach_ops.site.journal import UNDOING, Journal
from outreach_ops.site.ledger import Entry, Kind, Status, further, now, operator
from outreach_ops.site.lock import LockedError
from outreach_ops.site.world import World

MOVING = ALIAS.name
AGAIN = "run the command again; it begins where this one ended"


def apply(work: Work, kind: Kind, stages: tuple[Stage, ...]) -> Entry:
    """Runs the stages and records the result; raises OpsError, RolledBackError or RollbackFailedError.

    Each stage is in the lease's journal before it begins, so that a crash leaves nothing unexplained.
    """
    started, name = work.lease.since, "lock"
    try:
        for stage in stages:
            name = stage.name
            if stage.noted(work.plan):
                _note(work, kind, name, started)
            if name == MOVING:
                # Again, for uploads take their time: an alias is never moved by who may not move it back.
                credentials.require(work.desk.site.aws, work.watch_seconds)
            with work.desk.console.step(name):
                stage.run(work)
        entry = _entry(work, kind, "ok", started)
        with uninterrupted():
            # All is done: an interruption now would only make the exit code wrong.
            _record(work, entry)
    except LockedError as error:
        # Whoever has the lease now concludes this work too.
        raise _taken_over(error) from error
    except (Exception, Interrupted) as error:
        with uninterrupted():
            raise _failed(work, kind, started, name, error) from error
    return entry


def abandon(
    work: Work, kind: Kind, started: str, cause: str, step: str | None = None, fix: str = AGAIN
) -> OpsError:
    """Brings the previous release back if need be, and records that; what to tell the operator."""
    cause, fix = work.desk.console.mask(cause), work.desk.console.mask(fix)
    was, seen, undone = work.world.live_label, work.world, False
    if work.moved or work.changed:
        work.desk.console.line(f"  bringing {was} back")
        try:
            _note(work, kind, UNDOING, started)
            seen, undone = undo(work)
        except LockedError as lost:
            return _taken_over(lost)
        except Exception as failure:
            # The journal stays: the next command tries again.
            return RollbackFailedError(
                f"{cause}; and {was} could not be brought back: {work.desk.console.mask(str(failure))}",
                by_hand(work),
                step=step,
            )
    restored = seen.versions == work.world.versions
    status: Status = "rolled back" if undone and restored else "failed"
    try:
        noted = cause if restored else f"{cause}; the alias was moved by other means meanwhile"
        _record(work, _entry(work, kind, status, started, noted, seen))
    except LockedError as lost:
        return _taken_over(lost)
    except OpsError as unwritten:
        # Its own error must not hide the first one.
        work.desk.console.line(f"  the ledger could not be written: {unwritten.cause}")
    if status == "rolled back":
        return RolledBackError(cause, fix, step=step, live=f"{was}, as before")
    how = "unchanged" if restored else "moved there by somebody else"
    return OpsError(cause, fix, step=step, live=f"{seen.live_label}, {how}")


def _taken_over(error: LockedError) -> LockedError:
    return LockedError(
        error.cause, error.fix, step=error.step, live="see what the other operator's command says"
    )


def _failed(work: Work, kind: Kind, started: str, stage: str, error: BaseException) -> OpsError:
    cause, fix = f"{type(error).__name__}: {error}", AGAIN
    if isinstance(error, OpsError):
        error.hide(work.desk.console.mask)
        cause, fix = error.cause, error.fix
    elif isinstance(error, Interrupted):
        cause = "interrupted"
    work.desk.console.line(f"  failed in {stage}: {cause}")
    return abandon(work, kind, started, cause, stage, fix)


def _note(work: Work, kind: Kind, stage: str, started: str) -> None:
    unfinished = dataclasses.replace(_entry(work, kind, "failed", started), finished="", seconds={})
    work.lease.note(Journal(stage, work.world.versions, dict(work.versions), unfinished).dump())


def _entry(
    work: Work, kind: Kind, status: Status, started: str, cause: str | None = None, seen: World | None = None
) -> Entry:
    target, live = work.plan.target, (seen or work.world).versions
    after = {**live, **work.versions} if status == "ok" else live
    back = functools.partial(brought_back, work.desk.settings)
    return Entry(
        kind=kind,
        status=status,
        version=target.artifact.version,
        commit=target.artifact.commit,
        description=target.label,
        build_id=target.artifact.build_id,
        artifact_key=target.key or description.key(target.artifact),
        server_version=work.versions.get("server", ""),
        image_version=work.versions.get("image", ""),
        live_server_version=after["server"],
        live_image_version=after["image"],
        further_versions=further(work.versions),
        live_further_versions=further(after),
        operator=operator(),
        started=started,
        finished=now(),
        restores=target.restores,
        cause=cause,
        seconds=dict(work.desk.console.seconds),
        variables=fingerprints(target, lambda all_: all_) if status == "ok" else {},
        release_variables=fingerprints(target, back) if status == "ok" else {},
    )


def _record(work: Work, entry: Entry) -> None:
    last = work.world.ledger[0].number if work.world.ledger else 0
    work.lease.conclude(last + 1, dataclasses.asdict(entry))
