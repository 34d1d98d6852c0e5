"""How CloudFront caches pages and images, as the content of policies. Pure."""

from __future__ import annotations

from typing import Any

from outreach_ops.aws.cloudfront import CACHE
from outreach_ops.provision.policies import OwnPolicy


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


def pages_policy(project: str) -> OwnPolicy:
    """How pages are cached."""
    content = cache_key(PAGE_HEADERS, PREVIEW_COOKIES, LONGEST_PAGE)
    return OwnPolicy(CACHE, project, "pages", "Pages of Next.js: HTML and RSC kept apart", content)


def images_policy(project: str) -> OwnPolicy:
    """How optimised images are cached: the format depends on what the browser accepts."""
    content = cache_key(("Accept",), (), LONGEST_IMAGE)
    return OwnPolicy(CACHE, project, "images", "Optimised images by format", content)
