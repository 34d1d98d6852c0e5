"""The append-only record of a site's releases, rollbacks and failures; its last entry explains the alias."""

from __future__ import annotations

import dataclasses
import datetime
import getpass
import socket
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from outreach_ops import commands
from outreach_ops.aws.errors import AwsError
from outreach_ops.aws.records import MISSING, Records
from outreach_ops.errors import OpsError
from outreach_ops.roles import Role

Kind = Literal["release", "rollback", "rotation", "observed", "prune", "imported"]
"""rotation: the functions accept other secrets of CloudFront's. imported: made before this tool.

observed: the aliases were found moved by other means, the console for one.
"""

FORMAT = "%Y-%m-%dT%H:%M:%SZ"
"""How times are written."""

Status = Literal["ok", "failed", "rolled back", "unproven"]


@dataclasses.dataclass(frozen=True)
class Entry:
    """What was attempted, how it ended, and what was live then; `description` reads `v0.1.7 (abc123f)`.

    `pruned` are the numbers of entries whose code or files a prune has deleted, or begun to delete.
    `took_over` tells whose lease had expired before this command took it.
    `variables` is a fingerprint of all that each function runs with since, by role; `release_variables` of
    those among them that a rollback brings back.
    """

    kind: Kind
    status: Status
    version: str
    commit: str
    description: str
    build_id: str
    artifact_key: str
    server_version: str
    image_version: str
    live_server_version: str
    live_image_version: str
    operator: str
    started: str
    finished: str
    restores: int | None = None
    cause: str | None = None
    took_over: str | None = None
    seconds: dict[str, float] = dataclasses.field(default_factory=dict)
    pruned: list[int] = dataclasses.field(default_factory=list)
    variables: dict[str, str] = dataclasses.field(default_factory=dict)
    release_variables: dict[str, str] = dataclasses.field(default_factory=dict)
    further_versions: dict[Role, str] = dataclasses.field(default_factory=dict)
    live_further_versions: dict[Role, str] = dataclasses.field(default_factory=dict)
    """Of the functions beside server and image; a role that an entry does not name it knows nothing of."""

    @property
    def duration(self) -> int:
        """The seconds that it took; none when that is not known."""
        try:
            begun, ended = (datetime.datetime.strptime(at, FORMAT) for at in (self.started, self.finished))
        except ValueError:
            return 0
        return max(0, int((ended - begun).total_seconds()))

    @property
    def versions(self) -> dict[Role, str]:
        """What it made or restored, by role."""
        return {"server": self.server_version, "image": self.image_version, **self.further_versions}

    @property
    def live_versions(self) -> dict[Role, str]:
        """Where the aliases pointed when it was written, by role."""
        both: dict[Role, str] = {"server": self.live_server_version, "image": self.live_image_version}
        return both | self.live_further_versions

    def made(self, versions: Mapping[Role, str]) -> bool:
        """Whether this entry proved just these versions, by role, to be good."""
        return self.status == "ok" and _agree(self.versions, versions)

    def restores_the_same(self, other: Entry) -> bool:
        """Whether going back to this one or to `other` gives the same: shared variables stay as they are."""
        mine, theirs = self.release_variables, other.release_variables
        # Where one was not recorded, nothing says that they differ.
        return self.artifact_key == other.artifact_key and (not mine or not theirs or mine == theirs)

    def explains(self, versions: Mapping[Role, str]) -> bool:
        """Whether the aliases pointed to these versions, by role, when this entry was written."""
        return _agree(self.live_versions, versions)


def further(versions: Mapping[Role, str]) -> dict[Role, str]:
    """Those that are neither the server's nor the image function's."""
    return {role: version for role, version in versions.items() if role not in ("server", "image")}


def _agree(mine: Mapping[Role, str], there: Mapping[Role, str]) -> bool:
    # Of a role that one of both does not name, nothing is known.
    return all(there.get(role, version) == version for role, version in mine.items())


@dataclasses.dataclass(frozen=True)
class Numbered:
    """An entry with its number, which is the identity of a release."""

    number: int
    entry: Entry

    @property
    def versions(self) -> dict[Role, str]:
        """The versions that it made live, or was about to, by role."""
        return self.entry.versions


class Ledger:
    """One site's ledger."""

    def __init__(self, records: Records, environment: str) -> None:
        self._records, self._environment = records, environment

    def entries(self) -> list[Numbered]:
        """Every entry, newest first; raises OpsError when the table is missing."""
        try:
            return [Numbered(number, parse(data)) for number, data in self._records.newest_first()]
        except AwsError as error:
            if error.code != MISSING:
                raise
            raise OpsError(
                f"the ledger's table {self._records.table} does not exist",
                commands.provision(self._environment),
            ) from error


def releases(entries: Sequence[Numbered]) -> list[Numbered]:
    """What once passed its smoke checks and can be live again: the newest entry of each version."""
    proven: dict[tuple[str, str], Numbered] = {}
    gone = pruned(entries)
    for item in entries:
        if item.entry.status == "ok" and item.entry.kind != "prune" and item.number not in gone:
            # Releases that differ in files alone share a version.
            proven.setdefault((item.entry.server_version, item.entry.artifact_key), item)
    return list(proven.values())


def attempted(entries: Sequence[Numbered]) -> list[Numbered]:
    """What has got as far as published versions, well or not, and was not pruned since; newest first."""
    gone = pruned(entries)
    return [
        item
        for item in entries
        if item.entry.artifact_key and item.entry.server_version and item.entry.image_version
        if item.entry.kind != "prune" and item.number not in gone
    ]


def made(entries: Sequence[Numbered], versions: Mapping[Role, str]) -> Numbered | None:
    """Return the newest entry that proved just these versions, by role, to be good."""
    return next((item for item in entries if item.entry.made(versions)), None)


def partially_live(entries: Sequence[Numbered], versions: Mapping[Role, str]) -> Numbered | None:
    """Return the newest proven release whose server function alone is among `versions`, None when all are."""
    if made(entries, versions) is not None:
        return None
    return next((item for item in releases(entries) if item.entry.server_version == versions["server"]), None)


def alike(entries: Sequence[Numbered], live: Numbered | None) -> list[Numbered]:
    """The proven releases that differ from the one that is live in shared variables alone, newest first."""
    others = [item for item in releases(entries) if live is not None and item.number != live.number]
    return [item for item in others if live is not None and item.entry.restores_the_same(live.entry)]


def pruned(entries: Sequence[Numbered]) -> dict[int, Entry]:
    """The prune that each entry fell to, by its number."""
    return {number: item.entry for item in entries for number in item.entry.pruned}


def operator() -> str:
    """Who works here: user and machine."""
    return f"{user()}@{machine()}"


def user() -> str:
    """Who works here."""
    return getpass.getuser()


def machine() -> str:
    """Where."""
    return socket.gethostname()


def now() -> str:
    """The time as the ledger writes it: UTC, to the second."""
    return datetime.datetime.now(datetime.UTC).strftime(FORMAT)


def parse(data: Mapping[str, Any]) -> Entry:
    """The entry that `data` holds; what a later version of the toolkit added is left alone."""
    known = {field.name for field in dataclasses.fields(Entry)}
    return Entry(**{name: value for name, value in data.items() if name in known})
