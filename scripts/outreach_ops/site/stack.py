"""Which releases a rollback without a name goes back to: a stack, computed from the ledger alone.

A release pushes itself, unless it differs from the top in shared variables alone: then it replaces the top.
A rollback, or a move of all aliases in the console, pops down to the release that it makes live; one that is
not on the stack replaces the top. A move of some aliases pops down to the release that the server function
is of, and stands above it. What never passed its checks is skipped, and so is what a prune deleted.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from outreach_ops.roles import Role
from outreach_ops.site import ledger
from outreach_ops.site.ledger import Entry, Numbered, further

NOTHING_OLDER = "nothing older"
"""What is said where an unnamed rollback has nowhere to go."""

MOVES = ("rollback", "observed")
"""Kinds of entries that make nothing new: they move the aliases to versions that exist."""


@dataclasses.dataclass(frozen=True)
class Level:
    """One release on the stack: its ledger records, oldest first, which differ in shared variables alone."""

    records: tuple[Numbered, ...]

    @property
    def newest(self) -> Numbered:
        """Return the record that was written last: its versions hold the newest shared variables."""
        return self.records[-1]

    def same_release(self, record: Numbered) -> bool:
        """Return whether `record` makes this release live again."""
        return self.newest.entry.restores_the_same(record.entry)

    def holds(self, record: Numbered) -> bool:
        """Return whether one of this level's records is `record`, or was restored by it, by number."""
        return any(_numbers(item) & _numbers(record) for item in self.records)


def _numbers(record: Numbered) -> set[int | None]:
    restored = {record.entry.restores} if record.entry.kind in MOVES else set()
    return {record.number, *restored} - {None}


def rollback_candidates(records: Sequence[Numbered], versions: Mapping[Role, str]) -> list[Numbered]:
    """Return the releases that an unnamed rollback tries, in this order; the first is *previous*.

    `records` is the ledger, newest first; `versions` is where the aliases point.
    """
    levels = _stack(with_unrecorded_move(records, versions))
    if not levels:
        return []
    *below, live = levels
    usable = ledger.releases(records)
    newest = (
        next((record for record in usable if level.same_release(record)), None)
        for level in reversed(below)
        if not level.same_release(live.newest)
    )
    return [record for record in newest if record is not None]


def describe_previous(record: Numbered | None) -> str:
    """Return in words where an unnamed rollback goes."""
    if record is None:
        return NOTHING_OLDER
    return f"{record.entry.description}, version {record.entry.server_version}"


def observed_entry(records: Sequence[Numbered], versions: Mapping[Role, str], description: str) -> Entry:
    """Return the entry for aliases that were moved to `versions` by other means than this tool.

    `records` must not be empty; `description` says what is live, for versions of no verified release.
    """
    release = ledger.made(records, versions)
    if release is not None:
        entry, restores = release.entry, release.number
    else:
        restores = None
        entry = dataclasses.replace(
            records[0].entry,
            status="unproven",
            description=description,
            artifact_key="",
            server_version=versions["server"],
            image_version=versions["image"],
            further_versions=further(versions),
        )
    return dataclasses.replace(
        entry,
        kind="observed",
        restores=restores,
        seconds={},
        live_server_version=versions["server"],
        live_image_version=versions["image"],
        live_further_versions=further(versions),
    )


def with_unrecorded_move(records: Sequence[Numbered], versions: Mapping[Role, str]) -> Sequence[Numbered]:
    """Return the ledger as if a move of the aliases that it does not explain yet were recorded."""
    if not records or records[0].entry.explains(versions):
        return records
    return (Numbered(records[0].number + 1, observed_entry(records, versions, "")), *records)


def _stack(records: Sequence[Numbered]) -> list[Level]:
    """Return the levels, bottom first; the last one is what is live."""
    levels: list[Level] = []
    for index, record in reversed(list(enumerate(records))):
        entry = record.entry
        if entry.kind == "observed" and entry.status != "ok":
            half = ledger.partially_live(records[index + 1 :], entry.live_versions)
            levels = levels[:-1] if half is None else _pop_to(levels, half)
            levels.append(Level((record,)))
        elif entry.status != "ok" or entry.kind == "prune":
            continue
        elif entry.kind in MOVES:
            levels = _pop_to(levels, record)
        elif levels and levels[-1].same_release(record):
            levels[-1] = Level((*levels[-1].records, record))
        else:
            levels.append(Level((record,)))
    return levels


def _pop_to(levels: list[Level], record: Numbered) -> list[Level]:
    """Return the levels up to the release of `record`, or with it in the place of the top."""
    for matches in (Level.holds, Level.same_release):
        for index in reversed(range(len(levels))):
            if matches(levels[index], record):
                return [*levels[:index], Level((*levels[index].records, record))]
    return [*levels[:-1], Level((record,))]
