"""The named stages of every deploy and rollback; each does what the plan lists for it and no more."""

from __future__ import annotations

import dataclasses
import functools
import time
from collections.abc import Callable
from pathlib import Path

from outreach_ops import artifact, commands, invalidation, playbook
from outreach_ops.artifact import Artifact, Asset
from outreach_ops.aws.errors import AwsError
from outreach_ops.aws.objects import Objects
from outreach_ops.console import Console
from outreach_ops.errors import OpsError
from outreach_ops.lock import Held
from outreach_ops.parallel import each
from outreach_ops.plan import Plan, published
from outreach_ops.publish import publish_version
from outreach_ops.read_back import read_back
from outreach_ops.settings.model import Settings
from outreach_ops.settle import STEADY, settle
from outreach_ops.target import Role, Wanted
from outreach_ops.verify import verify
from outreach_ops.viewer import Viewer
from outreach_ops.world import Door, World


@dataclasses.dataclass(frozen=True)
class Desk:
    """Where an operator works: the site, what the inventory says of it, and what shows the work."""

    site: Door
    settings: Settings
    console: Console
    viewer: Viewer


@dataclasses.dataclass
class Work:
    """A plan under way: what it works with, and what it has done so far."""

    site: Door
    settings: Settings
    world: World
    plan: Plan
    console: Console
    viewer: Viewer
    lease: Held
    folder: Path | None = None
    versions: dict[Role, str] = dataclasses.field(default_factory=dict)
    moved: set[Role] = dataclasses.field(default_factory=set)
    changed: bool = False
    """Whether a public file may have been overwritten."""


Stage = tuple[str, Callable[[Work], None]]


def add_paths(work: Work) -> None:
    """Lets the playbook add the path patterns that the distribution lacks."""
    if not work.plan.behaviours:
        work.console.note("the distribution has all")
        return
    playbook.add_behaviours(work.settings, work.plan.target.artifact.behaviours, work.console.detail)
    work.console.note(f"{len(work.plan.behaviours)} added")


def upload(work: Work) -> None:
    """Brings what the bucket lacks there, and the release's description with it."""
    uploads = work.plan.uploads
    if work.folder is not None:
        with work.console.bar(len(uploads)) as advance:
            for _ in each(functools.partial(_upload, work.site.objects, work.folder / "files"), uploads):
                advance()
        described = artifact.dump(work.plan.target.artifact)
        work.site.objects.add(
            artifact_key(work.plan.target.artifact), described, artifact.sha256(described), "application/json"
        )
    work.console.note(f"{len(uploads)} uploaded, {work.plan.kept} kept")


def _upload(objects: Objects, files: Path, asset: Asset) -> None:
    objects.upload(asset.stored_key, files / asset.key, asset.sha256, asset.content_type, asset.cache_control)


def publish(work: Work) -> None:
    """Publishes a version of each function that has none with the wanted code and variables."""
    for wanted, version in each(functools.partial(_version, work), work.plan.target.functions):
        work.versions[wanted.role] = version
    work.console.note(", ".join(f"{role} version {version}" for role, version in work.versions.items()))


def _version(work: Work, wanted: Wanted) -> str:
    function, objects = work.site.functions[wanted.role], work.site.objects
    label = work.plan.target.label
    return published(work.world, wanted) or publish_version(function, objects, wanted, label, work.folder)


def move(work: Work) -> None:
    """Points the aliases at the new versions, the image function's first: this is the release."""
    for wanted in work.plan.target.functions:
        live = work.world.functions[wanted.role].alias
        if live.version == work.versions[wanted.role] and not live.weights:
            continue
        # Before the call: a call without an answer may have moved it.
        work.moved.add(wanted.role)
        _move(work, wanted, live.revision)
        work.console.note(f"{wanted.role} {live.version} -> {work.versions[wanted.role]}")
    if not work.moved:
        work.console.note("stands there already")


def _move(work: Work, wanted: Wanted, revision: str) -> None:
    function, name = work.site.functions[wanted.role], work.settings.lambda_.alias
    version = work.versions[wanted.role]
    try:
        function.move_alias(name, version, work.plan.target.label, revision)
    except AwsError as error:
        now = function.alias(name)
        # A repeated call whose first answer was lost meets its own move.
        there = now is not None and now.version == version and not now.weights
        if error.code != "PreconditionFailedException" or not there:
            raise


def await_settled(work: Work) -> None:
    """Returns when each alias that was moved answers steadily with its new version."""
    for role in work.moved:
        settle(work.site.functions[role], work.settings, work.versions[role])
    work.console.note(f"{STEADY} answers in a row" if work.moved else "nothing moved")


def check_variables(work: Work) -> None:
    """Reads each required variable of the server function back."""
    if "server" in work.moved:
        wanted = work.plan.target.environment("server")
        count = read_back(work.site.functions["server"], work.settings, wanted)
        work.console.note(f"{count} required ones are as released")


def change_public(work: Work) -> None:
    """Copies the public files of the release over those of the one before."""
    work.changed = bool(work.plan.public)
    for asset in work.plan.public:
        work.site.objects.copy(asset.stored_key, asset.key, asset.content_type, asset.cache_control)
    work.console.note(f"{len(work.plan.public)} changed")


def invalidate(work: Work) -> None:
    """Drops the pages of the release before from every edge."""
    if work.plan.invalidations:
        where = work.world.distribution
        reference = f"{work.plan.target.artifact.input_hash[:16]}-{time.time_ns()}"
        started = invalidation.invalidate(work.site.aws, where, work.plan.invalidations, reference)
        invalidation.await_invalidation(work.site.aws, where, started)
    work.console.note(" ".join(work.plan.invalidations) or "nothing")


def smoke(work: Work) -> None:
    """Checks through CloudFront that the release answers as the inventory says."""
    count = verify(work.viewer, work.settings.verify.checks, work.plan.target.artifact.version)
    work.console.note(f"{count} requests answered well")


DEPLOY: tuple[Stage, ...] = (
    ("paths", add_paths),
    ("files", upload),
    ("publish", publish),
    ("alias", move),
    ("settle", await_settled),
    ("variables", check_variables),
    ("public", change_public),
    ("invalidate", invalidate),
    ("verify", smoke),
)
# Nothing is uploaded: a rollback has what it needs in the bucket, or is refused.
ROLLBACK: tuple[Stage, ...] = (DEPLOY[0], *DEPLOY[2:])
UNDO: tuple[Stage, ...] = DEPLOY[2:-1]
FINISH: tuple[Stage, ...] = DEPLOY[4:]
PUBLIC_STAGES = tuple(name for name, _ in DEPLOY[6:])
"""From here on a public file may have been overwritten."""


def artifact_key(released: Artifact) -> str:
    """Where a release's description is kept, named by its content."""
    return f"_releases/{artifact.sha256(artifact.dump(released))}.json"


def read_artifact(site: Door, settings: Settings, key: str) -> Artifact:
    """The description of a release, from the bucket."""
    data = site.objects.read(key)
    if data is None or f"_releases/{artifact.sha256(data)}.json" != key:
        raise OpsError(
            f"the description of the release, {key}, is {'missing' if data is None else 'damaged'}",
            commands.releases(settings.site.environment),
        )
    return artifact.parse(data, key)
