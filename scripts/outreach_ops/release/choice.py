"""Which earlier release an operator means, and what there is when it is none."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from outreach_ops import commands
from outreach_ops.errors import UsageError
from outreach_ops.site import ledger
from outreach_ops.site.ledger import Entry, Numbered


@dataclasses.dataclass(frozen=True)
class Choice:
    """An earlier release: by server version or by tag like v0.1.5, else the last known good one.

    `force` takes one that never passed its checks too.
    """

    version: int | None = None
    tag: str | None = None
    force: bool = False

    @property
    def unnamed(self) -> bool:
        """Whether the last known good release is meant."""
        return self.version is None and self.tag is None

    def fits(self, entry: Entry) -> bool:
        """Whether the entry is of that release."""
        return entry.server_version == str(self.version) or f"v{entry.version}" == self.tag


def choose(
    entries: Sequence[Numbered],
    choice: Choice,
    environment: str,
    live: Numbered | None = None,
    half: Numbered | None = None,
) -> list[Numbered]:
    """The releases that are meant, the first that is whole is taken; raises UsageError that lists others.

    Of `half`, a part alone is live: somebody has gone back to it, not to what is newer.
    """
    proven = ledger.releases(entries)
    others = [item.entry for item in proven if live is None or item.number != live.number]
    there = ", ".join(f"--version {entry.server_version} ({entry.description})" for entry in others)
    listing = f"choose one of: {there}" if there else "deploy first: there is no other release yet"
    if choice.version is not None and choice.tag is not None:
        raise UsageError("name either --version or --tag, one of them", listing)
    if choice.unnamed:
        if earlier := [half, *ledger.before(entries, half)] if half else ledger.before(entries, live):
            return earlier
        raise UsageError(f"{environment} has no proven release before the one that is live", listing)
    attempted = ledger.attempted(entries)
    if found := [item for item in [*proven, *(attempted if choice.force else ())] if choice.fits(item.entry)]:
        return found[:1]
    asked = f"version {choice.version}" if choice.tag is None else f"tag {choice.tag}"
    _refuse_pruned(entries, choice, environment, listing)
    if any(choice.fits(item.entry) for item in attempted):
        listing = f"{listing}; or add --force"
    raise UsageError(f"{environment} has no proven release with {asked}", listing)


def _refuse_pruned(entries: Sequence[Numbered], choice: Choice, environment: str, listing: str) -> None:
    pruned = ledger.pruned(entries)
    for item in entries:
        if item.number in pruned and item.entry.status == "ok" and choice.fits(item.entry):
            by = pruned[item.number]
            raise UsageError(
                f"{item.entry.description} was pruned on {by.finished[:10]} by {by.operator}: "
                "its code and files are deleted",
                f"check {item.entry.commit} out and run: {commands.deploy(environment)}; or {listing}",
            )
