"""A hash of the files that git ignores and a build may read all the same."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from outreach_ops.git.command import printable

# What a build makes again, or what other tools leave and no build reads.
BUILT = ("node_modules", ".pnpm-store", ".next", ".open-next", "next-env.d.ts", ".turbo", ".swc", ".cache")
REPORTS = ("coverage", "playwright-report", "test-results", ".eslintcache", "__pycache__")
OUTPUTS = frozenset((*BUILT, *REPORTS, ".git", ".vercel", ".DS_Store", ".idea", ".vscode", ".venv"))
OURS = frozenset((".artifacts", ".sandbox"))
"""This tool's own, where it stands in the application's folder."""
OUTPUT_ENDINGS = (".tsbuildinfo", ".log", ".swp", ".pyc")
READ_BY_NEXT = (".env", ".env.local", ".env.production", ".env.production.local")
MOST_FILES, MOST_BYTES = 2000, 64 << 20


class UnknownError(Exception):
    """What the ignored files hold is not known; its text says why."""


class Hash:
    """Takes files in, within limits: a build is not to wait for gigabytes."""

    def __init__(self) -> None:
        self._sha256, self._files, self._bytes = hashlib.sha256(), 0, 0

    def take(self, root: Path, name: str) -> None:
        """Add a file by its name and content; raise UnknownError when that cannot be told."""
        path = root / name
        target = str(path.readlink()) if path.is_symlink() else ""
        # A link that leads nowhere is known: what comes to stand there later is another content.
        size = self._size(path, name) if not target or path.exists() else 0
        self._files, self._bytes = self._files + 1, self._bytes + size
        if self._files > MOST_FILES or self._bytes > MOST_BYTES:
            limits = f"more than {MOST_FILES} files or {MOST_BYTES >> 20} MB"
            raise UnknownError(f"git ignores {limits} that it may read, {printable(name)} among them")
        data = path.read_bytes() if size else b""
        for part in (os.fsencode(name), os.fsencode(target), data):
            self._sha256.update(hashlib.sha256(part).digest())

    def _size(self, path: Path, name: str) -> int:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise UnknownError(f"git ignores {printable(name)}, which is not a plain file")
        return status.st_size

    def digest(self) -> bytes:
        """Return the hash of all that was taken in, empty when nothing was."""
        return self._sha256.digest() if self._files else b""


def hashed(root: Path, app: str, folders: Iterable[str], ignored: Iterable[str]) -> tuple[bytes, bytes]:
    """Return a hash of the ignored files of variables that Next reads, and one of all others in `folders`."""
    variables, others = Hash(), Hash()
    within = [f"{folder}/" if folder else "" for folder in sorted(set(folders))]
    read_by_next = {f"{app}/{name}".lstrip("/") for name in READ_BY_NEXT}
    for name in sorted(set(ignored)):
        base = next((folder for folder in within if name.startswith(folder)), None)
        if base is None:
            continue
        try:
            for file in _files(root, name, len(base)):
                (variables if file in read_by_next else others).take(root, file)
        except OSError as error:
            cause = f"git ignores {printable(name)}, which cannot be read: {error.strerror}"
            raise UnknownError(cause) from error
    return variables.digest(), others.digest()


def _files(root: Path, name: str, inner: int) -> Iterator[str]:
    """Yield `name`, or every file below it; `inner` is where its path within the folder begins."""
    if _is_output(name[inner:].rstrip("/")):
        return
    if not name.endswith("/"):
        yield name
        return
    for folder, folders, files in os.walk(root / name, onerror=_refuse):
        base = Path(folder).relative_to(root).as_posix()
        folders[:] = sorted(each for each in folders if not _is_output(f"{base}/{each}"[inner:]))
        # A link to a folder is not gone into.
        links = [each for each in folders if Path(folder, each).is_symlink()]
        for path in sorted(f"{base}/{each}" for each in (*files, *links)):
            if not _is_output(path[inner:]):
                yield path


def _is_output(path: str) -> bool:
    """Return whether the path in the application's folder is of an output; all in `public` is uploaded."""
    parts = path.split("/")
    parts = parts[: parts.index("public")] if "public" in parts else parts
    return any(part in OUTPUTS or part in OURS or part.endswith(OUTPUT_ENDINGS) for part in parts)


def _refuse(error: OSError) -> None:
    raise error
