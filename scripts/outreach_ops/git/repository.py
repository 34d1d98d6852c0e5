"""What git tracks of a repository with its submodules, and what differs from the commit or may unseen."""

from __future__ import annotations

import dataclasses
import functools
import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from outreach_ops.git.command import output, printable, run

LINK, SUBMODULE = "120000", "160000"
UNFILTERED = ("unspecified", "unset")
HEAD_BYTES = 1024


@dataclasses.dataclass(frozen=True)
class Difference:
    """Why the commit alone does not say what a build reads, and what to do about it."""

    what: str
    fix: str
    untracked: bool = False
    """It is a new file, as builds leave them."""


@dataclasses.dataclass
class Repository:
    """Everything by its path from `root`; `states` are what two checkouts of one commit may differ in."""

    root: Path
    files: set[str] = dataclasses.field(default_factory=set)
    links: set[str] = dataclasses.field(default_factory=set)
    ignored: list[str] = dataclasses.field(default_factory=list)
    differences: list[Difference] = dataclasses.field(default_factory=list)
    states: list[str] = dataclasses.field(default_factory=list)

    def holds(self, folder: str) -> bool:
        """Whether the commit has a file below `folder`."""
        return folder == "" or folder in self._folders

    @functools.cached_property
    def _folders(self) -> set[str]:
        folders = set[str]()
        for name in (*self.files, *self.links):
            # Beginning with the innermost: above a folder that was seen, all were.
            while (name := name.rpartition("/")[0]) and name not in folders:
                folders.add(name)
        return folders


def read(root: Path) -> Repository:
    """Return the repository at `root`, whatever its configuration hides."""
    repository = Repository(root)
    _read(repository, "")
    return repository


def _read(repository: Repository, prefix: str) -> None:
    # Submodules are repositories of their own, with flags and links of their own.
    folder = repository.root / prefix
    _read_status(repository, prefix, folder)
    listed = output(folder, "ls-files", "-z", "-v", "--stage").split("\0")
    hidden: dict[str, list[str]] = {}
    files = []
    for entry in filter(None, listed):
        about, _, name = entry.partition("\t")
        flag, mode, *_ = about.split(" ")
        if flag.islower():
            hidden.setdefault("assume-unchanged", []).append(name)
        if flag.upper() == "S":
            hidden.setdefault("skip-worktree", []).append(name)
        if mode == SUBMODULE:
            _read_submodule(repository, prefix + name)
        elif mode == LINK:
            repository.links.add(prefix + name)
        else:
            files.append(name)
    repository.files.update(prefix + name for name in files)
    repository.differences += [_hidden(folder, prefix, mark, names) for mark, names in hidden.items()]
    repository.states += _filtered(folder, prefix, files)


def _read_status(repository: Repository, prefix: str, folder: Path) -> None:
    flags = ("--untracked-files=normal", "--ignored=matching", "--ignore-submodules=none", "--no-renames")
    listed = output(folder, "status", "--porcelain", "-z", *flags).split("\0")
    entries = [(entry[:2], prefix + entry[3:]) for entry in listed if entry]
    repository.ignored += [name for state, name in entries if state == "!!"]
    fix = f"commit it, or git -C {shlex.quote(str(folder))} stash --include-untracked"
    changed = [name for state, name in entries if state not in ("!!", "??")]
    if changed:
        repository.differences.append(Difference(f"{_first(changed)} changes that are not committed", fix))
    if untracked := [name for state, name in entries if state == "??"]:
        repository.differences.append(
            Difference(f"{_first(untracked, 'is', 'are')} not committed", fix, untracked=True)
        )


def _read_submodule(repository: Repository, name: str) -> None:
    folder = repository.root / name
    if (folder / ".git").exists():
        repository.states.append(f"submodule {name}")
        _read(repository, f"{name}/")
    elif folder.is_dir() and any(folder.iterdir()):
        repository.differences.append(
            Difference(
                f"the submodule {printable(name)} has files, but is no repository",
                f"remove them, then git -C {shlex.quote(str(repository.root))} submodule update --init",
            )
        )


def _hidden(folder: Path, prefix: str, mark: str, names: Sequence[str]) -> Difference:
    what = f"{_first([prefix + name for name in names], 'is', 'are')} marked {mark}, which hides changes"
    git = f"git -C {shlex.quote(str(folder))}"
    if mark == "skip-worktree" and not os.path.lexists(folder / names[0]):
        return Difference(what, f"{git} sparse-checkout disable")
    return Difference(what, f"{git} update-index --no-{mark} {shlex.quote(printable(names[0]))}")


def _filtered(folder: Path, prefix: str, files: Sequence[str]) -> list[str]:
    """Return how each file stands that a filter changes (Git LFS): to git it is the same, fetched or not."""
    # To ask for the attributes of some thousand files takes longer than all else.
    if run(folder, "config", "--get-regexp", r"^filter\.").code != 0:
        return []
    asked = "".join(f"{name}\0" for name in files)
    fields = output(folder, "check-attr", "-z", "--stdin", "filter", given=asked).split("\0")
    named = [name for name, value in zip(fields[::3], fields[2::3], strict=False) if value not in UNFILTERED]
    return [f"filter {prefix}{name} {_begins(folder / name)}" for name in named]


def _begins(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return f"{path.stat().st_size} {file.read(HEAD_BYTES).hex()}"
    except OSError:
        return "cannot be read"


def _first(names: Sequence[str], one: str = "has", more: str = "have") -> str:
    """Begin a sentence about files: name the first, count the others."""
    others = f" and {len(names) - 1} more {more}" if len(names) > 1 else f" {one}"
    return printable(names[0]) + others
