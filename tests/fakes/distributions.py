"""Distributions as AWS describes them, ours and somebody's, and the ids of what ours refer to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from outreach_ops.provision.distribution import SeenDistribution
from outreach_ops.provision.quantities import items, listed

KNOWN = {
    "certificate_arn": "arn:aws:acm:us-east-1:123456789012:certificate/one",
    "server_domain": "server.lambda-url.us-east-1.on.aws",
    "image_domain": "image.lambda-url.us-east-1.on.aws",
    "access_control": "E-OAC",
    "pages_policy": "id-pages",
    "pages_policies": ("id-pages", "id-pages-old"),
    "images_policy": "id-images",
    "images_policies": ("id-images",),
    "static_policy": "id-static",
    "none_policy": "id-none",
    "request_policy": "id-request",
}
SECRET = "planted-secret"


def seen(config: Mapping[str, Any], identity: str = "E1") -> SeenDistribution:
    """What provisioning reads of a distribution with `config`."""
    found = {"Id": identity, "ARN": "arn", "DomainName": "d1.cloudfront.net", "Status": "Deployed"}
    return SeenDistribution({**found, "DistributionConfig": config}, "etag-1", identity)


def by_path(config: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The one behaviour of `path`."""
    (found,) = (each for each in items(config["CacheBehaviors"]) if each["PathPattern"] == path)
    return dict(found)


def foreign() -> dict[str, Any]:
    """A distribution that somebody else made, with one of everything that is not ours."""
    return {
        "CallerReference": "theirs",
        "Comment": "theirs",
        "Enabled": True,
        "Aliases": listed(["old.example.com"]),
        "Origins": listed(
            [
                {
                    "Id": "theirs",
                    "DomainName": "theirs.example.com",
                    "CustomHeaders": listed([{"HeaderName": "x-secret", "HeaderValue": "planted"}]),
                }
            ]
        ),
        "DefaultCacheBehavior": {
            "TargetOriginId": "theirs",
            "ViewerProtocolPolicy": "allow-all",
            "ForwardedValues": {"QueryString": True, "Cookies": {"Forward": "all"}},
            "MinTTL": 0,
            "ResponseHeadersPolicyId": "theirs",
            "FunctionAssociations": listed([{"EventType": "viewer-response", "FunctionARN": "theirs"}]),
        },
        "CacheBehaviors": listed(
            [
                {
                    "PathPattern": "/outreach/*",
                    "TargetOriginId": "theirs",
                    "ViewerProtocolPolicy": "allow-all",
                    "ForwardedValues": {"QueryString": True, "Cookies": {"Forward": "all"}},
                }
            ]
        ),
        "HttpVersion": "http2and3",
        "WebACLId": "arn:theirs",
        "Logging": {"Enabled": True, "IncludeCookies": False, "Bucket": "logs", "Prefix": ""},
    }
