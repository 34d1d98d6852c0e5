"""How far an unfinished piece of work is: enough for anybody else to finish it or to take it back."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from outreach_ops.roles import Role
from outreach_ops.site import ledger
from outreach_ops.site.ledger import Entry

UNDOING = "undo"
"""The stage of work that is being taken back."""


@dataclasses.dataclass(frozen=True)
class Journal:
    """The stage under way, where the aliases pointed before, and where this work points them.

    `entry` is what the ledger would say if nothing more happened.
    """

    stage: str
    before: Mapping[Role, str]
    after: Mapping[Role, str]
    entry: Entry

    def dump(self) -> dict[str, Any]:
        """The same as JSON types."""
        return dataclasses.asdict(self)


def parse(data: Mapping[str, Any]) -> Journal:
    """The inverse of `dump`."""
    return Journal(data["stage"], data["before"], data["after"], ledger.parse(data["entry"]))
