"""The table of a site's releases, for people and for scripts."""

from __future__ import annotations

import json

from outreach_ops import console, world
from outreach_ops.aws.session import connect
from outreach_ops.settings.model import Settings


def table(settings: Settings) -> list[dict[str, str]]:
    """Every release and rollback of the site, newest first, and which one is live."""
    site = world.door(connect(settings.site.account_id, settings.site.region), settings)
    alias = site.functions["server"].alias(settings.lambda_.alias)
    live = None if alias is None else alias.version
    rows: list[dict[str, str]] = []
    for item in site.ledger.entries():
        entry = item.entry
        # The newest entry that made this version live is the one that explains the alias.
        explains = entry.status == "ok" and entry.server_version == live and not any(r["alias"] for r in rows)
        rows.append(
            {
                "version": entry.server_version,
                "created": entry.finished.replace("T", " ")[:16],
                "description": entry.description,
                "alias": settings.lambda_.alias if explains else "",
                "result": entry.kind if entry.status == "ok" else f"{entry.kind} {entry.status}",
                "operator": entry.operator,
            }
        )
    return rows


def render(rows: list[dict[str, str]], as_json: bool) -> list[str]:
    """The table for people, or JSON for scripts."""
    if as_json:
        return [json.dumps(rows, indent=2)]
    header = ("Version", "Created", "Description", "Alias", "Result", "Operator")
    if not rows:
        return ["no release yet"]
    return console.table(header, [tuple(row[name.lower()] for name in header) for row in rows])
