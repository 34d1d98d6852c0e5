"""The list of variables: every one, its source and its fingerprint, and never a value."""

from __future__ import annotations

import json
from pathlib import Path

from fakes.settings import SETTINGS
from outreach_ops.variables.coalesce import coalesce
from outreach_ops.variables.show import listing, rows
from outreach_ops.variables.values import KEY_NAME

LIVE = {"AUTH_SECRET": "s3cret-live", "BY_HAND": "s3cret-other", KEY_NAME: "s3cret-key", "NODE_ENV": "x"}


def test_each_variable_is_listed_with_source_kind_and_presence(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PHONE=s3cret-phone")
    listed = rows(SETTINGS, coalesce(SETTINGS, tmp_path, {}, {}), LIVE)
    assert {row.name: (row.kind, row.required, row.source, row.present) for row in listed} == {
        "NEXT_PUBLIC_BASE_URL": ("build", True, "inventory", True),
        "NODE_ENV": ("release", True, "inventory", True),
        "FEATURE": ("release", False, "", False),
        "AUTH_SECRET": ("shared", True, "live", True),
        "PHONE": ("shared", False, ".env", True),
        "CACHE_BUCKET_NAME": ("release", True, "release", True),
        "CACHE_BUCKET_KEY_PREFIX": ("release", True, "release", True),
        "CACHE_BUCKET_REGION": ("release", True, "release", True),
        "CACHE_DYNAMO_TABLE": ("release", True, "release", True),
        "REVALIDATION_QUEUE_REGION": ("release", True, "release", True),
        "BY_HAND": ("other", False, "live", True),
    }


def test_no_value_is_shown_and_missing_ones_are_named(tmp_path: Path) -> None:
    for live in (LIVE, {}):
        found = coalesce(SETTINGS, tmp_path, {}, {"PHONE": "s3cret-phone"})
        for as_json in (False, True):
            assert "s3cret" not in "\n".join(listing(SETTINGS, found, live, as_json))
    assert "missing: AUTH_SECRET" in listing(SETTINGS, found, {}, False)
    assert "nothing is released yet" in listing(SETTINGS, found, {}, False)[-1]


def test_json_says_whether_fingerprints_can_be_compared(tmp_path: Path) -> None:
    found = coalesce(SETTINGS, tmp_path, {}, {})
    (first,), (second,) = (listing(SETTINGS, found, LIVE, True) for _ in range(2))
    assert first == second
    assert json.loads(first)["comparable"] is True
    (alone,) = listing(SETTINGS, found, {}, True)
    assert json.loads(alone)["comparable"] is False
