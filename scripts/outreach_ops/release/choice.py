"""Which earlier release an operator means, and what there is when it is none."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from outreach_ops import commands
from outreach_ops.errors import OpsError, UsageError
from outreach_ops.roles import Role
from outreach_ops.site import ledger
from outreach_ops.site.ledger import Entry, Numbered
from outreach_ops.site.stack import rollback_candidates


@dataclasses.dataclass(frozen=True)
class Choice:
    """An earlier release: by server version or by tag like v0.1.5, else *previous*.

    `force` takes one that never passed its checks too.
    """

    version: int | None = None
    tag: str | None = None
    force: bool = False

    @property
    def unnamed(self) -> bool:
        """Whether the previous release is meant."""
        return self.version is None and self.tag is None

    def fits(self, entry: Entry) -> bool:
        """Whether the entry is of that release."""
        return entry.server_version == str(self.version) or f"v{entry.version}" == self.tag


def choose(
    entries: Sequence[Numbered], versions: Mapping[Role, str], choice: Choice, environment: str
) -> list[Numbered]:
    """Return the releases that are meant, in the order in which to try them.

    `entries` is the ledger, newest first; `versions` is where the aliases point. Raises OpsError when there
    is nothing to go back to, UsageError when nothing has the name.
    """
    live = ledger.made(entries, versions)
    proven = ledger.releases(entries)
    others = [item.entry for item in proven if live is None or item.number != live.number]
    names = ", ".join(f"--version {entry.server_version} ({entry.description})" for entry in others)
    listing = f"choose one of: {names}" if names else "deploy first: there is no other release yet"
    if choice.version is not None and choice.tag is not None:
        raise UsageError("name either --version or --tag, one of them", listing)
    if choice.unnamed:
        if candidates := rollback_candidates(entries, versions):
            return candidates
        raise OpsError(
            f"{environment} has no release to go back to: nothing older than what is live passed its checks",
            listing,
            live="unchanged" if live is None else f"{live.entry.description}, unchanged",
        )
    attempted = ledger.attempted(entries)
    if named := [item for item in [*proven, *(attempted if choice.force else ())] if choice.fits(item.entry)]:
        return named[:1]
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
