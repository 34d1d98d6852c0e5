"""Carries a plan out; whatever goes wrong, what was live before is live again, and the ledger says so."""

from __future__ import annotations

from outreach_ops.errors import OpsError, RollbackFailedError, RolledBackError
from outreach_ops.interrupt import Interrupted, uninterrupted
from outreach_ops.ledger import Entry, Kind, Status, now, operator
from outreach_ops.stages import Stage, Work, artifact_key, run
from outreach_ops.undo import by_hand, undo, versions
from outreach_ops.world import World


def apply(work: Work, kind: Kind, stages: tuple[Stage, ...]) -> Entry:
    """Runs the stages and records the result; raises OpsError, RolledBackError or RollbackFailedError."""
    started = now()
    try:
        run(work, stages)
        entry = _entry(work, kind, "ok", started)
        _record(work, entry)
    except (Exception, Interrupted) as error:
        with uninterrupted():
            raise _failed(work, kind, started, error) from error
    return entry


def _failed(work: Work, kind: Kind, started: str, error: BaseException) -> OpsError:
    """Brings the previous release back if need be; what to tell the operator."""
    cause = error.cause if isinstance(error, OpsError) else f"{type(error).__name__}: {error}"
    cause = work.console.mask(cause)
    step = error.step if isinstance(error, OpsError) else None
    fix = (
        error.fix if isinstance(error, OpsError) else "run the command again; it begins where this one ended"
    )
    was, seen, undone = work.world.live_label, work.world, False
    if work.moved or work.changed:
        work.console.line(f"  failed: {cause}")
        work.console.line(f"  bringing {was} back")
        try:
            seen, undone = undo(work)
        except Exception as failure:
            _try_record(work, _entry(work, kind, "rollback failed", started, f"{cause}; then: {failure}"))
            return RollbackFailedError(
                f"{cause}; and {was} could not be brought back: {failure}", by_hand(work), step=step
            )
    restored = versions(seen) == versions(work.world)
    status: Status = "rolled back" if undone and restored else "failed"
    _try_record(work, _entry(work, kind, status, started, cause, seen))
    if status == "rolled back":
        return RolledBackError(cause, fix, step=step, live=f"{was}, as before")
    how = "unchanged" if restored else "moved there by somebody else"
    return OpsError(cause, fix, step=step, live=f"{seen.live_label}, {how}")


def _entry(
    work: Work, kind: Kind, status: Status, started: str, cause: str | None = None, seen: World | None = None
) -> Entry:
    target, live = work.plan.target, versions(seen or work.world)
    after = {**live, **work.versions} if status == "ok" else live
    return Entry(
        kind=kind,
        status=status,
        version=target.artifact.version,
        commit=target.artifact.commit,
        description=target.label,
        build_id=target.artifact.build_id,
        artifact_key=artifact_key(target.artifact),
        server_version=work.versions.get("server", ""),
        image_version=work.versions.get("image", ""),
        live_server_version=after["server"],
        live_image_version=after["image"],
        operator=operator(),
        started=started,
        finished=now(),
        restores=target.restores,
        cause=cause,
        seconds=dict(work.console.seconds),
    )


def _record(work: Work, entry: Entry) -> None:
    last = work.world.ledger[0].number if work.world.ledger else 0
    work.site.ledger.append(last, entry)


def _try_record(work: Work, entry: Entry) -> None:
    """A failure is recorded when it can be; its own error must not hide the first one."""
    try:
        _record(work, entry)
    except OpsError as error:
        work.console.line(f"  the ledger could not be written: {error.cause}")
