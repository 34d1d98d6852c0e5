"""CloudFront's path patterns: which is more specific, what a distribution lacks, which order is right."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from outreach_ops.settings.cloudfront import Behaviour


def key(path: str) -> str:
    """The pattern as CloudFront takes it: it makes no difference whether the first / is written."""
    return "/" + path.lstrip("/")


def covers(general: str, specific: str) -> bool:
    """True when `general` matches every request that `specific` matches; also when they are equal."""
    # `*` in `specific` stands for itself: only a `*` in `general` may take it.
    tokens = {"*": ".*", "?": "[^*]"}
    pattern = "".join(tokens.get(character, re.escape(character)) for character in key(general))
    return re.fullmatch(pattern, key(specific), re.DOTALL) is not None


def union(*groups: Iterable[Behaviour]) -> tuple[Behaviour, ...]:
    """Each path once; a later group says where it goes and how it is cached."""
    found: dict[str, Behaviour] = {}
    for group in groups:
        found |= {key(behaviour.path): behaviour for behaviour in group}
    return tuple(found.values())


def missing(paths: Iterable[str], needed: Iterable[Behaviour]) -> tuple[Behaviour, ...]:
    """Those of `needed` whose path is not among a distribution's `paths`."""
    there = {key(path) for path in paths}
    return tuple(behaviour for behaviour in needed if key(behaviour.path) not in there)


def arrange(existing: Sequence[str], ours: Iterable[str]) -> tuple[str, ...]:
    """All paths, specific before general; what is there stays in its order, and only `ours` are moved."""
    movable = {key(path): path for path in ours}
    placed, loose = _well_ordered(existing, set(movable))
    there = {key(path) for path in existing}
    for path in [*loose, *(path for name, path in movable.items() if name not in there)]:
        place = next((at for at, other in enumerate(placed) if covers(other, path)), len(placed))
        placed.insert(place, path)
    return tuple(placed)


def origin_of(request: str, behaviours: Sequence[Behaviour]) -> str:
    """Where a distribution with these behaviours sends a request for the path `request`."""
    path, by_path = request.partition("?")[0], {behaviour.path: behaviour for behaviour in behaviours}
    matching = (by_path[each].origin for each in arrange((), by_path) if covers(each, path))
    return next(matching, "server")


def _well_ordered(existing: Sequence[str], movable: set[str]) -> tuple[list[str], list[str]]:
    """The paths that may stay, and ours that are hidden by an earlier path or hide a later one."""
    kept: list[str] = []
    loose: list[str] = []
    for path in existing:
        if key(path) in movable:
            hidden = any(covers(other, path) for other in kept)
            (loose if hidden else kept).append(path)
        else:
            hiding = [other for other in kept if key(other) in movable and covers(other, path)]
            loose += hiding
            kept = [other for other in kept if other not in hiding]
            kept.append(path)
    return kept, loose
