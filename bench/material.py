"""What is packed and uploaded: files that a real application has, as many as are asked for."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

KINDS = {".js", ".mjs", ".cjs", ".json", ".css", ".node", ".wasm"}
LARGEST = 25 << 20


def function_folder(source: Path, target: Path, size: int) -> int:
    """Copies what Node runs from `source`, again and again, until there are `size` bytes; how many files."""
    found = sorted(path for path in source.rglob("*") if _runs(path))
    copied = number = 0
    for path in itertools.cycle(found):
        if copied >= size:
            return number
        to = target / str(number // 500) / f"{number}{path.suffix}"
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, to)
        copied, number = copied + path.stat().st_size, number + 1
    raise ValueError(f"{source} has no file that Node runs")


def static_files(source: Path, target: Path, count: int) -> None:
    """`count` files of 2 to 30 KB, all different, made of a build's own scripts."""
    text = b"".join(path.read_bytes() for path in sorted(source.rglob("*.js")))
    for number, content in zip(range(count), _pieces(text), strict=False):
        path = target / f"{number % 50}" / f"{number}.js"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"/*{number}*/".encode() + content)


def _pieces(text: bytes) -> Iterator[bytes]:
    for number in itertools.count():
        start = number * 7919 % max(1, len(text) - 30_000)
        yield text[start : start + 2_000 + number * 37 % 28_000]


def _runs(path: Path) -> bool:
    real = path.is_file() and not path.is_symlink()
    return real and path.suffix in KINDS and path.stat().st_size < LARGEST
