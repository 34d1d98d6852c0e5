"""The secret header of a distribution's origins: what is sent, and what should be. Pure."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from outreach_ops.variables.origin import HEADER

Config = Mapping[str, Any]

GUARDED = ("server", "image")
"""The origins that are functions."""


def origin_id(project: str, origin: str) -> str:
    """The name of one of our origins in the distribution."""
    return f"{project}-{origin}"


def of_origin(origin: Config) -> str | None:
    """The secret that is sent to one origin."""
    found = (origin.get("CustomHeaders") or {}).get("Items") or ()
    return next((each["HeaderValue"] for each in found if each["HeaderName"].lower() == HEADER), None)


def each_sent(config: Config | None, project: str) -> tuple[str | None, ...]:
    """What a distribution sends to each function that it has as an origin."""
    there = {each["Id"]: each for each in ((config or {}).get("Origins") or {}).get("Items") or ()}
    ours = [there[origin_id(project, each)] for each in GUARDED if origin_id(project, each) in there]
    return tuple(of_origin(each) for each in ours)


def sent(config: Config, project: str) -> str | None:
    """What a distribution sends to both functions; None when that is nothing, or not the same."""
    found = set(each_sent(config, project))
    return found.pop() if len(found) == 1 else None


def keep(config: Config | None, project: str, accepted: Sequence[str]) -> str | None:
    """The secret to go on with: one that is sent and accepted, else accepted; None when there is none yet.

    `accepted` is what both live functions accept, oldest first; nothing before the first release.
    """
    there = [each for each in each_sent(config, project) if each is not None]
    fitting = [each for each in there if each in accepted or not accepted]
    return next(iter([*fitting, *reversed(accepted)]), None)


def headers(origin: Config, secret: str) -> dict[str, Any]:
    """The origin's headers with the secret among them; others stay."""
    there = (origin.get("CustomHeaders") or {}).get("Items") or ()
    others = [dict(each) for each in there if each["HeaderName"].lower() != HEADER]
    return {
        "Quantity": len(others) + 1,
        "Items": [*others, {"HeaderName": HEADER, "HeaderValue": secret}],
    }


def sending(config: Config, project: str, secret: str) -> dict[str, Any]:
    """The configuration with `secret` for both functions, and nothing else changed."""
    changed = copy.deepcopy(dict(config))
    ours = {origin_id(project, each) for each in GUARDED}
    for origin in changed["Origins"]["Items"]:
        if origin["Id"] in ours:
            origin["CustomHeaders"] = headers(origin, secret)
    return changed
