"""A distribution that was live before this tool: what of it may change before the first release, and when.

See docs/decisions/adoption.md. Pure, but for the two reads.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from outreach_ops.aws.session import Aws
from outreach_ops.provision.distribution_config import Config, items, listed
from outreach_ops.settings.model import Settings

RELEASES = "_releases/"
"""Where a release's description stands in the bucket, written after all of its files."""


def ours(config: Config, project: str) -> bool:
    """Whether the distribution serves pages from the origin that provisioning made."""
    target: str = config["DefaultCacheBehavior"]["TargetOriginId"]
    return target == f"{project}-server"


def released(aws: Aws, settings: Settings) -> bool:
    """Whether the bucket holds the files of a release, so that origins may move to where those are."""
    found = aws.api("s3").find(
        "list_objects_v2", "NoSuchBucket", Bucket=settings.s3.bucket_name, Prefix=RELEASES, MaxKeys=1
    )
    return found is not None and bool(found.get("Contents"))


def kept(config: Config, moves: Mapping[str, str]) -> dict[str, Any]:
    """The configuration as it is, with each origin that is a host of `moves` at its new host."""
    result = copy.deepcopy(dict(config))
    origins = items(result.get("Origins"))
    result["Origins"] = listed(
        [{**each, "DomainName": moves.get(each["DomainName"], each["DomainName"])} for each in origins]
    )
    return result
