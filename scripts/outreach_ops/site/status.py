"""What is live, who changes the site, how the last command ended, and what has drifted."""

from __future__ import annotations

import dataclasses
import json
import time

from outreach_ops import commands
from outreach_ops.aws.leases import Lease
from outreach_ops.aws.session import connect
from outreach_ops.builds.artifact import Artifact
from outreach_ops.errors import OpsError
from outreach_ops.settings.model import Settings
from outreach_ops.site import description, releases, world
from outreach_ops.site.ledger import Entry
from outreach_ops.site.lock import describe
from outreach_ops.site.stack import NOTHING_OLDER, describe_previous
from outreach_ops.site.world import Door, Glance
from outreach_ops.variables.fingerprint import Fingerprints


@dataclasses.dataclass(frozen=True)
class Last:
    """The newest entry of the ledger."""

    result: str
    description: str
    finished: str
    operator: str
    seconds: int
    cause: str | None
    took_over: str | None

    def __str__(self) -> str:
        said = f"{self.result}: {self.description}, {self.finished} by {self.operator}, {self.seconds} s"
        return said if self.cause is None else f"{said}: {self.cause}"


@dataclasses.dataclass(frozen=True)
class Holder:
    """Who has the lease for so many `seconds` more unless it is renewed, or has left work `unfinished`."""

    owner: str
    host: str
    commit: str
    command: str
    since: str
    seconds: int
    unfinished: bool


@dataclasses.dataclass(frozen=True)
class Status:
    """A site as it stands; `drift` is empty when all is as it was recorded, `holder` None when nobody is.

    `previous` is what a rollback without a name would make live.
    """

    live: str
    versions: dict[str, str]
    since: str | None
    lock: str
    holder: Holder | None
    last: Last | None
    previous: str | None
    drift: tuple[str, ...]


def of(settings: Settings) -> Status:
    """The status of a site; reads only."""
    aws = connect(settings.site.account_id, settings.site.region).read_only()
    return look(world.door(aws, settings), settings)


def look(site: Door, settings: Settings) -> Status:
    """The same through its adapters."""
    seen, now = world.glance(site, settings), time.time()
    return Status(
        live=seen.live_label,
        versions={str(role): version for role, version in seen.versions.items()},
        since=None if seen.release is None else seen.release.entry.finished,
        lock=describe(seen.lease, now),
        holder=_holder(seen.lease, now),
        last=_last(seen.ledger[0].entry) if seen.ledger else None,
        previous=None if (previous := seen.previous) is None else describe_previous(previous),
        drift=tuple(_drift(site, settings, seen)),
    )


def _holder(lease: Lease | None, at: float) -> Holder | None:
    if lease is None or (lease.expires < at and lease.journal is None):
        return None
    seconds = max(0, int(lease.expires - at))
    left = lease.expires < at
    return Holder(lease.owner, lease.host, lease.commit, lease.command, lease.since, seconds, left)


def _last(entry: Entry) -> Last:
    result = releases.result(entry)
    return Last(
        result,
        entry.description,
        entry.finished,
        entry.operator,
        entry.duration,
        entry.cause,
        entry.took_over,
    )


def render(status: Status, as_json: bool) -> list[str]:
    """The status for people, or JSON for scripts."""
    if as_json:
        return [json.dumps(dataclasses.asdict(status), indent=2)]
    since = "" if status.since is None else f", since {status.since}"
    return [
        f"live   {status.live}{since}",
        f"lock   {status.lock}",
        f"last   {status.last or 'no release yet'}",
        f"previous  {status.previous or NOTHING_OLDER}",
        *(f"drift  {each}" for each in status.drift or ("none",)),
    ]


def _drift(site: Door, settings: Settings, seen: Glance) -> list[str]:
    """What is not as the ledger has it: the aliases, the code and the variables behind them, the files."""
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
        return [*found, *_mixed(settings, seen)]
    try:
        described = description.read(site, settings, made.entry.artifact_key)
    except OpsError as error:
        return [*found, error.cause]
    return [*found, *_functions(described, made.entry, seen), *_files(site, described)]


def _mixed(settings: Settings, seen: Glance) -> list[str]:
    if seen.half is None or not seen.explained:
        return []
    whole = commands.rollback(settings.site.environment, seen.half.entry.server_version)
    return [f"the aliases point to {dict(seen.versions)}, which are not those of one release; {whole}"]


def _functions(released: Artifact, entry: Entry, seen: Glance) -> list[str]:
    found, prints = [], Fingerprints(seen.functions["server"].configuration.environment)
    codes = {role: package.sha256 for role, package in released.packages.items()}
    for role, live in seen.functions.items():
        if live.configuration.code_sha256 != codes.get(role, live.configuration.code_sha256):
            found.append(f"the {role} function's code is not that of {released.label}")
        # An older entry has none.
        recorded = entry.variables.get(role)
        if recorded is not None and recorded != prints.whole(live.configuration.environment):
            found.append(f"the {role} function's variables are not those that were released")
    return found


def _files(site: Door, released: Artifact) -> list[str]:
    assets = released.of_kind("hashed", "public")
    there = site.objects.hashes({asset.key for asset in assets})
    wrong = [asset.key for asset in assets if there.get(asset.key) != asset.md5]
    if not wrong:
        return []
    return [
        f"{len(wrong)} files are not those of {released.label}, the first is {wrong[0]}; "
        "to bring them back, deploy it with --full"
    ]
