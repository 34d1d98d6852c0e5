"""The table of a site's releases, for people and for scripts."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence

from outreach_ops import console
from outreach_ops.aws.session import connect
from outreach_ops.roles import ROLES, Role
from outreach_ops.settings.model import Settings
from outreach_ops.site import world
from outreach_ops.site.ledger import Entry, Numbered


@dataclasses.dataclass(frozen=True)
class Row:
    """One entry of the ledger: `version` is the server function's, `alias` is empty unless it is live.

    `took_over` tells whose expired lease it was made under.
    """

    number: int
    version: str
    created: str
    description: str
    alias: str
    result: str
    operator: str
    seconds: int
    took_over: str | None

    @property
    def duration(self) -> str:
        """How long it took, in words."""
        minutes, seconds = divmod(self.seconds, 60)
        return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def table(settings: Settings) -> list[Row]:
    """Every release and rollback of the site, newest first, and which one is live."""
    site = world.door(connect(settings.site.account_id, settings.site.region), settings)
    name = settings.lambda_.alias
    found = {role: site.functions[role].alias(name) for role in ROLES}
    live = {role: alias.version for role, alias in found.items() if alias is not None}
    return rows(site.ledger.entries(), live, name)


def rows(entries: Sequence[Numbered], live: Mapping[Role, str], alias: str) -> list[Row]:
    """The rows of `entries`, newest first, when the aliases named `alias` point to `live`."""
    # The newest entry that made these versions live is the one that explains the alias.
    shown = next((item.number for item in entries if item.entry.made(live) or _found(item.entry, live)), None)
    return [_row(item, alias if item.number == shown else "") for item in entries]


def _found(entry: Entry, live: Mapping[Role, str]) -> bool:
    """Whether it says that just these were found, and are no release as a whole."""
    return entry.status == "unproven" and entry.explains(live)


def _row(item: Numbered, alias: str) -> Row:
    entry = item.entry
    return Row(
        number=item.number,
        version=entry.server_version,
        created=entry.finished.replace("T", " ")[:16],
        description=entry.description,
        alias=alias,
        result=result(entry),
        operator=entry.operator,
        seconds=entry.duration,
        took_over=entry.took_over,
    )


def result(entry: Entry) -> str:
    """What was done, and how it ended unless well."""
    return entry.kind if entry.status == "ok" else f"{entry.kind} {entry.status}"


def render(rows: Sequence[Row], as_json: bool) -> list[str]:
    """The table for people, or JSON for scripts."""
    if as_json:
        return [json.dumps([dataclasses.asdict(row) for row in rows], indent=2)]
    header = ("Version", "Created", "Description", "Alias", "Result", "Operator", "Duration")
    if not rows:
        return ["no release yet"]
    return console.table(header, [tuple(getattr(row, name.lower()) for name in header) for row in rows])
