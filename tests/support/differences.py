"""What a step says would change, leaf by leaf: in the user's terms, as a diff shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from outreach_ops.provision.step import Step


def told(step: Step) -> list[str]:
    """The resource with each value that differs, like `bucket NAME: versioning`."""
    return [f"{step.resource}: {leaf}" for leaf in leaves(step.before, step.after)]


def leaves(before: Any, after: Any, path: str = "") -> list[str]:
    """The path of each value that is not the same on both sides; of lists, the index."""
    if before == after:
        return []
    one, other = _named(before), _named(after)
    if one is None or other is None:
        return [path]
    both = [name for name in one if name in other]
    moved = isinstance(before, list) and both != [name for name in other if name in one]
    names = sorted({*one, *other}, key=str)
    inside = [leaves(one.get(name), other.get(name), f"{path} {name}".strip()) for name in names]
    return [f"{path} order"] * moved + [leaf for each in inside for leaf in each]


def _named(value: Any) -> Mapping[Any, Any] | None:
    """A value with parts; a missing one has none yet."""
    if value is None:
        return {}
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        return {each.get("path", at): each for at, each in enumerate(value)}
    return value if isinstance(value, Mapping) else None
