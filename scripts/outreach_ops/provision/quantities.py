"""CloudFront's form of a list: `Items`, and in `Quantity` how many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Config = Mapping[str, Any]
"""A distribution's configuration, or a block of one."""


def listed(found: Sequence[Any]) -> dict[str, Any]:
    """CloudFront's form of a list, which leaves `Items` out when it is empty."""
    return {"Quantity": len(found), "Items": list(found)} if found else {"Quantity": 0}


def items(block: Config | None) -> list[Any]:
    """The list in CloudFront's form of one."""
    return list((block or {}).get("Items") or ())
