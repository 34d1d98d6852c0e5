"""CloudFront, as far as a release asks: distributions, which reach their edges late, and invalidations."""

from __future__ import annotations

import copy
import dataclasses
import fnmatch
from collections.abc import Callable, Mapping
from typing import Any

from fakes.client import RefusedError
from outreach_ops.variables.origin import HEADER


@dataclasses.dataclass
class Distribution:
    """One distribution; while a change is on its way, some edges still work with the configuration before."""

    identity: str
    edges: list[dict[str, Any]]
    revision: int = 1

    @property
    def config(self) -> dict[str, Any]:
        """The configuration as it was last written."""
        return self.edges[-1]

    @property
    def status(self) -> str:
        return "Deployed" if len(self.edges) == 1 else "InProgress"

    @property
    def summary(self) -> dict[str, Any]:
        """As ListDistributions shows it."""
        known = {"Id": self.identity, "DomainName": f"{self.identity.lower()}.cloudfront.net"}
        shown = ("Aliases", "Origins", "CacheBehaviors", "DefaultCacheBehavior")
        return {**known, "Status": self.status, **{name: self.config[name] for name in shown}}

    def sent(self, origin: str) -> list[dict[str, str]]:
        """The headers of its own that each edge sends to an origin."""
        found = [each for config in self.edges for each in config["Origins"]["Items"] if each["Id"] == origin]
        return [
            {header["HeaderName"]: header["HeaderValue"] for header in each["CustomHeaders"].get("Items", ())}
            for each in found
        ]


class Cloudfront:
    """The calls of the service; `on_invalidation` hears which path patterns leave the edges."""

    def __init__(self, *distributions: Distribution) -> None:
        self.distributions = distributions
        self.page = 1
        self.slow: set[str] = set()
        """Invalidations that never end."""
        self.invalidations: dict[str, tuple[str, tuple[str, ...]]] = {}
        self.on_invalidation: Callable[[tuple[str, ...]], None] = lambda _paths: None

    def ListDistributions(self, Marker: str = "0") -> dict[str, Any]:
        """One distribution a page, so that whoever reads only the first page sees somebody else's."""
        at, end = int(Marker), int(Marker) + self.page
        more = end < len(self.distributions)
        items = [each.summary for each in self.distributions[at:end]]
        page = {"Marker": Marker, "MaxItems": self.page, "IsTruncated": more, "Quantity": len(items)}
        next_one = {"NextMarker": str(end)} if more else {}
        return {"DistributionList": {**page, "Items": items, **next_one}}

    def GetDistribution(self, Id: str) -> dict[str, Any]:
        """Whoever looks has waited: a change has reached every edge then, and not before."""
        found = self.distribution(Id)
        del found.edges[:-1]
        shown = {"Id": Id, "Status": found.status, "DistributionConfig": copy.deepcopy(found.config)}
        return {"Distribution": shown, "ETag": str(found.revision)}

    def UpdateDistribution(
        self, Id: str, IfMatch: str, DistributionConfig: Mapping[str, Any]
    ) -> dict[str, Any]:
        found = self.distribution(Id)
        if IfMatch != str(found.revision):
            raise RefusedError(
                "PreconditionFailed", "The request failed because it didn't meet the preconditions."
            )
        found.edges.append(copy.deepcopy(dict(DistributionConfig)))
        found.revision += 1
        return {"Distribution": {"Id": Id, "Status": found.status}, "ETag": str(found.revision)}

    def distribution(self, identity: str) -> Distribution:
        """The distribution with an id."""
        found = next((each for each in self.distributions if each.identity == identity), None)
        if found is None:
            raise RefusedError("NoSuchDistribution", "The specified distribution does not exist.")
        return found

    def CreateInvalidation(self, DistributionId: str, InvalidationBatch: Mapping[str, Any]) -> dict[str, Any]:
        self.distribution(DistributionId)
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
        return {"Invalidation": {"Id": Id, "Status": "InProgress" if Id in self.slow else "Completed"}}


def distribution(identity: str, alias: str, *paths: str, secret: str = "") -> Distribution:
    """A distribution as provisioning leaves it, with the secret that it sends to the functions."""
    sent = [{"HeaderName": HEADER, "HeaderValue": secret}] if secret else []
    origins = [
        {
            "Id": f"outreach-{each}",
            "DomainName": f"{each}.example.com",
            "CustomHeaders": {"Quantity": len(sent), "Items": sent} if each != "assets" else {"Quantity": 0},
        }
        for each in ("server", "image", "assets")
    ]
    config = {
        "CallerReference": identity,
        "Comment": "",
        "Enabled": True,
        "DefaultCacheBehavior": {"TargetOriginId": "outreach-server", "ViewerProtocolPolicy": "https-only"},
        "Aliases": {"Quantity": 1, "Items": [alias]},
        "Origins": {"Quantity": len(origins), "Items": origins},
        "CacheBehaviors": {"Quantity": len(paths), "Items": [_behaviour(path) for path in paths]},
    }
    return Distribution(identity, [config])


def _behaviour(path: str) -> dict[str, str]:
    return {"PathPattern": path, "TargetOriginId": "outreach-server", "ViewerProtocolPolicy": "https-only"}


def matches(pattern: str, path: str) -> bool:
    """Whether an invalidation's pattern takes `path` out; only its * is special."""
    return fnmatch.fnmatchcase(path, pattern.replace("[", "[[]").replace("?", "[?]"))
