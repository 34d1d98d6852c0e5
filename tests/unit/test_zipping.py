"""A zip is what every reader expects of one, and the same however many cores wrote it."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from outreach_ops.builds import zipping

CONTENTS = {
    "index.mjs": b"export const handler = 1;\n" * 5000,
    "node_modules/a/empty.js": b"",
    "node_modules/b/größe [id].js": "größe".encode(),
    "noise.bin": b"".join(hashlib.sha256(bytes([n])).digest() for n in range(256)) * 9,
}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    made = {}
    for number, (name, content) in enumerate(CONTENTS.items()):
        made[name] = tmp_path / str(number)
        made[name].write_bytes(content)
    return made


def test_every_file_comes_out_as_it_went_in_and_in_its_order(files: dict[str, Path], tmp_path: Path) -> None:
    zipping.write(files, tmp_path / "function.zip")
    with zipfile.ZipFile(tmp_path / "function.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == list(CONTENTS)
        assert {name: archive.read(name) for name in archive.namelist()} == CONTENTS
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_number_of_workers_does_not_show(files: dict[str, Path], tmp_path: Path) -> None:
    hashes = [zipping.write(files, tmp_path / f"{workers}.zip", workers) for workers in (1, 3)]
    assert [
        hashlib.sha256((tmp_path / f"{workers}.zip").read_bytes()).hexdigest() for workers in (1, 3)
    ] == hashes
    assert hashes[0] == hashes[1]


def test_a_file_that_cannot_be_read_ends_the_writing(files: dict[str, Path], tmp_path: Path) -> None:
    files["index.mjs"].unlink()
    with pytest.raises(FileNotFoundError):
        zipping.write(files, tmp_path / "function.zip")
