"""A function's folder as pnpm and OpenNext leave it, and how Node finds a package in any folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

MODULES = "node_modules"


class Pnpm:
    """A folder with pnpm's store; a package is named like `react@18.2.0`, and says so in its file `id`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.store = root / MODULES / ".pnpm"
        self.store.mkdir(parents=True)
        self.dependencies: dict[str, list[str]] = {}

    def package(self, package: str, *dependencies: str) -> Path:
        """Adds a package to the store, with links to its dependencies beside it."""
        self.dependencies[package] = list(dependencies)
        folder = self.folder(package)
        folder.mkdir(parents=True)
        (folder / "id").write_text(package)
        for dependency in dependencies:
            self.link(folder.parent.parent if "/" in name(package) else folder.parent, dependency)
        return folder

    def folder(self, package: str) -> Path:
        """Where the store has a package."""
        return self.store / package.replace("/", "+") / MODULES / name(package)

    def link(self, modules: Path, package: str) -> None:
        """A relative link to a package in a node_modules folder, as pnpm writes it."""
        place = modules / name(package)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(os.path.relpath(self.folder(package), place.parent))

    def direct(self, *packages: str) -> None:
        """Makes packages direct dependencies of the application."""
        for package in packages:
            self.link(self.root / MODULES, package)


def name(package: str) -> str:
    """The name that a package is required by."""
    return package.rpartition("@")[0]


def write(files: Mapping[str, Path], folder: Path) -> Path:
    """Writes a layout out, as unzipping its archive would."""
    for at, source in files.items():
        path = folder / at
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, path)
    return folder


def packages(folder: Path) -> Iterator[Path]:
    """The folder of every package below `folder`."""
    return (path.parent for path in sorted(folder.rglob("id")))


def resolve(wanted: str, package: Path, root: Path) -> str | None:
    """Node's algorithm: what the package at `package` gets when it requires `wanted`."""
    here = package.resolve()
    for folder in (here, *here.parents):
        if folder.name != MODULES and (found := folder / MODULES / wanted / "id").is_file():
            return found.read_text()
        if folder == root.resolve():
            return None
    return None
