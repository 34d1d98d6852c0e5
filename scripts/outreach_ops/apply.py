"""Carries a plan out; whatever goes wrong, what was live before is live again, and the ledger says so."""

from __future__ import annotations

import dataclasses

from outreach_ops import artifact, commands, world
from outreach_ops.artifact import Artifact, Package
from outreach_ops.errors import OpsError, RollbackFailedError, RolledBackError
from outreach_ops.interrupt import Interrupted, uninterrupted
from outreach_ops.ledger import Entry, Kind, Numbered, Status, now, operator
from outreach_ops.plan import decide
from outreach_ops.settings.model import Settings
from outreach_ops.stages import UNDO, Stage, Work, artifact_key
from outreach_ops.target import Role, Target, Wanted
from outreach_ops.world import Door, World


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


def run(work: Work, stages: tuple[Stage, ...]) -> None:
    """Runs the stages in order; the console shows each with its time."""
    for name, stage in stages:
        with work.console.step(name):
            stage(work)


def _failed(work: Work, kind: Kind, started: str, error: BaseException) -> OpsError:
    """Brings the previous release back if need be; what to tell the operator."""
    cause = error.cause if isinstance(error, OpsError) else f"{type(error).__name__}: {error}"
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
                f"{cause}; and {was} could not be brought back: {failure}", _by_hand(work), step=step
            )
    restored = _versions(seen) == _versions(work.world)
    status: Status = "rolled back" if undone and restored else "failed"
    _try_record(work, _entry(work, kind, status, started, cause, seen))
    if status == "rolled back":
        return RolledBackError(cause, fix, step=step, live=f"{was}, as before")
    how = "unchanged" if restored else "moved there by somebody else"
    return OpsError(cause, fix, step=step, live=f"{seen.live_label}, {how}")


def undo(work: Work) -> tuple[World, bool]:
    """Takes back what stands as `work` put it, never what somebody else did since; what is live then.

    The flag says whether there was anything to take back.
    """
    seen = world.read(work.site, work.settings)
    now = _versions(seen)
    ours = {role for role in work.moved if now[role] == work.versions[role]}
    if not ours and not work.changed:
        return seen, False
    target = _previous(work, ours, now)
    back = dataclasses.replace(
        work,
        world=seen,
        plan=decide(seen, target, work.settings),
        folder=None,
        versions={},
        moved=set(),
        changed=False,
    )
    run(back, UNDO)
    return world.read(work.site, work.settings), True


def _previous(work: Work, ours: set[Role], now: dict[Role, str]) -> Target:
    functions = []
    for wanted in work.plan.target.functions:
        if wanted.role in ours:
            live = work.world.functions[wanted.role].configuration
            code = Package(wanted.code.file, live.code_sha256, 0, 0)
            functions.append(Wanted(wanted.role, wanted.name, code, live.environment, live.version))
    released = next(
        (item for item in work.world.ledger if _describes(item, work) and item.entry.status == "ok"), None
    )
    before = _versions(work.world)
    theirs = any(now[role] != before[role] and role not in ours for role in now)
    # Without an entry nothing is known of its files: a placeholder, or a version made by other means.
    bare = dataclasses.replace(work.plan.target.artifact, assets=(), behaviours=())
    return Target(
        artifact=bare
        if released is None or theirs
        else read_artifact(work.site, work.settings, released.entry.artifact_key),
        functions=tuple(functions),
        label=work.world.live_label,
    )


def _describes(item: Numbered, work: Work) -> bool:
    versions = {"server": item.entry.server_version, "image": item.entry.image_version}
    return versions == _versions(work.world)


def _versions(seen: World) -> dict[Role, str]:
    return {role: function.alias.version for role, function in seen.functions.items()}


def read_artifact(site: Door, settings: Settings, key: str) -> Artifact:
    """The description of a release, from the bucket."""
    data = site.objects.read(key)
    if data is None or f"_releases/{artifact.sha256(data)}.json" != key:
        raise OpsError(
            f"the description of the release, {key}, is {'missing' if data is None else 'damaged'}",
            commands.releases(settings.site.environment),
        )
    return artifact.parse(data, key)


def _entry(
    work: Work, kind: Kind, status: Status, started: str, cause: str | None = None, seen: World | None = None
) -> Entry:
    target, live = work.plan.target, _versions(seen or work.world)
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


def _by_hand(work: Work) -> str:
    """The exact commands that point the aliases back."""
    return " && ".join(
        f"aws lambda update-alias --function-name {wanted.name} --name {work.settings.lambda_.alias} "
        f"--function-version {work.world.functions[wanted.role].alias.version}"
        for wanted in work.plan.target.functions
        if wanted.role in work.moved
    )
