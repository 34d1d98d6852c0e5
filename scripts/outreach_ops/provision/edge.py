"""What a distribution refers to: access to the bucket, and cache policies."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from outreach_ops.aws import cloudfront
from outreach_ops.aws.session import Aws
from outreach_ops.provision.step import KNOWN_LATER, Act, MissingError, Resource, Step, Values, appear

MANAGED = {
    "static_policy": ("cache", "Managed-CachingOptimized"),
    "none_policy": ("cache", "Managed-CachingDisabled"),
    "request_policy": ("origin_request", "Managed-AllViewerExceptHostHeader"),
}
ACCESS = {"OriginAccessControlOriginType": "s3", "SigningBehavior": "always", "SigningProtocol": "sigv4"}


class ManagedPolicies(Resource[Mapping[str, str | None]]):
    """AWS's own policies by name; gives an id for each key of MANAGED."""

    def read(self, aws: Aws) -> Mapping[str, str | None]:
        ids = {kind: cloudfront.policies(aws, kind, "managed") for kind in ("cache", "origin_request")}
        return {key: ids[kind].get(name) for key, (kind, name) in MANAGED.items()}

    def decide(self, seen: Mapping[str, str | None], _known: Values) -> tuple[Step, ...]:
        for key, identity in seen.items():
            if identity is None:
                raise MissingError(
                    f"CloudFront has no policy {MANAGED[key][1]}", "check that this endpoint is CloudFront's"
                )
        return ()

    def values(self, seen: Mapping[str, str | None]) -> Values:
        return seen


Policy = tuple[str, Mapping[str, Any]]
"""A policy's id and configuration."""


@dataclasses.dataclass(frozen=True)
class CachePolicy(Resource[Mapping[str, Policy]]):
    """Named by purpose and content, so that a change makes a new one: other sites may use the old one.

    One that no longer has the content of its name was changed by hand, and gets that back.

    Gives `<purpose>_policy`, its id, and `<purpose>_policies`, the ids of all with that purpose.
    """

    project: str
    purpose: str
    comment: str
    content: Mapping[str, Any]

    @property
    def prefix(self) -> str:
        return f"{self.project}-{self.purpose}-"

    @property
    def name(self) -> str:
        text = json.dumps(self.content, sort_keys=True)
        return self.prefix + hashlib.sha256(text.encode()).hexdigest()[:8]

    def read(self, aws: Aws) -> Mapping[str, Policy]:
        found = cloudfront.own_cache_policies(aws)
        return {name: policy for name, policy in found.items() if name.startswith(self.prefix)}

    def decide(self, seen: Mapping[str, Policy], _known: Values) -> tuple[Step, ...]:
        resource = f"cache policy {self.name}"
        if self.name not in seen:
            after = {"name": self.name, **self.content}
            return (Step("cloudfront:CreateCachePolicy", resource, None, after),)
        _, config = seen[self.name]
        before = {key: config.get(key) for key in self.content}
        if plain(before) == plain(self.content):
            return ()
        return (Step("cloudfront:UpdateCachePolicy", resource, before, dict(self.content)),)

    def values(self, seen: Mapping[str, Policy]) -> Values:
        return {
            f"{self.purpose}_policy": seen[self.name][0] if self.name in seen else KNOWN_LATER,
            f"{self.purpose}_policies": tuple(identity for identity, _ in seen.values()),
        }

    def acts(self) -> Mapping[str, Act]:
        return {
            "cloudfront:CreateCachePolicy": self._create,
            "cloudfront:UpdateCachePolicy": self._restore,
        }

    def _restore(self, aws: Aws, _step: Step, seen: Mapping[str, Policy], _known: Values) -> None:
        api, identity = cloudfront.cloudfront(aws), seen[self.name][0]
        now = api.call("get_cache_policy", Id=identity)
        config = {**now["CachePolicy"]["CachePolicyConfig"], **self.content}
        api.call("update_cache_policy", Id=identity, IfMatch=now["ETag"], CachePolicyConfig=config)

    def _create(self, aws: Aws, step: Step, _seen: Any, _known: Values) -> None:
        config = {"Name": self.name, "Comment": self.comment, **self.content}
        # Its name is its content's: whoever made it meanwhile, another site's run for one, made the same.
        cloudfront.cloudfront(aws).find(
            "create_cache_policy", "CachePolicyAlreadyExists", CachePolicyConfig=config
        )
        appear(lambda: self.read(aws).get(self.name), step.resource)


@dataclasses.dataclass(frozen=True)
class AccessControl(Resource[Mapping[str, Any] | None]):
    """How CloudFront signs its requests to the bucket; gives `access_control`, its id."""

    name: str

    def read(self, aws: Aws) -> Mapping[str, Any] | None:
        return cloudfront.access_control(aws, self.name)

    def decide(self, seen: Mapping[str, Any] | None, _known: Values) -> tuple[Step, ...]:
        resource = f"origin access control {self.name}"
        if seen is None:
            return (Step("cloudfront:CreateOriginAccessControl", resource, None, dict(ACCESS)),)
        changed = {key: value for key, value in ACCESS.items() if seen.get(key) != value}
        if not changed:
            return ()
        before = {key: seen.get(key) for key in changed}
        return (Step("cloudfront:UpdateOriginAccessControl", resource, before, changed),)

    def values(self, seen: Mapping[str, Any] | None) -> Values:
        return {"access_control": KNOWN_LATER if seen is None else seen["Id"]}

    def acts(self) -> Mapping[str, Act]:
        return {
            "cloudfront:CreateOriginAccessControl": self._create,
            "cloudfront:UpdateOriginAccessControl": self._update,
        }

    def _create(self, aws: Aws, step: Step, _seen: Any, _known: Values) -> None:
        config = {"Name": self.name, "Description": "", **ACCESS}
        cloudfront.cloudfront(aws).call("create_origin_access_control", OriginAccessControlConfig=config)
        appear(lambda: self.read(aws), step.resource)

    def _update(self, aws: Aws, _step: Step, seen: Any, _known: Values) -> None:
        api = cloudfront.cloudfront(aws)
        now = api.call("get_origin_access_control", Id=seen["Id"])
        config = now["OriginAccessControl"]["OriginAccessControlConfig"] | ACCESS
        api.call(
            "update_origin_access_control",
            Id=seen["Id"],
            IfMatch=now["ETag"],
            OriginAccessControlConfig=config,
        )


def plain(content: Any) -> Any:
    """A policy's content as it compares: CloudFront keeps no order of names, and none in upper case."""
    if isinstance(content, Mapping):
        found = {key: plain(value) for key, value in content.items() if key != "Quantity"}
        return {key: value for key, value in found.items() if value != {}}
    if isinstance(content, list):
        return sorted(str(each).lower() for each in content)
    return content


def _whitelist(kind: str, names: tuple[str, ...]) -> dict[str, Any]:
    behaviour = "CookieBehavior" if kind == "Cookies" else "HeaderBehavior"
    if not names:
        return {behaviour: "none"}
    return {behaviour: "whitelist", kind: {"Quantity": len(names), "Items": list(names)}}


def cache_key(headers: tuple[str, ...], cookies: tuple[str, ...], longest: int) -> dict[str, Any]:
    """A cache policy's content: these and the query count; the origin says how long, to `longest` seconds."""
    return {
        "MinTTL": 0,
        "DefaultTTL": 0,
        "MaxTTL": longest,
        "ParametersInCacheKeyAndForwardedToOrigin": {
            "EnableAcceptEncodingGzip": True,
            "EnableAcceptEncodingBrotli": True,
            "HeadersConfig": _whitelist("Headers", headers),
            "CookiesConfig": _whitelist("Cookies", cookies),
            "QueryStringsConfig": {"QueryStringBehavior": "all"},
        },
    }


# CloudFront ignores Vary: what changes a page's bytes must be in the key, or RSC answers HTML requests.
PAGE_HEADERS = (
    "RSC",
    "Next-Router-State-Tree",
    "Next-Router-Prefetch",
    "Next-Url",
    # Without it the revalidation's own request is answered from the cache, and pages never change.
    "x-prerender-revalidate",
    "x-forwarded-host",
)
PREVIEW_COOKIES = ("__prerender_bypass",)
# Static pages say s-maxage=31536000. Should one of the old release be fetched after a release's
# invalidation, it is gone within the hour, for one more request an hour and page at each edge.
LONGEST_PAGE = 3600
LONGEST_IMAGE = 31536000


def pages_policy(project: str) -> CachePolicy:
    """How pages are cached."""
    content = cache_key(PAGE_HEADERS, PREVIEW_COOKIES, LONGEST_PAGE)
    return CachePolicy(project, "pages", "Pages of Next.js: HTML and RSC kept apart", content)


def images_policy(project: str) -> CachePolicy:
    """How optimised images are cached: the format depends on what the browser accepts."""
    return CachePolicy(
        project, "images", "Optimised images by format", cache_key(("Accept",), (), LONGEST_IMAGE)
    )
