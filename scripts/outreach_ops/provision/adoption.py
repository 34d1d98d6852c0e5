"""A distribution that was live before this tool: what of it may change before the first release. Pure.

See docs/decisions/adoption.md.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from outreach_ops.provision.quantities import Config, items, listed
from outreach_ops.settings.model import Settings


def ours(config: Config, project: str) -> bool:
    """Whether the distribution has the origin that provisioning makes, and no move is needed any more."""
    return any(each["Id"] == f"{project}-server" for each in items(config.get("Origins")))


def waits(config: Config, settings: Settings) -> bool:
    """Whether it must stay as it is: only a deploy names a build's paths, once their files are there."""
    return not ours(config, settings.site.project) and not settings.cloudfront.artifact_behaviours


def kept(config: Config, moves: Mapping[str, str]) -> dict[str, Any]:
    """The configuration as it is, with each origin that is a host of `moves` at its new host."""
    result = copy.deepcopy(dict(config))
    origins = items(result.get("Origins"))
    result["Origins"] = listed(
        [{**each, "DomainName": moves.get(each["DomainName"], each["DomainName"])} for each in origins]
    )
    return result
