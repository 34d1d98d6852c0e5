"""What is live, who changes the site, how the last command ended, and what has drifted."""

from __future__ import annotations

import dataclasses
import json
import time

from outreach_ops import description, world
from outreach_ops.artifact import Artifact
from outreach_ops.aws.session import connect
from outreach_ops.errors import OpsError
from outreach_ops.lock import describe
from outreach_ops.settings.model import Settings
from outreach_ops.world import Door, World


@dataclasses.dataclass(frozen=True)
class Status:
    """A site as it stands; `drift` is empty when all is as it was recorded."""

    live: str
    versions: dict[str, str]
    lock: str
    last: str
    drift: tuple[str, ...]


def of(settings: Settings) -> Status:
    """The status of a site; reads only."""
    aws = connect(settings.site.account_id, settings.site.region).read_only()
    site = world.door(aws, settings)
    seen = world.read(site, settings)
    last = seen.ledger[0].entry if seen.ledger else None
    return Status(
        live=seen.live_label,
        versions={str(role): version for role, version in seen.versions.items()},
        lock=describe(seen.lease, time.time()),
        last="no release yet"
        if last is None
        else f"{last.kind} of {last.description}: {last.status}, {last.finished}, by {last.operator}"
        + (f": {last.cause}" if last.cause else ""),
        drift=_drift(site, settings, seen),
    )


def render(status: Status, as_json: bool) -> list[str]:
    """The status for people, or JSON for scripts."""
    if as_json:
        return [json.dumps(dataclasses.asdict(status), indent=2)]
    lines = [f"live   {status.live}", f"lock   {status.lock}", f"last   {status.last}"]
    return lines + [f"drift  {each}" for each in status.drift or ("none",)]


def _drift(site: Door, settings: Settings, seen: World) -> tuple[str, ...]:
    """What is not as the ledger has it: where the aliases point, the code behind them, the files."""
    found = []
    if not seen.explained:
        found.append(f"the aliases point to {dict(seen.versions)}, which the ledger does not explain")
    found += [
        f"the alias of the {role} function sends traffic to {dict(live.alias.weights)} too"
        for role, live in seen.functions.items()
        if live.alias.weights
    ]
    made = seen.release
    if made is None:
        return tuple(found)
    try:
        return (*found, *_differences(description.read(site, settings, made.entry.artifact_key), seen))
    except OpsError as error:
        return (*found, error.cause)


def _differences(released: Artifact, seen: World) -> list[str]:
    codes = {"server": released.server.sha256, "image": released.image.sha256}
    found = [
        f"the {role} function's code is not that of {released.label}"
        for role, live in seen.functions.items()
        if live.configuration.code_sha256 != codes[role]
    ]
    wrong = [
        asset.key
        for asset in released.of_kind("hashed", "public")
        if seen.objects.get(asset.key) != asset.md5
    ]
    if wrong:
        found.append(
            f"{len(wrong)} files are not those of {released.label}, the first is {wrong[0]}; "
            "to bring them back, deploy it with --full"
        )
    return found
