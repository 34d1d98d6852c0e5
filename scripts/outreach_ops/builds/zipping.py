"""Writes a zip with every core: the same files give the same bytes, with any number of cores."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import stat
import struct
import zlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deflate import deflate_compress

LEVEL = 5
"""No larger than `zip -9`; the levels above cost twice the time for 1 % less."""

MEMBERS = 0xFFFF
"""The most files that a zip holds without zip64; its other bound, 4 GB, is far from Lambda's 250 MB."""

# Deflated, UTF-8 names, 1980-01-01 00:00:00: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
VERSION, UTF8, DEFLATED, TIME, DATE = 20, 0x800, 8, 0, 0x21
UNIX = 3 << 8
LOCAL = struct.Struct("<4s5H3I2H")
CENTRAL = struct.Struct("<4s6H3I5H2I")
END = struct.Struct("<4s4H2IH")


@dataclasses.dataclass(frozen=True)
class Member:
    """A file as it stands in the archive; `check` is its CRC-32, `size` the bytes of its content."""

    name: bytes
    mode: int
    size: int
    check: int
    data: bytes | bytearray

    @property
    def shape(self) -> tuple[int, ...]:
        """What both of its headers say of it."""
        sizes = (self.check, len(self.data), self.size, len(self.name), 0)
        return (VERSION, UTF8, DEFLATED, TIME, DATE, *sizes)

    def local(self) -> bytes:
        """The header before its content."""
        return LOCAL.pack(b"PK\3\4", *self.shape) + self.name

    def central(self, offset: int) -> bytes:
        """Its entry in the directory at the end; `offset` is where its own header stands."""
        entry = CENTRAL.pack(b"PK\1\2", UNIX | VERSION, *self.shape, 0, 0, 0, self.mode << 16, offset)
        return entry + self.name


def write(files: Mapping[str, Path], target: Path, workers: int | None = None) -> str:
    """Writes the files, by their names in the archive, to `target`; returns its hexadecimal SHA-256."""
    hashed, offset, directory = hashlib.sha256(), 0, []
    # Threads: libdeflate works without the interpreter.
    with ThreadPoolExecutor(workers or os.cpu_count()) as pool, target.open("wb") as archive:
        for member in pool.map(_member, files, files.values()):
            directory.append(member.central(offset))
            for part in (member.local(), member.data):
                hashed.update(part)
                offset += archive.write(part)
        entries = b"".join(directory)
        count = len(directory)
        tail = entries + END.pack(b"PK\5\6", 0, 0, count, count, len(entries), offset, 0)
        hashed.update(tail)
        archive.write(tail)
    return hashed.hexdigest()


def _member(name: str, path: Path) -> Member:
    with path.open("rb") as file:
        executable = os.fstat(file.fileno()).st_mode & stat.S_IXUSR
        content = file.read()
    # Pinned with this project, where each system's zlib has its own ideas of the same level.
    data = deflate_compress(content, LEVEL)
    mode = 0o100755 if executable else 0o100644
    return Member(name.encode(), mode, len(content), zlib.crc32(content), data)
