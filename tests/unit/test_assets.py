"""Where each static file goes in the bucket, and how it is served."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes import opennext
from outreach_ops.builds.artifact import Asset, sha256
from outreach_ops.builds.assets import manifest
from outreach_ops.errors import OpsError


@pytest.fixture
def open_next(tmp_path: Path) -> Path:
    return opennext.write(tmp_path / "app") / ".open-next"


def by_name(open_next: Path, base_path: str = "/outreach", asset_prefix: str = "") -> dict[str, Asset]:
    """The assets by the last part of their key."""
    found = manifest(open_next, base_path, asset_prefix)
    return {asset.key.rpartition("/")[2]: asset for asset in found}


@pytest.mark.parametrize(
    ("base_path", "asset_prefix", "static", "public"),
    [
        ("/outreach", "/outreach-static", "_assets/outreach-static/_next", "_assets/outreach"),
        ("/outreach", "", "_assets/outreach/_next", "_assets/outreach"),
        ("", "", "_assets/_next", "_assets"),
    ],
    ids=["base path and prefix", "base path", "neither"],
)
def test_keys_follow_base_path_and_asset_prefix(
    open_next: Path, base_path: str, asset_prefix: str, static: str, public: str
) -> None:
    found = by_name(open_next, base_path, asset_prefix)
    assert {name: asset.key for name, asset in found.items()} == {
        "main-abc.js": f"{static}/static/chunks/main-abc.js",
        "app.css": f"{static}/static/css/app.css",
        "BUILD_ID": f"{public}/BUILD_ID",
        "notes.txt": f"{public}/notes.txt",
        "logo.unknown": f"{public}/logo.unknown",
        "clinics.cache": "_cache/build-1/outreach/clinics.cache",
    }


@pytest.mark.parametrize(
    ("name", "kind", "cache_control"),
    [
        ("main-abc.js", "hashed", "public,max-age=31536000,immutable"),
        ("notes.txt", "public", "public,max-age=0,must-revalidate"),
        ("clinics.cache", "cache", "private,no-store"),
    ],
)
def test_cache_headers_go_by_kind(open_next: Path, name: str, kind: str, cache_control: str) -> None:
    asset = by_name(open_next)[name]
    assert (asset.kind, asset.cache_control) == (kind, cache_control)


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("main-abc.js", "application/javascript; charset=utf-8"),
        ("app.css", "text/css; charset=utf-8"),
        ("notes.txt", "text/plain; charset=utf-8"),
        ("logo.unknown", "application/octet-stream"),
    ],
)
def test_content_types_do_not_depend_on_the_machine(open_next: Path, name: str, content_type: str) -> None:
    assert by_name(open_next)[name].content_type == content_type


def test_only_public_files_wait_under_their_hash(open_next: Path) -> None:
    found = by_name(open_next)
    assert found["notes.txt"].stored_key == f"_public/{sha256(b'notes')}"
    assert found["main-abc.js"].stored_key == found["main-abc.js"].key
    assert found["clinics.cache"].stored_key == found["clinics.cache"].key


def test_each_file_is_described_by_its_content(open_next: Path) -> None:
    found = manifest(open_next, "/outreach", "")
    for asset, path in found.items():
        assert (asset.sha256, asset.size) == (sha256(path.read_bytes()), path.stat().st_size)


@pytest.mark.parametrize("target", ["key.pem", "app/.env.local", "app/public/.env"])
def test_a_link_to_what_is_not_public_is_refused(open_next: Path, tmp_path: Path, target: str) -> None:
    outside = tmp_path / target
    outside.parent.mkdir(parents=True, exist_ok=True)
    outside.write_text("a secret")
    (open_next / "assets" / "notes.md").symlink_to(outside)
    with pytest.raises(OpsError, match=r"notes\.md is a link to .*, which is no file of public/") as caught:
        manifest(open_next, "", "")
    assert "take the link away" in caught.value.fix


def test_a_link_to_another_public_file_is_that_file(open_next: Path) -> None:
    public = open_next.parent / "public" / "notes-2.md"
    public.parent.mkdir()
    public.write_text("notes")
    # OpenNext makes a link's target absolute.
    (open_next / "assets" / "notes.md").symlink_to(public)
    assert by_name(open_next)["notes.md"].sha256 == sha256(b"notes")


def test_a_name_with_control_characters_is_refused(open_next: Path) -> None:
    (open_next / "assets" / "a\nb.txt").touch()
    with pytest.raises(OpsError, match=r"cannot be released: .* has control characters"):
        manifest(open_next, "", "")


def test_env_files_are_no_assets(open_next: Path) -> None:
    assert not [asset for asset in manifest(open_next, "", "") if ".env" in asset.key]
