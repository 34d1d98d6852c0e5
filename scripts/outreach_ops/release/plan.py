"""What a release or rollback would do: frozen data, decided from what was read and nothing else."""

from __future__ import annotations

import dataclasses
import functools

from outreach_ops.behaviours import missing
from outreach_ops.builds.artifact import Asset
from outreach_ops.release.target import Target, Wanted, brought_back, fingerprints
from outreach_ops.settings.cloudfront import Behaviour
from outreach_ops.settings.model import Settings
from outreach_ops.site import description, ledger
from outreach_ops.site.invalidation import invalidation_paths
from outreach_ops.site.ledger import Numbered
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


def way_back(plan: Plan, world: World, settings: Settings) -> Numbered | None:
    """The release that a rollback would go back to once `plan` is carried out; None when there is none."""
    if plan.nothing or not world.ledger:
        return next(iter(ledger.before(world.ledger, world.release)), None)
    last, target = world.ledger[0], plan.target
    entry = dataclasses.replace(
        last.entry,
        kind="release",
        status="ok",
        artifact_key=target.key or description.key(target.artifact),
        server_version="",
        restores=target.restores,
        pruned=[],
        release_variables=fingerprints(target, functools.partial(brought_back, settings)),
    )
    then = Numbered(last.number + 1, entry)
    return next(iter(ledger.before((then, *world.ledger), then)), None)


def summary(plan: Plan, world: World, settings: Settings) -> list[str]:
    """The plan in the operator's words; variables by name and fingerprint."""
    changed = len([asset for asset in plan.uploads if asset.key in world.objects])
    lines = [
        f"files       {len(plan.uploads) - changed} new, {changed} changed "
        f"({plan.upload_bytes / 1024:.0f} KB to upload), {plan.kept} kept",
        f"public      {len(plan.public)} to change after the alias has moved",
    ]
    prints = Fingerprints(plan.target.environment("server"))
    for wanted in plan.target.functions:
        live = world.functions[wanted.role].configuration
        code = "same code" if live.code_sha256 == wanted.code.sha256 else "other code"
        changes = prints.changes(live.environment, wanted.environment)
        shell, latest = live.shell, world.functions[wanted.role].latest.shell
        provisioned = [
            f"{name} {shell[name]} -> {value}" for name, value in latest.items() if shell[name] != value
        ]
        lines.append(f"{wanted.role:<11} {code}, variables: {changes}")
        if provisioned and wanted.version is None:
            lines.append(f"{'':<11} settings: {', '.join(provisioned)}")
    again = [wanted.role for wanted in plan.publishes if wanted.version is None]
    if plan.target.restores is not None and again:
        lines.append(
            f"again       {', '.join(again)}: published again, because shared variables have changed"
        )
    if plan.behaviours:
        lines.append(f"paths       new at the distribution: {', '.join(b.path for b in plan.behaviours)}")
    lines += ["tags        the build's, into the tag table"] if plan.seeds else []
    lines.append(f"invalidate  {' '.join(plan.invalidations) or 'nothing'}")
    back = way_back(plan, world, settings)
    where = "none: no earlier release has passed its checks"
    if back is not None:
        where = f"{back.entry.description}, version {back.entry.server_version}"
    lines.append(f"way back    {where}")
    return lines
