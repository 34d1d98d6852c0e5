"""CloudFront, as far as a release asks: which distributions there are, and invalidations."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Mapping
from typing import Any

from fakes.client import RefusedError


class Cloudfront:
    """The calls of the service; `on_invalidation` hears which path patterns leave the edges."""

    def __init__(self, *distributions: Mapping[str, Any]) -> None:
        self.distributions = distributions
        self.invalidations: dict[str, tuple[str, tuple[str, ...]]] = {}
        self.on_invalidation: Callable[[tuple[str, ...]], None] = lambda _paths: None

    def ListDistributions(self, Marker: str = "0") -> dict[str, Any]:
        """One distribution a page, so that whoever reads only the first page sees somebody else's."""
        at = int(Marker)
        more = at + 1 < len(self.distributions)
        page = {"Marker": Marker, "MaxItems": 1, "IsTruncated": more, "Quantity": 1}
        items = {"Items": list(self.distributions[at : at + 1])}
        return {"DistributionList": {**page, **items, **({"NextMarker": str(at + 1)} if more else {})}}

    def CreateInvalidation(self, DistributionId: str, InvalidationBatch: Mapping[str, Any]) -> dict[str, Any]:
        if DistributionId not in [each["Id"] for each in self.distributions]:
            raise RefusedError("NoSuchDistribution", "The specified distribution does not exist.")
        paths, reference = InvalidationBatch["Paths"], InvalidationBatch["CallerReference"]
        items = tuple(paths["Items"])
        if paths["Quantity"] != len(items):
            raise RefusedError("InconsistentQuantities", "The quantity and the size of Items do not match.")
        if not all(path.startswith("/") and "*" not in path[:-1] for path in items):
            raise RefusedError(
                "InvalidArgument", "Your request contains one or more invalid invalidation paths."
            )
        if self.invalidations.get(reference, (DistributionId, items)) != (DistributionId, items):
            raise RefusedError(
                "InvalidationBatchAlreadyExists", "Invalidation batch specified already exists"
            )
        if reference not in self.invalidations:
            self.invalidations[reference] = (DistributionId, items)
            self.on_invalidation(items)
        return {"Invalidation": {"Id": reference, "Status": "InProgress"}}

    def GetInvalidation(self, DistributionId: str, Id: str) -> dict[str, Any]:
        if self.invalidations.get(Id, ("",))[0] != DistributionId:
            raise RefusedError("NoSuchInvalidation", "The specified invalidation does not exist.")
        return {"Invalidation": {"Id": Id, "Status": "Completed"}}


def distribution(identity: str, alias: str, *paths: str) -> dict[str, Any]:
    """A distribution as ListDistributions shows it."""
    return {
        "Id": identity,
        "DomainName": f"{identity.lower()}.cloudfront.net",
        "Aliases": {"Quantity": 1, "Items": [alias]},
        "DefaultCacheBehavior": {"TargetOriginId": "outreach-server"},
        "CacheBehaviors": {"Quantity": len(paths), "Items": [{"PathPattern": path} for path in paths]},
    }


def matches(pattern: str, path: str) -> bool:
    """Whether an invalidation's pattern takes `path` out; only its * is special."""
    return fnmatch.fnmatchcase(path, pattern.replace("[", "[[]").replace("?", "[?]"))
