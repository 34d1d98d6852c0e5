"""Writes a distribution's configuration over what it is at that moment, and takes nothing away."""

from __future__ import annotations

from collections.abc import Callable

from outreach_ops.aws import cloudfront
from outreach_ops.aws.errors import CHANGED_MEANWHILE, AwsError
from outreach_ops.aws.session import Aws
from outreach_ops.errors import OpsError
from outreach_ops.provision.quantities import Config, items
from outreach_ops.provision.step import ATTEMPTS


def update(aws: Aws, identity: str, change: Callable[[Config], Config]) -> None:
    """Writes what `change` makes of the configuration as it is; read and changed again when AWS has newer."""
    api = cloudfront.cloudfront(aws)
    for _ in range(ATTEMPTS):
        now = api.call("get_distribution", Id=identity)
        found = now["Distribution"]["DistributionConfig"]
        config = change(found)
        _refuse_loss(found, config)
        try:
            api.call("update_distribution", Id=identity, IfMatch=now["ETag"], DistributionConfig=config)
            return
        except AwsError as error:
            if error.code not in CHANGED_MEANWHILE:
                raise
    raise OpsError(
        f"the distribution was changed by somebody else {ATTEMPTS} times during the update",
        "wait until nobody else works on it, then run the command again",
    )


def _refuse_loss(found: Config, config: Config) -> None:
    """An update replaces the whole list: one that would take a path or an origin away is never sent."""
    for block, attribute in (("CacheBehaviors", "PathPattern"), ("Origins", "Id")):
        before = [each[attribute] for each in items(found.get(block))]
        after = [each[attribute] for each in items(config.get(block))]
        if lost := [each for each in before if before.count(each) > after.count(each)]:
            raise OpsError(
                f"the update would take {', '.join(sorted(set(lost)))} from the {block} of the distribution",
                "look whether two of its paths differ by their first / alone, and remove one in the console",
            )
