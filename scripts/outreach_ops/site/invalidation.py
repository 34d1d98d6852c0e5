"""The site's distribution, as far as a release needs it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from outreach_ops import commands
from outreach_ops.aws.cloudfront import cloudfront
from outreach_ops.aws.session import Aws
from outreach_ops.errors import OpsError
from outreach_ops.provision import adoption
from outreach_ops.provision.origin_secret import sent
from outreach_ops.settings.model import Settings

DEPLOY_SECONDS = 900
PAUSE_SECONDS = 5
SAY_SECONDS = 30


@dataclasses.dataclass(frozen=True)
class Distribution:
    """Which distribution serves the site, the path patterns that it knows, and whether it is `ours` yet."""

    id: str
    paths: tuple[str, ...]
    ours: bool = True
    deployed: bool = True
    protects: bool = False
    """Whether the functions are to answer CloudFront alone."""
    secret: str | None = dataclasses.field(default=None, repr=False)
    """What CloudFront sends to the functions; None when it sends nothing, or not the same to both."""


def find(aws: Aws, settings: Settings) -> Distribution:
    """The distribution with the configured id, else the one that carries the site's domain."""
    wanted = settings.cloudfront
    for item in cloudfront(aws).pages("list_distributions", "DistributionList.Items"):
        aliases = (item.get("Aliases") or {}).get("Items") or []
        if item["Id"] == wanted.distribution_id or (not wanted.distribution_id and wanted.domain in aliases):
            behaviours = (item.get("CacheBehaviors") or {}).get("Items") or []
            return Distribution(
                item["Id"],
                tuple(entry["PathPattern"] for entry in behaviours),
                adoption.ours(item, settings.site.project),
                item["Status"] == "Deployed",
                wanted.origin_protection == "secret_header",
                sent(item, settings.site.project),
            )
    raise OpsError(
        f"no distribution serves {wanted.domain}",
        commands.provision(settings.site.environment),
        step="read",
    )


def invalidation_paths(base_path: str) -> tuple[str, ...]:
    """The paths that a release makes stale: all pages with their query strings.

    Without a base path that is everything: one path, and the edge fetches hashed files once more.
    """
    return (base_path, f"{base_path}?*", f"{base_path}/*") if base_path else ("/*",)


def invalidate(aws: Aws, distribution: Distribution, paths: tuple[str, ...], reference: str) -> str:
    """Starts an invalidation and returns its id; the same `reference` starts it once."""
    made = cloudfront(aws).call(
        "create_invalidation",
        DistributionId=distribution.id,
        InvalidationBatch={
            "Paths": {"Quantity": len(paths), "Items": list(paths)},
            "CallerReference": reference,
        },
    )
    return str(made["Invalidation"]["Id"])


def await_invalidation(aws: Aws, distribution: Distribution, invalidation: str, seconds: int = 600) -> None:
    """Returns when the invalidation has reached every edge."""
    cloudfront(aws).wait(
        "invalidation_completed", seconds, 2, DistributionId=distribution.id, Id=invalidation
    )


def await_deployed(
    aws: Aws,
    distribution: Distribution,
    say: Callable[[str], None],
    sleep: Callable[[float], None],
) -> None:
    """Returns when every edge works with the distribution as it is configured."""
    for waited in range(0, DEPLOY_SECONDS, PAUSE_SECONDS):
        found = cloudfront(aws).call("get_distribution", Id=distribution.id)
        if found["Distribution"]["Status"] == "Deployed":
            return
        if waited % SAY_SECONDS == 0:
            say(
                f"CloudFront brings {distribution.id} to its edges ({waited} s of at most {DEPLOY_SECONDS} s)"
            )
        sleep(PAUSE_SECONDS)
    raise OpsError(
        f"after {DEPLOY_SECONDS} seconds CloudFront still brings {distribution.id} to its edges",
        "run the command again: it goes on waiting where this one stopped",
        step="paths",
    )
