"""Which files of before this tool are brought along, and what the ledger says of versions of before."""

from __future__ import annotations

from typing import Any

import pytest

from fakes.settings import SETTINGS
from outreach_ops.aws.functions import Published
from outreach_ops.builds.artifact import Artifact, Package
from outreach_ops.checks import ready
from outreach_ops.provision.placeholder import DESCRIPTION
from outreach_ops.release.imports import command, files

BUCKET = "assets"
KEYS = (
    "outreach-static/_next/static/a.js",
    "outreach/logo.png",
    "reports/2025.csv",
    "_assets/outreach/new.txt",
    "_code/1.zip",
    "old/outreach/notes.txt",
)


def distribution(default: str, *behaviours: tuple[str, str], path: str = "") -> dict[str, Any]:
    """One that serves paths from the bucket (`static`), from a folder of it, or from somebody else."""
    origins = [
        {"Id": "static", "DomainName": f"{BUCKET}.s3.us-east-1.amazonaws.com", "OriginPath": path},
        {"Id": "nextjs", "DomainName": "x.lambda-url.us-east-1.on.aws"},
        {"Id": "others", "DomainName": "assets-of-others.s3.us-east-1.amazonaws.com"},
    ]
    items = [{"PathPattern": pattern, "TargetOriginId": origin} for pattern, origin in behaviours]
    return {
        "Origins": {"Quantity": len(origins), "Items": origins},
        "DefaultCacheBehavior": {"TargetOriginId": default},
        "CacheBehaviors": {"Quantity": len(items), "Items": items},
    }


def test_what_a_visitor_could_ask_for_is_brought_and_nothing_else() -> None:
    config = distribution("nextjs", ("/outreach-static/*", "static"), ("outreach/*.png", "static"))
    assert files.moves(config, BUCKET, KEYS) == {
        "outreach-static/_next/static/a.js": "_assets/outreach-static/_next/static/a.js",
        "outreach/logo.png": "_assets/outreach/logo.png",
    }


def test_an_origin_path_is_a_folder_of_the_bucket() -> None:
    config = distribution("nextjs", ("/outreach/*", "static"), path="/old")
    assert files.moves(config, BUCKET, KEYS) == {"old/outreach/notes.txt": "_assets/outreach/notes.txt"}


def test_files_that_are_where_they_will_be_read_stay_there() -> None:
    config = distribution("static", path="/_assets")
    assert files.moves(config, BUCKET, KEYS) == {"_assets/outreach/new.txt": "_assets/outreach/new.txt"}


def test_a_default_behaviour_serves_everything_but_what_is_this_tools() -> None:
    moved = files.moves(distribution("static"), BUCKET, KEYS)
    assert set(moved) == {*KEYS[:3], KEYS[5]}


def test_a_key_that_is_no_path_is_left_where_it_is() -> None:
    keys = ("reports/../../_code/1.zip", "../_releases/1.json", "a\x1b[2J.txt", "/etc/passwd", KEYS[2])
    assert set(files.moves(distribution("static"), BUCKET, keys)) == {KEYS[2]}


def test_another_bucket_with_a_longer_name_is_not_ours() -> None:
    assert files.moves(distribution("others"), BUCKET, KEYS) == {}


@pytest.mark.parametrize(
    ("description", "label", "version", "commit"),
    [
        ("v0.1.7 (abc123f)", "v0.1.7 (abc123f)", "0.1.7", "abc123f"),
        ("0.1.7", "v0.1.7", "0.1.7", ""),
        ("Friday's hotfix", "imported-3", "", ""),
        ("v1.2.3$(date)", "imported-3", "", ""),
        ("", "imported-3", "", ""),
    ],
)
def test_a_version_is_called_as_whoever_made_it_called_it(
    description: str, label: str, version: str, commit: str
) -> None:
    code = Package("server.zip", "0" * 64, 1, 1)
    made: Artifact = command.describe(Published("3", description, "2026-01-22T10:30:00Z"), code, code, ())
    assert (made.label, made.version, made.commit) == (label, version, commit)
    assert made.imported


def test_a_first_deploy_over_what_nobody_recorded_is_refused() -> None:
    assert ready.judge_imported(SETTINGS, DESCRIPTION, []).level == "ok"
    assert ready.judge_imported(SETTINGS, None, []).level == "ok"
    found = ready.judge_imported(SETTINGS, "v0.0.9", [])
    assert (found.level, found.fix) == ("failure", "invoke releases.import --env=test")
