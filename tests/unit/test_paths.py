"""A path that data names stays in its folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from outreach_ops import paths
from outreach_ops.errors import OpsError

OUTSIDE = (
    "",
    ".",
    "..",
    "/etc/passwd",
    "//etc/passwd",
    "../server.zip",
    "files/../../server.zip",
    "files/./server.zip",
    "\\\\host\\share",
    "..\\server.zip",
    "C:\\server.zip",
    "C:server.zip",
    "a\0b",
    "a\nb",
    "a\x1b[2Jb",
    "a\x9bb",
    "a\udcffb",
)


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_path_that_is_not_plainly_inside_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(OpsError) as caught:
        paths.inside(tmp_path, name)
    assert caught.value.fix


@pytest.mark.parametrize("name", ["server.zip", "files/_assets/a b/{{7*7}}.txt", "...", "-rf", "a..b/c", "ä"])
def test_any_other_name_is_a_name(tmp_path: Path, name: str) -> None:
    assert paths.inside(tmp_path, name) == tmp_path / name


def test_a_link_may_lead_to_what_is_inside_and_nowhere_else(tmp_path: Path) -> None:
    folder, secret = tmp_path / "folder", tmp_path / "secret"
    folder.mkdir()
    secret.mkdir()
    (folder / "file").touch()
    (folder / "same").symlink_to("file")
    (folder / "out").symlink_to(secret)
    assert paths.inside(folder, "same") == folder / "same"
    for name in ("out", "out/key"):
        with pytest.raises(OpsError, match=f"{name} is a link that leads out of"):
            paths.inside(folder, name)


def test_a_folder_that_is_a_link_itself_is_as_good(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert paths.inside(tmp_path / "link", "file") == tmp_path / "link" / "file"
