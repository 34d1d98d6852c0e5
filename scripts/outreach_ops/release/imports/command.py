"""`invoke releases.import`: read, decide, show, copy, record."""

from __future__ import annotations

import dataclasses
import io
import re
import zipfile
from collections.abc import Sequence

from outreach_ops import commands, parallel
from outreach_ops.aws import cloudfront
from outreach_ops.aws.errors import AwsError
from outreach_ops.aws.functions import Function, Published
from outreach_ops.builds import artifact
from outreach_ops.builds.artifact import Artifact, Asset, Package
from outreach_ops.errors import OpsError
from outreach_ops.provision.placeholder import DESCRIPTION
from outreach_ops.release.imports import files
from outreach_ops.release.operation import AT_ONCE, Manner, leased
from outreach_ops.release.work import Desk
from outreach_ops.site import description, ledger, world
from outreach_ops.site.ledger import Entry
from outreach_ops.site.lock import Held
from outreach_ops.site.world import World

LAST = 5
LABEL = re.compile(r"v?(\d+\.\d+\.\d+[\w.+-]*)(?: \(([0-9a-f]{7,40})\))?")
"""How a version is described by whoever releases with care."""


@dataclasses.dataclass(frozen=True)
class Import:
    """What would be imported: versions of the server function, oldest first, and files by their new key."""

    versions: tuple[Published, ...]
    moves: dict[str, str]


def run(desk: Desk, last: int = LAST, manner: Manner = AT_ONCE) -> tuple[str, ...]:
    """The numbers of the versions that are in the ledger now and were not before."""
    seen = world.read(desk.site, desk.settings)
    if begun := next((item for item in seen.ledger if item.entry.kind != "imported"), None):
        desk.console.line(f"nothing to import: the ledger begins with {begun.entry.description}")
        return ()
    plan = decide(desk, seen, last)
    _show(desk, plan)
    if not plan.versions or manner.plan_only:
        return ()
    command = commands.releases_import(desk.environment)
    with leased(desk, seen.lease, command, manner.wait_seconds) as (under, lease):
        return _carry_out(under, lease, seen, plan)


def decide(desk: Desk, seen: World, last: int) -> Import:
    """The newest `last` versions that no entry tells of, live in any case, and the files that are served."""
    live = seen.versions["server"]
    known = {item.entry.server_version for item in seen.ledger}
    there = [each for each in desk.site.functions["server"].published() if each.description != DESCRIPTION]
    newest = sorted(there, key=lambda each: int(each.version))[-last:]
    wanted = [*newest, *(each for each in there if each.version == live and each not in newest)]
    new = [each for each in wanted if each.version not in known]
    # Live last: the ledger's last entry explains the alias.
    order = sorted(new, key=lambda each: (each.version == live, int(each.version)))
    found = cloudfront.distribution(desk.site.aws, seen.distribution.id)
    config = {} if found is None else found["Distribution"]["DistributionConfig"]
    keys = desk.site.objects.listing("")
    return Import(tuple(order), files.moves(config, desk.site.objects.bucket, keys) if order else {})


def _show(desk: Desk, plan: Import) -> None:
    if not plan.versions:
        desk.console.line("nothing to import: there is no version that the ledger lacks")
        return
    for each in plan.versions:
        desk.console.line(f"  version {each.version}: {each.description or 'without a description'}")
    desk.console.line(f"  {len(plan.moves)} static files, to where the distribution will read them")


def _carry_out(desk: Desk, lease: Held, seen: World, plan: Import) -> tuple[str, ...]:
    with desk.console.step("files"):
        assets = _files(desk, plan)
        desk.console.note(f"{len(assets)} of {len(plan.moves)} are there")
    image = _code(desk, desk.site.functions["image"], seen.versions["image"], "image.zip")
    number, done = seen.ledger[0].number if seen.ledger else 0, []
    for each in plan.versions:
        with desk.console.step(f"version {each.version}"):
            server = _code(desk, desk.site.functions["server"], each.version, "server.zip")
            if server is None or image is None:
                desk.console.note("left out: AWS did not give its code, so it could not be restored")
                continue
            described = describe(each, server, image, assets)
            description.write(desk.site, described)
            number += 1
            lease.conclude(number, dataclasses.asdict(_entry(seen, each, described)))
            done.append(each.version)
            desk.console.note(described.label)
    if seen.versions["server"] not in done and not seen.ledger:
        raise OpsError(
            f"version {seen.versions['server']}, which is live, could not be imported",
            "ask for lambda:GetFunction, then run the command again",
        )
    return tuple(done)


def _files(desk: Desk, plan: Import) -> tuple[Asset, ...]:
    objects = desk.site.objects
    with desk.console.bar(len(plan.moves)) as advance:
        found = []
        for _, asset in parallel.each(lambda move: files.bring(objects, *move), plan.moves.items()):
            advance()
            found.append(asset)
    return tuple(sorted((each for each in found if each is not None), key=lambda each: each.key))


def _code(desk: Desk, function: Function, version: str, file: str) -> Package | None:
    """The code of a version, in the bucket; None when it cannot be had as it was published."""
    try:
        body = function.code(version)
    except AwsError as error:
        desk.console.detail(f"{function.name}: {error.cause}")
        return None
    hashed = artifact.sha256(body)
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        unzipped = sum(each.file_size for each in archive.infolist())
    package = Package(file, hashed, len(body), unzipped)
    desk.site.objects.add(package.key, body, hashed, "application/zip")
    return package


def describe(found: Published, server: Package, image: Package, assets: Sequence[Asset]) -> Artifact:
    """A version as a release: by its description, where that says which; nothing is known of its build."""
    said = LABEL.fullmatch(found.description)
    return Artifact(
        version=said[1] if said else "",
        commit=(said[2] or "") if said else "",
        dirty=False,
        build_id=f"{artifact.IMPORTED}{found.version}",
        input_hash=server.sha256,
        server=server,
        image=image,
        assets=tuple(assets),
        behaviours=(),
    )


def _entry(seen: World, found: Published, described: Artifact) -> Entry:
    there = seen.versions
    return Entry(
        kind="imported",
        status="ok",
        version=described.version,
        commit=described.commit,
        description=described.label,
        build_id=described.build_id,
        artifact_key=description.key(described),
        server_version=found.version,
        image_version=there["image"],
        live_server_version=there["server"],
        live_image_version=there["image"],
        operator=ledger.operator(),
        started=found.made,
        finished=found.made,
    )
