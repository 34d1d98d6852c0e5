"""What a prune deletes: decided by what releases name, never by age; age only ever keeps more."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from outreach_ops.aws.tags import Tag
from outreach_ops.builds.artifact import Artifact, Asset
from outreach_ops.console import row
from outreach_ops.errors import OpsError
from outreach_ops.roles import ROLES, Role
from outreach_ops.site import ledger
from outreach_ops.site.ledger import Numbered
from outreach_ops.site.stack import rollback_candidates

KEEP = 10
LEAST = 2
"""What is live and what a rollback would go to stay, whatever is asked for."""
DESCRIPTIONS = "_releases/"
OPEN_TABS = datetime.timedelta(days=30)
"""So long after a release was live, browsers may ask for the files that its pages name."""


@dataclasses.dataclass(frozen=True)
class Stock:
    """What there is: the ledger, newest first, descriptions by key, versions, aliases, objects' ETags by key,
    keys of the tag table, where the alias `live` of each function points.

    `aliased` are the versions that any alias points to or weighs.
    """

    entries: tuple[Numbered, ...]
    described: Mapping[str, Artifact]
    versions: Mapping[Role, frozenset[str]]
    aliased: Mapping[Role, frozenset[str]]
    objects: Mapping[str, str]
    tags: tuple[Tag, ...]
    live: Mapping[Role, str]
    now: datetime.datetime


@dataclasses.dataclass(frozen=True)
class Release:
    """What was released once or many times: one version with one set of files; `attempts` newest first."""

    attempts: tuple[Numbered, ...]

    @property
    def newest(self) -> Numbered:
        """Its last entry."""
        return self.attempts[0]

    def versions(self, role: Role) -> set[str]:
        """Its versions of a function."""
        return {each.entry.versions.get(role, "") for each in self.attempts} - {""}

    def is_one_of(self, numbers: Collection[int]) -> bool:
        """Whether one of its entries has such a number."""
        return any(each.number in numbers for each in self.attempts)


@dataclasses.dataclass(frozen=True)
class Prune:
    """What stays and what goes; `numbers` are the ledger's entries that are out of reach then."""

    kept: tuple[Release, ...]
    gone: tuple[Release, ...]
    numbers: tuple[int, ...]
    versions: Mapping[Role, tuple[str, ...]]
    objects: Mapping[str, str]
    tags: tuple[Tag, ...]
    open_tabs: int

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to delete and nothing to record."""
        return not (self.numbers or self.objects or self.tags or any(self.versions.values()))

    @property
    def described(self) -> str:
        """The size of it, in words."""
        versions = sum(len(each) for each in self.versions.values())
        objects, tags = len(self.objects), len(self.tags)
        return f"{len(self.numbers)} entries, {versions} versions, {objects} objects, {tags} tags"

    def dump(self) -> dict[str, Any]:
        """The same for scripts."""
        return {
            "keep": [each.newest.entry.description for each in self.kept],
            "prune": [each.newest.entry.description for each in self.gone],
            "entries": list(self.numbers),
            "versions": {str(role): list(each) for role, each in self.versions.items()},
            "objects": list(self.objects),
            "tags": [list(tag) for tag in self.tags],
            "kept_for_open_tabs": self.open_tabs,
        }


def decide(stock: Stock, keep: int) -> Prune:
    """The newest `keep` proven releases stay, whatever is newer than the oldest of them, and what is live."""
    kept, gone = _sorted_out(stock, keep)
    proven = {item.number for item in ledger.releases(stock.entries)}
    _refuse_unknown(stock, [release for release in kept if release.is_one_of(proven)])
    needed = {key for release in kept for key in _named(stock, release)}
    builds = _builds(gone) - _builds(kept)
    young = [release for release in gone if _served_until(stock, release) + OPEN_TABS > stock.now]
    # What one release lets go and another one, live until lately, may still be asked for, stays.
    tabs = {asset.key for release in young for asset in _files(stock, release)} - needed
    objects = dict(_doomed(stock, gone, builds, needed | tabs))
    waiting = {key for key in tabs if key in stock.objects}
    for release in gone:
        if any(asset.key in waiting for asset in _files(stock, release)):
            # Without its description nobody would know later what these files were.
            objects.pop(release.newest.entry.artifact_key, None)
    marked = [release for release in gone if release.is_one_of(proven)]
    return Prune(
        kept=tuple(kept),
        gone=tuple(marked),
        numbers=tuple(sorted(each.number for release in marked for each in release.attempts)),
        versions={role: _versions(stock, role, kept, gone) for role in ROLES},
        objects=dict(sorted(objects.items())),
        tags=tuple(sorted(tag for tag in stock.tags if _written_by(tag) in builds)),
        open_tabs=len(waiting),
    )


def releases(entries: Iterable[Numbered]) -> tuple[Release, ...]:
    """Every release that the ledger's entries, newest first, tell of, proven or not, newest first."""
    found: dict[tuple[str, str], list[Numbered]] = {}
    for item in entries:
        # What other means made has no description: nothing is known of it, so it is never touched.
        if item.entry.artifact_key.startswith(DESCRIPTIONS):
            found.setdefault((item.entry.server_version, item.entry.artifact_key), []).append(item)
    return tuple(Release(tuple(attempts)) for attempts in found.values())


def _sorted_out(stock: Stock, keep: int) -> tuple[list[Release], list[Release]]:
    newest = _distinct(ledger.releases(stock.entries))[: max(keep, LEAST)]
    oldest = newest[-1].number if newest else 0
    previous = {item.number for item in rollback_candidates(stock.entries, stock.live)[:1]}
    kept: list[Release] = []
    gone: list[Release] = []
    for release in releases(stock.entries):
        live = release.versions("server") & stock.aliased["server"]
        stays = live or release.newest.number >= oldest or release.is_one_of(previous)
        (kept if stays else gone).append(release)
    return kept, gone


def _distinct(proven: Iterable[Numbered]) -> list[Numbered]:
    """The newest of those that are one to a rollback: a rotated secret is no release to go back to."""
    found: list[Numbered] = []
    for item in proven:
        if not any(item.entry.restores_the_same(other.entry) for other in found):
            found.append(item)
    return found


def _refuse_unknown(stock: Stock, kept: Iterable[Release]) -> None:
    for release in kept:
        if _artifact(stock, release) is None:
            entry = release.newest.entry
            raise OpsError(
                f"the description of {entry.description}, {entry.artifact_key}, is missing or damaged: "
                "what that release needs is not known",
                "deploy that commit again, then prune",
                step="prune",
                live="unchanged",
            )


def _versions(stock: Stock, role: Role, kept: list[Release], gone: list[Release]) -> tuple[str, ...]:
    needed = {version for release in kept for version in release.versions(role)} | stock.aliased[role]
    let_go = {version for release in gone for version in release.versions(role)}
    return tuple(sorted((let_go & stock.versions[role]) - needed, key=int))


def _artifact(stock: Stock, release: Release) -> Artifact | None:
    return stock.described.get(release.newest.entry.artifact_key)


def _files(stock: Stock, release: Release) -> tuple[Asset, ...]:
    """What browsers ask for by its name."""
    artifact = _artifact(stock, release)
    return () if artifact is None else artifact.of_kind("hashed", "public")


def _named(stock: Stock, release: Release) -> Iterator[str]:
    """Every object that a release needs, but the pages that its server wrote: those go by its build."""
    artifact = _artifact(stock, release)
    yield release.newest.entry.artifact_key
    if artifact is not None:
        yield from (package.key for package in artifact.packages.values())
        for asset in artifact.assets:
            yield from (asset.key, asset.stored_key)


def _doomed(
    stock: Stock, gone: list[Release], builds: set[str], needed: set[str]
) -> Iterator[tuple[str, str]]:
    """The objects of releases and `builds` that go: none that is needed, none that is not as released."""
    for key, etag in stock.objects.items():
        if key not in needed and _build(key) in builds:
            yield key, etag
    for release in gone:
        content = {asset.key: asset.md5 for asset in _files(stock, release)}
        for key in _named(stock, release):
            if key in stock.objects and key not in needed and not key.startswith("_cache/"):
                etag = stock.objects[key]
                # Under a name that anybody may use, other content is somebody else's.
                if content.get(key, etag) == etag:
                    yield key, etag


def _builds(some: Iterable[Release]) -> set[str]:
    return {each.entry.build_id for release in some for each in release.attempts} - {""}


def _written_by(tag: Tag) -> str | None:
    """The build that an item of the tag table is of; None for what OpenNext did not write."""
    build, *_ = {part.partition("/")[0] for part in tag}
    return build if all(part.startswith(f"{build}/") for part in tag) else None


def _build(key: str) -> str | None:
    """The build that an ISR page or fetched answer is of: OpenNext names both by it."""
    parts = key.removeprefix("_cache/").removeprefix("__fetch/").split("/")
    return parts[0] if key.startswith("_cache/") and len(parts) > 1 else None


def _served_until(stock: Stock, release: Release) -> datetime.datetime:
    """When the last visitor may have got a page of it."""
    mine = {each.number for each in release.attempts}
    until, then = datetime.datetime.min.replace(tzinfo=datetime.UTC), stock.now
    for item in stock.entries:
        entry, finished = item.entry, datetime.datetime.fromisoformat(item.entry.finished)
        good = entry.status in ("ok", "unproven") and entry.kind != "prune"
        if item.number in mine:
            until = max(until, finished)
        # Newest first: what was live after this entry was so until the entry after it. One that made nothing
        # live may tell of a move by other means.
        if item.number in mine if good else entry.live_server_version in release.versions("server"):
            until = max(until, then)
        then = finished
    return until


def summary(plan: Prune) -> list[str]:
    """The plan in the operator's words."""
    rows = [
        ("keep", ", ".join(each.newest.entry.description for each in plan.kept) or "nothing"),
        ("prune", ", ".join(each.newest.entry.description for each in plan.gone) or "nothing"),
        *((role, f"versions {', '.join(plan.versions[role]) or 'none'}") for role in ROLES),
        ("tags", f"{len(plan.tags)} items of the tag table to delete"),
        ("objects", f"{len(plan.objects)} to delete"),
        *(("", key) for key in plan.objects),
    ]
    if plan.open_tabs:
        rows.append(
            ("open tabs", f"{plan.open_tabs} files stay for {OPEN_TABS.days} days after they were live")
        )
    return [row(name, text) for name, text in rows]
