"""A stored artifact is used only when it is whole."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from fakes.builds import PUBLIC, Build, build
from outreach_ops.builds.artifact import dump, load, parse, store
from outreach_ops.errors import OpsError


@pytest.fixture
def made(tmp_path: Path) -> Build:
    return build(tmp_path / "artifact", "0.1.0")


def test_what_was_dumped_is_parsed_to_the_same(made: Build) -> None:
    assert parse(dump(made.artifact), "test") == made.artifact == load(made.folder)


@pytest.mark.parametrize("name", ["server.zip", "image.zip", f"files/{PUBLIC}/notes.txt"])
@pytest.mark.parametrize("damage", ["damaged", "missing"])
def test_a_file_that_is_not_what_was_packaged_is_named(made: Build, name: str, damage: str) -> None:
    path = made.folder / name
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(OpsError, match=f"{path} is {damage}") as caught:
        load(made.folder)
    assert "--rebuild" in caught.value.fix


@pytest.mark.parametrize("name", ["artifact.json", "."])
def test_an_artifact_without_its_description_is_refused(made: Build, name: str, tmp_path: Path) -> None:
    (made.folder / "artifact.json").unlink()
    with pytest.raises(OpsError, match=r"artifact\.json cannot be read"):
        load(made.folder if name != "." else tmp_path / "nowhere")


def changed(made: Build, **fields: Any) -> bytes:
    """The description with other values."""
    return json.dumps({**dataclasses.asdict(made.artifact), **fields}).encode()


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b'"text"', b"{}", b"\xff\xfe"])
def test_a_description_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(OpsError, match=r"artifact\.json is damaged"):
        parse(data, "artifact.json")


@pytest.mark.parametrize(
    "fields",
    [
        {"unknown": 1},
        {"server": None},
        {"server": {"file": "server.zip"}},
        {"assets": None},
        {"assets": ["text"]},
        {"assets": [{"key": "only"}]},
        {"behaviours": [{"path": "/x"}]},
    ],
)
def test_a_description_of_another_shape_is_refused(made: Build, fields: dict[str, Any]) -> None:
    with pytest.raises(OpsError, match="is damaged"):
        parse(changed(made, **fields), "artifact.json")


def asset(**fields: Any) -> dict[str, Any]:
    """A file of a description, right but for `fields`."""
    right = {"key": "_assets/a.txt", "kind": "public", "sha256": "0" * 64, "md5": "0" * 32, "size": 1}
    return {"assets": [{**right, "content_type": "text/plain", **fields}]}


def package(**fields: Any) -> dict[str, Any]:
    """The server's package of a description, right but for `fields`."""
    return {"server": {"file": "server.zip", "sha256": "0" * 64, "size": 1, "unzipped": 1, **fields}}


HOSTILE = "/{{ lookup('pipe', 'touch PWNED') }}"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        (package(file="/etc/cron.d/server.zip"), "server: file: '/etc/cron.d/server.zip' is not the name"),
        (package(file="../server.zip"), "server: file: '../server.zip'"),
        (package(file="artifact.json"), "server: file: 'artifact.json'"),
        (package(file=["server.zip"]), r"server: file: a text is needed, not list"),
        (package(sha256="../" * 21 + "x"), "server: sha256: "),
        (package(sha256="A" * 64), "server: sha256: "),
        (package(size=-1), "server: size: -1"),
        (package(size=True), "server: size: a whole number is needed"),
        (package(unzipped=1.5), "server: unzipped: a whole number is needed"),
        (asset(key="/etc/passwd"), "assets: '/etc/passwd' is an absolute path"),
        (asset(key="_assets/../../../x"), r"assets: '_assets/../../../x' has . or .. in it"),
        (asset(key="_assets/a\0"), "assets: .* has control characters"),
        (asset(key="_assets/a\x1b]0;x"), "assets: .* has control characters"),
        (asset(key="_releases/x.json"), "assets: '_releases/x.json' is not in _assets/"),
        (asset(key="_code/x.zip", kind="hashed"), "assets: '_code/x.zip' is not in _assets/"),
        (asset(key="_assets/x", kind="cache"), "assets: '_assets/x' is not in _cache/"),
        (asset(key=None), "assets: key: a text is needed, not nothing"),
        (asset(md5="0" * 31), "assets: md5: "),
        (asset(sha256="0" * 65), "assets: sha256: "),
        (asset(size="1"), "assets: size: a whole number is needed"),
        (asset(content_type="text/plain\r\nSet-Cookie: a=b"), "assets: content_type: "),
        ({"assets": asset()["assets"] * 2}, "assets: two have the same key"),
        ({"behaviours": [{"path": HOSTILE, "origin": "assets", "cache": "static"}]}, "behaviours: path: "),
        ({"behaviours": [{"path": "/x", "origin": "elsewhere", "cache": "static"}]}, "behaviours: origin: "),
        ({"commit": "$(touch PWNED)"}, "commit: "),
        ({"version": "1.2.3\x1b[2J"}, "version: "),
        ({"build_id": ""}, "build_id: "),
        ({"input_hash": "../x"}, "input_hash: "),
        ({"dirty": "no"}, "dirty: true or false is needed"),
    ],
)
def test_a_value_that_is_no_plain_value_is_refused_by_its_field(
    made: Build, fields: dict[str, Any], named: str
) -> None:
    with pytest.raises(OpsError, match=rf"^error: _releases/1\.json is damaged: {named}"):
        parse(changed(made, **fields), "_releases/1.json")


def test_a_description_of_the_first_version_is_read_and_keeps_its_hash() -> None:
    package = f'{{"file":"FILE","sha256":"{"a" * 64}","size":1,"unzipped":2}}'
    described = (
        '{"assets":[{"content_type":"text/plain; charset=utf-8","key":"_assets/outreach/logo (1).txt",'
        f'"kind":"public","md5":"{"b" * 32}","sha256":"{"c" * 64}","size":0}}],'
        '"behaviours":[{"cache":"images","origin":"image","path":"/outreach/_next/image*"}],'
        f'"build_id":"imported-7","commit":"","dirty":false,"image":{package.replace("FILE", "image.zip")},'
        f'"input_hash":"{"a" * 64}","server":{package.replace("FILE", "server.zip")},"version":""}}'
    )
    assert dump(parse(described.encode(), "artifact.json")) == described.encode()


def test_what_could_not_be_read_again_is_not_stored(made: Build, tmp_path: Path) -> None:
    with pytest.raises(OpsError, match="build_id: '' is not a text of one line"):
        store(dataclasses.replace(made.artifact, build_id=""), tmp_path)
    assert list(tmp_path.glob("artifact.json*")) == []


@pytest.mark.parametrize("name", ["server.zip", f"files/{PUBLIC}/notes.txt"])
def test_a_link_out_of_the_folder_is_no_file_of_it(made: Build, name: str, tmp_path: Path) -> None:
    path, outside = made.folder / name, tmp_path / "outside"
    path.rename(outside)
    path.symlink_to(outside)
    with pytest.raises(OpsError, match=f"{path} is a link that leads out of"):
        load(made.folder)


def test_an_asset_of_no_known_kind_is_refused_before_anything_is_uploaded(made: Build) -> None:
    assets = [dataclasses.asdict(asset) for asset in made.artifact.assets]
    assets[0]["kind"] = "unheard-of"
    with pytest.raises(OpsError, match="is damaged"):
        parse(changed(made, assets=assets), "artifact.json")


def test_a_dirty_build_says_so_in_its_label(made: Build) -> None:
    artifact = dataclasses.replace(made.artifact, commit="abc1234def", dirty=True)
    assert artifact.label == "v0.1.0 (abc1234-dirty)"
