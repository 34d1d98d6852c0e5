"""The site's distribution, as far as a release needs it."""

from __future__ import annotations

import dataclasses

from outreach_ops import commands
from outreach_ops.aws.cloudfront import cloudfront
from outreach_ops.aws.session import Aws
from outreach_ops.errors import OpsError
from outreach_ops.provision import adoption
from outreach_ops.settings.model import Settings


@dataclasses.dataclass(frozen=True)
class Distribution:
    """Which distribution serves the site, the path patterns that it knows, and whether it is `ours` yet."""

    id: str
    paths: tuple[str, ...]
    ours: bool = True


def find(aws: Aws, settings: Settings) -> Distribution:
    """The distribution with the configured id, else the one that carries the site's domain."""
    wanted = settings.cloudfront
    for item in cloudfront(aws).pages("list_distributions", "DistributionList.Items"):
        aliases = (item.get("Aliases") or {}).get("Items") or []
        if item["Id"] == wanted.distribution_id or (not wanted.distribution_id and wanted.domain in aliases):
            behaviours = (item.get("CacheBehaviors") or {}).get("Items") or []
            paths = tuple(entry["PathPattern"] for entry in behaviours)
            return Distribution(item["Id"], paths, adoption.ours(item, settings.site.project))
    raise OpsError(
        f"no distribution serves {wanted.domain}",
        commands.provision(settings.site.environment),
        step="read",
    )


def invalidation_paths(base_path: str) -> tuple[str, ...]:
    """The paths that a release makes stale: all pages with their query strings, and never hashed files."""
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
