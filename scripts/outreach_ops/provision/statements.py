"""Policies as documents: ours merged into what others have written, and what is the same. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Statement = Mapping[str, Any]


def merged(policy: Mapping[str, Any] | None, ours: tuple[Statement, ...]) -> dict[str, Any]:
    """`policy` with our statements in it by Sid; all others stay as and where they are."""
    found = {} if policy is None else dict(policy)
    mine = {statement["Sid"]: statement for statement in ours}
    kept = [mine.pop(each.get("Sid"), each) for each in each_of(found)]
    return {"Version": "2012-10-17"} | found | {"Statement": [*kept, *mine.values()]}


def normal(value: Any) -> Any:
    """A policy's part as it compares: AWS may answer a list of one as its member, and in another order."""
    if isinstance(value, Mapping):
        return {key: normal(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        items = sorted((normal(item) for item in value), key=str)
        return items[0] if len(items) == 1 else items
    return str(value).lower() if isinstance(value, bool) else value


def each_of(policy: Mapping[str, Any]) -> list[Statement]:
    """The statements of a policy, which AWS may answer as one that is no list."""
    there = policy.get("Statement") or []
    return [there] if isinstance(there, Mapping) else list(there)
