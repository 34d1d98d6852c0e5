"""Every variable of a site: where its value comes from, whether it is there, and its fingerprint."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping

from outreach_ops.console import table
from outreach_ops.roles import served_from
from outreach_ops.settings.model import Settings
from outreach_ops.variables.coalesce import INVENTORY, Coalesced
from outreach_ops.variables.fingerprint import Fingerprints
from outreach_ops.variables.values import KEY_NAME, ORIGIN_SECRET

LIVE, RELEASE = "live", "release"
UNKNOWN = "other"


@dataclasses.dataclass(frozen=True)
class Row:
    """One variable as a deploy would set it now; `source` is empty when nobody names a value."""

    name: str
    kind: str
    required: bool
    source: str
    present: bool
    fingerprint: str


def rows(settings: Settings, found: Coalesced, live: Mapping[str, str]) -> list[Row]:
    """Those of the build, then the server function's; what only live has comes last."""
    prints = Fingerprints(live)

    def row(name: str, kind: str, required: bool, source: str, value: str | None) -> Row:
        shown = prints.of(name, value) if value else ""
        return Row(name, kind, required, source if value is not None else "", bool(value), shown)

    listed = [row(name, "build", True, INVENTORY, value) for name, value in settings.variables.build.items()]
    system = served_from(settings, live.get("REVALIDATION_QUEUE_URL", ""))["server"]
    for each in settings.variables.runtime:
        source = found.sources.get(each.name, LIVE)
        value = found.values.get(each.name, live.get(each.name))
        listed.append(row(each.name, each.kind, each.required, source, value))
    listed += [row(name, "release", True, RELEASE, value) for name, value in system.items() if value]
    if ORIGIN_SECRET in live:
        listed.append(row(ORIGIN_SECRET, "shared", False, LIVE, live[ORIGIN_SECRET]))
    known = {each.name for each in listed} | {KEY_NAME}
    listed += [row(name, UNKNOWN, False, LIVE, live[name]) for name in sorted(set(live) - known)]
    return listed


def listing(settings: Settings, found: Coalesced, live: Mapping[str, str], as_json: bool) -> list[str]:
    """The table for people, or JSON for scripts."""
    listed, lasting = rows(settings, found, live), Fingerprints(live).lasting
    if as_json:
        variables = [dataclasses.asdict(row) for row in listed]
        return [json.dumps({"variables": variables, "comparable": lasting}, indent=2)]
    return _render(listed, lasting)


def _render(listed: list[Row], lasting: bool) -> list[str]:
    header = ("Variable", "Kind", "Required", "Source", "Present", "Fingerprint")
    words = {True: "yes", False: "no"}
    cells = [
        (row.name, row.kind, words[row.required], row.source or "-", words[row.present], row.fingerprint)
        for row in listed
    ]
    missing = [row.name for row in listed if row.required and not row.present]
    lines = table(header, cells)
    if missing:
        lines.append(f"missing: {', '.join(missing)}")
    if not lasting:
        lines.append("nothing is released yet: these fingerprints can be compared within this output alone")
    return lines
