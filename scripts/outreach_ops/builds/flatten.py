"""Lays a function's folder out without a single link, so that Node resolves every package as before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from outreach_ops.commands import REBUILD
from outreach_ops.errors import OpsError

STORE = ".pnpm"
MODULES = "node_modules"
BIN = ".bin"
DEPTH = 20
"""How deep packages may nest; real ones nest two or three deep."""
FIX = f"remove .open-next in the application, then {REBUILD}"

Placed = dict[PurePosixPath, Path]
"""Where each package goes in the archive, and the real folder that it comes from."""


def layout(root: Path) -> dict[str, Path]:
    """Every file below `root` by its path in the archive: pnpm's store is dissolved, no `.env*`, no link."""
    root = root.resolve()
    files: dict[str, Path] = {}
    placed: Placed = {}
    links: list[tuple[PurePosixPath, Path]] = []
    for path in _walk(root):
        at = PurePosixPath(path.relative_to(root).as_posix())
        if not path.is_symlink():
            files[str(at)] = path
        elif _package_name(at) is None:
            _add_tree(files, at, _target(root, path), root)
        else:
            links.append((at, _target(root, path)))
    placed.update(links)
    for at, real in links:
        _place_dependencies(root, placed, at, real)
    for at, real in placed.items():
        _add_tree(files, at, real, root)
    return {at: path for at, path in sorted(files.items()) if not _secret(at)}


def _secret(at: str) -> bool:
    return any(part.startswith(".env") for part in PurePosixPath(at).parts)


def _place_dependencies(root: Path, placed: Placed, at: PurePosixPath, real: Path) -> None:
    """Puts what the package at `at` needs where it finds it: at the top, or nested on a conflict."""
    top = _modules_of(at)
    waiting = [(at, real)]
    while waiting:
        package, folder = waiting.pop(0)
        for name, wanted in _dependencies(root, folder):
            found = _resolve(root, placed, package, name)
            if found == wanted:
                continue
            if package.parts.count(MODULES) > DEPTH:
                raise OpsError(
                    f"packages around {name} need each other in a circle, which only links can express",
                    "make the application depend on one version of them (pnpm.overrides)",
                    step="package",
                )
            place = (top if found is None else package / MODULES) / name
            placed[place] = wanted
            waiting.append((place, wanted))


def _dependencies(root: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """The links beside a package in pnpm's store: what it may require, by name."""
    modules = next((parent for parent in folder.parents if parent.name == MODULES), None)
    if modules is None or modules.parent.parent.name != STORE:
        return
    for entry in sorted(modules.iterdir()):
        scoped = sorted(entry.iterdir()) if entry.name.startswith("@") and not entry.is_symlink() else [entry]
        for path in scoped:
            if path.is_symlink():
                yield path.relative_to(modules).as_posix(), _target(root, path)


def _resolve(root: Path, placed: Placed, package: PurePosixPath, name: str) -> Path | None:
    """What Node finds for `name` from inside `package`: the nearest node_modules on the way up."""
    for folder in (package, *package.parents):
        if folder.name != MODULES:
            at = folder / MODULES / name
            # A package that is no link stands in the folder already.
            found = placed.get(at) or (root / at if (root / at).is_dir() else None)
            if found is not None:
                return found
    return None


def _walk(root: Path) -> Iterator[Path]:
    """Files and links below `root`, links not followed, pnpm's store and commands left out."""
    for folder, names, files in os.walk(root):
        here = Path(folder)
        linked = [name for name in names if (here / name).is_symlink()]
        names[:] = sorted(name for name in names if name not in (STORE, BIN, *linked))
        for name in sorted([*linked, *files]):
            if name != BIN:
                yield here / name


def _add_tree(files: dict[str, Path], at: PurePosixPath, real: Path, root: Path) -> None:
    if real.is_file():
        files[str(at)] = real
        return
    for path in _walk(real):
        source = _target(root, path) if path.is_symlink() else path
        _add_tree(files, at / path.relative_to(real).as_posix(), source, root)


def _target(root: Path, link: Path) -> Path:
    pointed = os.readlink(link)  # noqa: PTH115  (Path.readlink would lose that it is relative on some systems)
    target = (link.parent / pointed).resolve()
    if Path(pointed).is_absolute() or not target.is_relative_to(root):
        raise OpsError(
            f"the link {link.relative_to(root)} points out of the package, to {pointed}", FIX, step="package"
        )
    if not target.exists():
        raise OpsError(f"the link {link.relative_to(root)} points to nothing", FIX, step="package")
    return target


def _package_name(at: PurePosixPath) -> str | None:
    """The package that a path stands for: the part after the last node_modules, `@scope/name` or `name`."""
    parts = at.parts
    if MODULES not in parts:
        return None
    rest = parts[len(parts) - parts[::-1].index(MODULES) :]
    whole = len(rest) == (2 if rest and rest[0].startswith("@") else 1)
    return "/".join(rest) if whole else None


def _modules_of(at: PurePosixPath) -> PurePosixPath:
    return next(parent for parent in at.parents if parent.name == MODULES)
