"""A stored artifact is used only when it is whole."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from fakes.builds import PUBLIC, Build, build
from outreach_ops.builds.artifact import dump, load, parse
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


def test_an_asset_of_no_known_kind_is_refused_before_anything_is_uploaded(made: Build) -> None:
    assets = [dataclasses.asdict(asset) for asset in made.artifact.assets]
    assets[0]["kind"] = "unheard-of"
    with pytest.raises(OpsError, match="is damaged"):
        parse(changed(made, assets=assets), "artifact.json")


def test_a_dirty_build_says_so_in_its_label(made: Build) -> None:
    artifact = dataclasses.replace(made.artifact, commit="abc1234def", dirty=True)
    assert artifact.label == "v0.1.0 (abc1234-dirty)"
