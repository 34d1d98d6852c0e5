"""The table of releases, for people and for scripts, right however many there are."""

from __future__ import annotations

import dataclasses
import json

from fakes.site import Site
from outreach_ops.aws.records import record
from outreach_ops.console import table
from outreach_ops.site.releases import Row, render, rows

ROW = Row(
    number=3,
    version="5",
    created="2026-01-01 00:00",
    description="v0.1.0 (abc1234)",
    alias="live",
    result="release",
    operator="somebody@somewhere",
    seconds=75,
    took_over=None,
)


def test_columns_are_as_wide_as_their_content() -> None:
    assert table(("A", "Long"), [("wide cell", "x"), ("y", "z")]) == [
        "A         | Long",
        "----------|-----",
        "wide cell | x",
        "y         | z",
    ]


def test_a_release_is_one_line_for_people() -> None:
    lines = render([ROW], as_json=False)
    assert lines[0].startswith("Version | Created ")
    assert lines[2].startswith("5       | 2026-01-01 00:00 | v0.1.0 (abc1234) | live  | release")
    assert lines[2].endswith("| 1 min 15 s")


def test_scripts_get_the_same_as_json() -> None:
    (text,) = render([ROW], as_json=True)
    assert json.loads(text) == [dataclasses.asdict(ROW)]


def test_no_release_is_said_in_words_or_as_an_empty_list() -> None:
    assert render([], as_json=False) == ["no release yet"]
    assert json.loads(render([], as_json=True)[0]) == []


def shown(site: Site) -> list[Row]:
    return rows(site.door.ledger.entries(), site.live, "live")


def test_the_release_that_is_live_is_marked_and_no_other(site: Site) -> None:
    for version in ("0.1.0", "0.2.0", "0.3.0"):
        site.released(version)
    site.rollback("v0.1.0")
    assert [(row.number, row.version, row.result) for row in shown(site) if row.alias] == [
        (4, "2", "rollback")
    ]


def test_of_300_releases_none_is_lost_and_the_right_one_is_live(site: Site) -> None:
    site.released("0.1.0")
    first = dataclasses.asdict(site.ledger[0])
    for number in range(2, 301):
        version, status = str(number + 1), "ok" if number % 10 else "rolled back"
        entry = {**first, "version": f"0.1.{number}", "server_version": version, "status": status}
        at = (site.settings.host, number)
        site.aws.dynamodb.items[at] = record(site.settings.host, number, entry)
    found = shown(site)
    assert [row.number for row in found] == list(range(300, 0, -1))
    assert [row.number for row in found if row.alias] == [1]
    assert found[0].result == "release rolled back"
    assert len(render(found, as_json=False)) == 302


def test_a_release_that_failed_is_not_the_live_one_though_it_shares_its_version(site: Site) -> None:
    made = site.released("0.1.0").artifact
    entry = {**dataclasses.asdict(site.ledger[0]), "status": "failed", "description": made.label}
    site.aws.dynamodb.items[(site.settings.host, 2)] = record(site.settings.host, 2, entry)
    assert [row.number for row in shown(site) if row.alias] == [1]
