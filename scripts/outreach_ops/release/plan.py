"""What a release or rollback would do: frozen data, decided from what was read and nothing else."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator

from outreach_ops.behaviours import missing
from outreach_ops.builds.artifact import Asset
from outreach_ops.console import row
from outreach_ops.release.target import Target, Wanted, brought_back, fingerprints
from outreach_ops.settings.cloudfront import Behaviour
from outreach_ops.settings.model import Settings
from outreach_ops.site import description, ledger
from outreach_ops.site.invalidation import invalidation_paths
from outreach_ops.site.ledger import Kind, Numbered
from outreach_ops.site.stack import (
    describe_previous,
    rollback_candidates,
    with_unrecorded_move,
)
from outreach_ops.site.world import World
from outreach_ops.variables.fingerprint import Fingerprints


@dataclasses.dataclass(frozen=True)
class Plan:
    """The work between what is live and `target`; each part is empty when there is nothing to do."""

    target: Target
    uploads: tuple[Asset, ...]
    kept: int
    publishes: tuple[Wanted, ...]
    moves: tuple[Wanted, ...]
    public: tuple[Asset, ...]
    behaviours: tuple[Behaviour, ...]
    invalidations: tuple[str, ...]
    seeds: bool = False
    """Whether the tag table lacks the build's tags."""
    unproven: bool = False
    """Whether the target never passed its checks: then published versions are asked as well as new ones."""

    @property
    def nothing(self) -> bool:
        """Whether the target is live already, whole."""
        return not (self.uploads or self.publishes or self.moves or self.public or self.behaviours)

    @property
    def upload_bytes(self) -> int:
        """The bytes that travel from this machine."""
        return sum(asset.size for asset in self.uploads)


def decide(world: World, target: Target, settings: Settings) -> Plan:
    """The plan that makes `target` live in `world`."""
    unpublished = tuple(wanted for wanted in target.functions if published(world, wanted) is None)
    moves = tuple(
        wanted
        for wanted in target.functions
        if published(world, wanted) != world.functions[wanted.role].alias.version
        or world.functions[wanted.role].alias.weights
    )
    uploads = _absent(world, target)
    public = tuple(
        asset for asset in target.artifact.of_kind("public") if world.objects.get(asset.key) != asset.md5
    )
    return Plan(
        target=target,
        uploads=uploads,
        kept=len(target.artifact.assets) - len(uploads),
        publishes=unpublished,
        moves=moves,
        public=public,
        # One that was live before this tool moves as a whole, with the first release's files in the bucket.
        behaviours=missing(world.distribution.paths, target.artifact.behaviours)
        if world.distribution.ours
        else target.artifact.behaviours,
        invalidations=invalidation_paths(settings.site.base_path) if moves or public else (),
        seeds="initialization" in target.artifact.packages and not _seeded(world, target.artifact.build_id),
    )


def _seeded(world: World, build_id: str) -> bool:
    """Whether the build was released before: filling the table again would forget what was purged since."""
    # With a release its tags are pruned.
    gone = ledger.pruned(world.ledger)
    good = (item.entry for item in world.ledger if item.entry.status == "ok" and item.number not in gone)
    return any(entry.build_id == build_id and "initialization" in entry.versions for entry in good)


def published(world: World, wanted: Wanted) -> str | None:
    """The published version that runs just what is wanted, or None when it must be published."""
    if wanted.version is not None:
        return wanted.version
    live, latest = world.functions[wanted.role].configuration, world.functions[wanted.role].latest
    same = live.code_sha256 == wanted.code.sha256 and dict(live.environment) == dict(wanted.environment)
    # Memory, timeout and runtime are provisioning's, and reach users with the next version.
    return live.version if same and live.shell == latest.shell else None


def _absent(world: World, target: Target) -> tuple[Asset, ...]:
    """What the bucket lacks: hashed and public files by content, ISR pages only when they are absent."""
    absent: dict[str, Asset] = {}
    for asset in target.artifact.assets:
        stored = world.objects.get(asset.stored_key)
        if stored is None or (asset.kind != "cache" and stored != asset.md5):
            absent[asset.stored_key] = asset
    return tuple(absent.values())


def previous_after(plan: Plan, world: World, settings: Settings, kind: Kind) -> Numbered | None:
    """Return what an unnamed rollback would go to once `plan`, of this kind, is applied; None for nothing."""
    if plan.nothing or not world.ledger:
        return world.previous
    records = with_unrecorded_move(world.ledger, world.versions)
    last, target = records[0], plan.target
    entry = dataclasses.replace(
        last.entry,
        kind=kind,
        status="ok",
        artifact_key=target.key or description.key(target.artifact),
        server_version="",
        live_server_version="",
        restores=target.restores,
        pruned=[],
        release_variables=fingerprints(target, functools.partial(brought_back, settings)),
    )
    then = Numbered(last.number + 1, entry)
    return next(iter(rollback_candidates((then, *records), entry.live_versions)), None)


def summary(plan: Plan, world: World, settings: Settings, kind: Kind) -> list[str]:
    """The plan in the operator's words; variables by name and fingerprint."""
    changed = len([asset for asset in plan.uploads if asset.key in world.objects])
    again = [wanted.role for wanted in plan.publishes if wanted.version is None]
    rows = [
        (
            "files",
            f"{len(plan.uploads) - changed} new, {changed} changed "
            f"({plan.upload_bytes / 1024:.0f} KB to upload), {plan.kept} kept",
        ),
        ("public", f"{len(plan.public)} to change after the alias has moved"),
        *_function_rows(plan, world),
    ]
    if plan.target.restores is not None and again:
        rows.append(("again", f"{', '.join(again)}: published again, because shared variables have changed"))
    if plan.behaviours:
        rows.append(("paths", f"new at the distribution: {', '.join(b.path for b in plan.behaviours)}"))
    if plan.seeds:
        rows.append(("tags", "the build's, into the tag table"))
    rows.append(("invalidate", " ".join(plan.invalidations) or "nothing"))
    rows.append(("previous", describe_previous(previous_after(plan, world, settings, kind))))
    return [row(name, text) for name, text in rows]


def _function_rows(plan: Plan, world: World) -> Iterator[tuple[str, str]]:
    prints = Fingerprints(plan.target.environment("server"))
    for wanted in plan.target.functions:
        function = world.functions[wanted.role]
        live = function.configuration
        code = "same code" if live.code_sha256 == wanted.code.sha256 else "other code"
        yield wanted.role, f"{code}, variables: {prints.changes(live.environment, wanted.environment)}"
        new = {name: value for name, value in function.latest.shell.items() if live.shell[name] != value}
        if new and wanted.version is None:
            yield "", "settings: " + ", ".join(f"{name} {live.shell[name]} -> {new[name]}" for name in new)
