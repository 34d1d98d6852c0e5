from __future__ import annotations

import copy
import dataclasses
from typing import Any

import pytest
from botocore.exceptions import ClientError

from outreach_ops.aws.session import Aws
from outreach_ops.errors import OpsError
from outreach_ops.provision.access_control import ACCESS, AccessControl
from outreach_ops.provision.cache_policies import images_policy, pages_policy
from outreach_ops.provision.host_function import HostFunction, SeenCode
from outreach_ops.provision.policies import ManagedPolicies
from outreach_ops.provision.step import KNOWN_LATER, converge

PAGES = pages_policy("outreach")


def test_pages_are_kept_apart_by_everything_that_next_varies_on() -> None:
    key = PAGES.content["ParametersInCacheKeyAndForwardedToOrigin"]
    assert key["HeadersConfig"]["Headers"]["Items"] == [
        "RSC",
        "Next-Router-State-Tree",
        "Next-Router-Prefetch",
        "Next-Url",
        "x-prerender-revalidate",
        "x-forwarded-host",
    ]
    assert key["CookiesConfig"]["Cookies"]["Items"] == ["__prerender_bypass"]
    assert key["QueryStringsConfig"] == {"QueryStringBehavior": "all"}
    assert key["EnableAcceptEncodingGzip"] and key["EnableAcceptEncodingBrotli"]
    assert (PAGES.content["MinTTL"], PAGES.content["DefaultTTL"]) == (0, 0)
    assert 0 < PAGES.content["MaxTTL"] <= 86400


def test_images_are_kept_apart_by_format() -> None:
    key = images_policy("outreach").content["ParametersInCacheKeyAndForwardedToOrigin"]
    assert key["HeadersConfig"]["Headers"]["Items"] == ["Accept"]
    assert key["CookiesConfig"] == {"CookieBehavior": "none"}


def test_another_content_is_another_policy_and_the_old_one_stays() -> None:
    changed = dataclasses.replace(PAGES, content={**PAGES.content, "MaxTTL": 60})
    assert changed.name != PAGES.name
    assert changed.prefix == "outreach-pages-" and len(changed.name) == len("outreach-pages-") + 8
    old = {PAGES.name: ("id-old", PAGES.content)}
    assert [step.call for step in changed.decide(old, {})] == ["cloudfront:CreateCachePolicy"]
    assert changed.values(old) == {"pages_policy": KNOWN_LATER, "pages_policies": ("id-old",)}


def test_a_policy_that_exists_needs_nothing() -> None:
    there = {PAGES.name: ("id", PAGES.content)}
    assert PAGES.decide(there, {}) == ()
    assert PAGES.values(there)["pages_policy"] == "id"


def test_a_policy_in_cloudfronts_own_words_needs_nothing() -> None:
    answered = copy.deepcopy(dict(images_policy("outreach").content))
    key = answered["ParametersInCacheKeyAndForwardedToOrigin"]
    key["HeadersConfig"]["Headers"]["Items"] = ["accept"]
    key["CookiesConfig"]["Cookies"] = {"Quantity": 0}
    images = images_policy("outreach")
    assert images.decide({images.name: ("id", {"Name": images.name, **answered})}, {}) == ()


def test_a_policy_that_was_changed_by_hand_gets_the_content_of_its_name_back() -> None:
    (step,) = PAGES.decide({PAGES.name: ("id", {**PAGES.content, "MaxTTL": 31536000})}, {})
    assert (step.call, step.before) == ("cloudfront:UpdateCachePolicy", {"MaxTTL": 31536000})
    assert step.after == {"MaxTTL": PAGES.content["MaxTTL"]}


def test_a_change_by_hand_is_shown_without_what_cloudfront_only_words_in_another_way() -> None:
    answered = copy.deepcopy(dict(PAGES.content))
    key = answered["ParametersInCacheKeyAndForwardedToOrigin"]
    key["QueryStringsConfig"]["QueryStrings"] = {"Quantity": 0}
    key["HeadersConfig"]["Headers"]["Items"].reverse()
    key["EnableAcceptEncodingGzip"] = False
    (step,) = PAGES.decide({PAGES.name: ("id", answered)}, {})
    assert step.before == {"ParametersInCacheKeyAndForwardedToOrigin": {"EnableAcceptEncodingGzip": False}}
    assert step.after == {"ParametersInCacheKeyAndForwardedToOrigin": {"EnableAcceptEncodingGzip": True}}


class Shared:
    """CloudFront, where another site's run makes the same policy just before ours."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []

    def client(self, _service: str, **_options: Any) -> Shared:
        return self

    def create_cache_policy(self, CachePolicyConfig: dict[str, Any]) -> None:
        self.items = [{"CachePolicy": {"Id": "theirs", "CachePolicyConfig": CachePolicyConfig}}]
        error = {"Error": {"Code": "CachePolicyAlreadyExists", "Message": "it does"}}
        raise ClientError(error, "CreateCachePolicy")

    def list_cache_policies(self, **_: Any) -> dict[str, Any]:
        return {"CachePolicyList": {"Items": self.items, "Quantity": len(self.items)}}

    def get_paginator(self, _operation: str) -> Shared:
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return [self.list_cache_policies()]


def test_a_policy_that_another_site_makes_at_the_same_time_is_used() -> None:
    aws = Aws("123456789012", "us-east-1", None, Shared())
    assert converge(aws, [PAGES], check=False).values["pages_policy"] == "theirs"


def test_a_missing_managed_policy_is_named() -> None:
    with pytest.raises(OpsError, match="Managed-CachingDisabled"):
        ManagedPolicies().decide({"static_policy": "a", "none_policy": None, "request_policy": "c"}, {})


CONTROL = AccessControl("oac")


def test_access_to_the_bucket_is_made_kept_and_put_right() -> None:
    assert [step.call for step in CONTROL.decide(None, {})] == ["cloudfront:CreateOriginAccessControl"]
    assert CONTROL.decide({"Id": "E1", **ACCESS}, {}) == ()
    (step,) = CONTROL.decide({"Id": "E1", **ACCESS, "SigningBehavior": "never"}, {})
    assert (step.call, step.before) == ("cloudfront:UpdateOriginAccessControl", {"SigningBehavior": "never"})


HOST = HostFunction("host", ("Parent.example.com",))


@pytest.mark.parametrize(
    ("seen", "calls"),
    [
        (SeenCode(None, None), ["cloudfront:CreateFunction", "cloudfront:PublishFunction"]),
        (SeenCode(b"old", b"old"), ["cloudfront:UpdateFunction", "cloudfront:PublishFunction"]),
        (SeenCode(HOST.code, b"old"), ["cloudfront:PublishFunction"]),
        (SeenCode(HOST.code, None), ["cloudfront:PublishFunction"]),
        (SeenCode(b"being tried by hand", HOST.code), ["cloudfront:UpdateFunction"]),
        (SeenCode(HOST.code, HOST.code), []),
    ],
)
def test_the_host_function_is_written_and_published_only_where_it_differs(
    seen: SeenCode, calls: list[str]
) -> None:
    assert [step.call for step in HOST.decide(seen, {})] == calls


def test_the_allow_list_is_in_the_code_in_lower_case() -> None:
    assert b'var trusted = ["parent.example.com"];' in HOST.code
