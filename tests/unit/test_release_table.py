"""The table of releases, for people and for scripts."""

from __future__ import annotations

import json

from outreach_ops.console import table
from outreach_ops.releases import render

ROW = {
    "version": "5",
    "created": "2026-01-01 00:00",
    "description": "v0.1.0 (abc1234)",
    "alias": "live",
    "result": "release",
    "operator": "somebody@somewhere",
}


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


def test_scripts_get_the_same_as_json() -> None:
    (text,) = render([ROW], as_json=True)
    assert json.loads(text) == [ROW]


def test_no_release_is_said_in_words_or_as_an_empty_list() -> None:
    assert render([], as_json=False) == ["no release yet"]
    assert json.loads(render([], as_json=True)[0]) == []
