"""Tracked links and local dependencies, whose content may stand elsewhere than in the commit."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from outreach_ops.git.command import printable
from outreach_ops.git.repository import Difference, Repository

MOST_LINKS = 40
"""After which Linux gives up as well."""

INSTALLED = "node_modules"
"""What stands below is made of the lockfile, which is committed."""

# pnpm refuses to install what its lockfile does not say, which names what dependencies depend on, too.
IN_LOCKFILE = re.compile(r"""[\s'"@](link|file|portal):([^\s'"()]+)""")
IN_PACKAGE = re.compile(r'"(?:link|file|portal):([^"]+)"')
IMPORTER = re.compile(r"""  ['"]?([^\s'"][^'"]*?)['"]?:(?: \{\})?\s*$""")


class LeadsOutError(Exception):
    """The path ends where the commit does not say what stands; its text completes the sentence."""


def check(repository: Repository, app: str) -> tuple[list[Difference], list[str]]:
    """Return what leads out of the commit, and the folders outside of `app` that something leads to."""
    differences, folders = [], []
    for what, path, fix in (*_links(repository), *_dependencies(repository, app)):
        try:
            target = resolve(repository, path)
        except LeadsOutError as error:
            differences.append(Difference(f"{printable(what)} {error}", fix))
        else:
            folders += [target] if (repository.root / target).is_dir() else []
    return differences, folders


def resolve(repository: Repository, path: str) -> str:
    """Return where `path` ends, from the root; raise LeadsOutError when the commit does not tell."""
    parts, real, followed = path.split("/")[::-1], list[str](), 0
    if path.startswith("/"):
        raise LeadsOutError("leads out of the repository")
    while parts and INSTALLED not in real:
        part = parts.pop()
        if part == ".." and not real:
            raise LeadsOutError("leads out of the repository")
        if part == "..":
            real.pop()
        elif part not in ("", "."):
            real.append(part)
            place = "/".join(real)
            if (repository.root / place).is_symlink() and INSTALLED not in real:
                followed += 1
                parts += _target(repository, place, followed).split("/")[::-1]
                real.pop()
    target = "/".join(real)
    if INSTALLED not in real and os.path.lexists(repository.root / target):
        _require_committed(repository, target)
    return target


def _target(repository: Repository, link: str, followed: int) -> str:
    target = str((repository.root / link).readlink())
    if target.startswith("/") or followed > MOST_LINKS:
        raise LeadsOutError("leads out of the repository")
    if link not in repository.links:
        raise LeadsOutError(f"leads over {printable(link)}, which is not committed")
    return target


def _require_committed(repository: Repository, target: str) -> None:
    if target not in repository.files and not repository.holds(target):
        raise LeadsOutError(f"leads to {printable(target)}, which is not committed")


def _links(repository: Repository) -> Iterator[tuple[str, str, str]]:
    for link in sorted(repository.links):
        yield f"the link {link}", link, "commit what it leads to in its place"


def _dependencies(repository: Repository, app: str) -> Iterator[tuple[str, str, str]]:
    for base, target in sorted(set(_local(repository.root / app))):
        # To pnpm ~ is the home folder.
        path = f"/{target}" if target.startswith("~") else posixpath.join(app, base, target)
        yield f"the dependency {target}", path, "move it into the repository and commit it, or publish it"


def _local(app: Path) -> Iterator[tuple[str, str]]:
    """Yield each local path that a dependency names, behind the folder below `app` that it is named from."""
    yield from ((".", target) for target in IN_PACKAGE.findall(_text(app / "package.json")))
    importer, importing = ".", False
    for line in _text(app / "pnpm-lock.yaml").splitlines():
        if line[:1].strip():
            importer, importing = ".", line.startswith("importers:")
        elif importing and (named := IMPORTER.match(line)):
            importer = named[1]
            if importer != ".":
                yield ".", importer
        for kind, target in IN_LOCKFILE.findall(line):
            # Links, and what a package asks for, are from its own folder; all else is from the lockfile's.
            own = importing and (kind == "link" or "specifier:" in line)
            yield importer if own else ".", target.rstrip(":")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
