"""CloudFront's reading calls that botocore has no paginator for, and how a site's distribution is found."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from outreach_ops.aws.api import Api
from outreach_ops.aws.session import Aws
from outreach_ops.settings.agree import covers


def cloudfront(aws: Aws) -> Api:
    """CloudFront's calls; it has one home whatever the site's region."""
    return aws.api("cloudfront", "us-east-1")


@dataclasses.dataclass(frozen=True)
class PolicyKind:
    """A kind of policy as boto3's calls, AWS's answers and people name it."""

    name: str
    plural: str
    shape: str
    words: str

    @property
    def config(self) -> str:
        """What a policy's configuration is called."""
        return f"{self.shape}Config"


CACHE = PolicyKind("cache_policy", "cache_policies", "CachePolicy", "cache policy")
ORIGIN_REQUEST = PolicyKind(
    "origin_request_policy", "origin_request_policies", "OriginRequestPolicy", "origin request policy"
)
HEADERS = PolicyKind(
    "response_headers_policy", "response_headers_policies", "ResponseHeadersPolicy", "response headers policy"
)


def policies(aws: Aws, kind: PolicyKind, owner: str) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """The id and the configuration of each policy of a kind that is `managed` or `custom`, by name."""
    listing = _listing(aws, f"list_{kind.plural}", f"{kind.shape}List", Type=owner)
    found = [each[kind.shape] for each in listing]
    return {each[kind.config]["Name"]: (each["Id"], each[kind.config]) for each in found}


def access_control(aws: Aws, name: str) -> Mapping[str, Any] | None:
    """The origin access control `name`, or None."""
    found = cloudfront(aws).pages("list_origin_access_controls", "OriginAccessControlList.Items")
    return next((each for each in found if each["Name"] == name), None)


def function_code(aws: Aws, name: str, stage: str) -> bytes | None:
    """The code of a CloudFront Function at the stage DEVELOPMENT or LIVE, or None when it has none."""
    found = cloudfront(aws).find("get_function", "NoSuchFunctionExists", Name=name, Stage=stage)
    return None if found is None else found["FunctionCode"].read()


def function_etag(aws: Aws, name: str) -> str:
    """The ETag that changing or publishing the function `name` takes."""
    answer = cloudfront(aws).call("describe_function", Name=name, Stage="DEVELOPMENT")
    return str(answer["ETag"])


def distributions(aws: Aws) -> Iterator[Mapping[str, Any]]:
    """The summaries of all distributions of the account."""
    return cloudfront(aws).pages("list_distributions", "DistributionList.Items")


def holder(aws: Aws, domain: str) -> Mapping[str, Any] | None:
    """The summary of the distribution that carries `domain` as an alternate name, or None."""
    for each in distributions(aws):
        if domain in (each.get("Aliases") or {}).get("Items", ()):
            return each
    return None


def nameless(aws: Aws, host: str, domain: str) -> str | None:
    """The id of the distribution whose own name is `host`, when it has no other that covers `domain`."""
    for each in distributions(aws):
        if each["DomainName"].lower() == host:
            names = (each.get("Aliases") or {}).get("Items", ())
            return None if any(covers(name, domain) for name in names) else each["Id"]
    return None


def distribution(aws: Aws, identity: str) -> Mapping[str, Any] | None:
    """The `Distribution` with its configuration, and its `ETag`, or None."""
    return cloudfront(aws).find("get_distribution", "NoSuchDistribution", Id=identity)


def cache_policy(aws: Aws, identity: str | None) -> Mapping[str, Any]:
    """The configuration of a cache policy; nothing for a behaviour that has none, or an unknown one."""
    found = None
    if identity is not None:
        found = cloudfront(aws).find("get_cache_policy", "NoSuchCachePolicy", Id=identity)
    return {} if found is None else found["CachePolicy"]["CachePolicyConfig"]


def origin_request_policy(aws: Aws, identity: str | None) -> Mapping[str, Any]:
    """The configuration of an origin request policy; nothing for none, or an unknown one."""
    found = None
    if identity is not None:
        found = cloudfront(aws).find("get_origin_request_policy", "NoSuchOriginRequestPolicy", Id=identity)
    return {} if found is None else found["OriginRequestPolicy"]["OriginRequestPolicyConfig"]


def identify(aws: Aws, identity: str, domain: str) -> str | None:
    """`identity` when the inventory names one, else the id of the distribution that carries `domain`."""
    return identity or find(aws, "", domain, "Id")


def find(aws: Aws, identity: str, domain: str, attribute: str) -> str | None:
    """`attribute` (ARN, ...) of the distribution `identity`, else of the one that carries `domain`."""
    if not identity:
        carrier = holder(aws, domain)
        return None if carrier is None else carrier[attribute]
    found = distribution(aws, identity)
    return None if found is None else found["Distribution"][attribute]


def _listing(aws: Aws, operation: str, key: str, **params: Any) -> Iterator[dict[str, Any]]:
    while True:
        page = cloudfront(aws).call(operation, **params)[key]
        yield from page.get("Items") or ()
        if not page.get("NextMarker"):
            return
        params["Marker"] = page["NextMarker"]
