"""What a distribution has only where the inventory asks for it: kept then, and as it is found elsewhere."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

import pytest

from fakes.client import Call, RefusedError, session
from fakes.distributions import KNOWN, SECRET, by_path, foreign, seen
from fakes.settings import SETTINGS
from outreach_ops.aws.session import Aws
from outreach_ops.errors import OpsError
from outreach_ops.provision.distribution import Distribution, SeenDistribution
from outreach_ops.provision.distribution_config import merged
from outreach_ops.provision.distribution_needs import LogBucket, SeenBucket, WebAcl
from outreach_ops.provision.parts import cloudfront_part
from outreach_ops.provision.security_headers import headers_policy
from outreach_ops.provision.step import KNOWN_LATER, MissingError, Resource
from outreach_ops.settings.cloudfront import AccessLogs, Behaviour, ErrorPage, SecurityHeaders

ACL = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/site/0a1b"
ERRORS = Behaviour("/errors/*", "assets", "static")
API = Behaviour("/api/*", "server", "none")
ASKED: dict[str, Any] = {
    "http_version": "http2and3",
    "web_acl": ACL,
    "access_logs": AccessLogs("made-up-logs", "outreach/"),
    "error_pages": (ErrorPage(503, "/errors/busy.html"), ErrorPage(404, "/errors/none.html", 200, 60)),
}
WITH_HEADERS = {**KNOWN, "headers_policy": "id-headers"}


def site(**cloudfront: Any) -> Distribution:
    own = dataclasses.replace(SETTINGS.cloudfront, **{"behaviours": (API, ERRORS), **cloudfront})
    return Distribution(dataclasses.replace(SETTINGS, cloudfront=own))


def made(distribution: Distribution) -> dict[str, Any]:
    return merged(None, distribution.wanted(WITH_HEADERS, SECRET), "reference")


def test_a_new_distribution_has_all_that_is_asked_for() -> None:
    config = made(site(**ASKED))
    assert (config["HttpVersion"], config["WebACLId"]) == ("http2and3", ACL)
    assert config["Logging"] == {
        "Enabled": True,
        "IncludeCookies": False,
        "Bucket": "made-up-logs.s3.amazonaws.com",
        "Prefix": "outreach/",
    }
    assert config["CustomErrorResponses"]["Items"] == [
        {
            "ErrorCode": 503,
            "ResponsePagePath": "/errors/busy.html",
            "ResponseCode": "503",
            "ErrorCachingMinTTL": 10,
        },
        {
            "ErrorCode": 404,
            "ResponsePagePath": "/errors/none.html",
            "ResponseCode": "200",
            "ErrorCachingMinTTL": 60,
        },
    ]
    for each in (config["DefaultCacheBehavior"], by_path(config, API.path), by_path(config, ERRORS.path)):
        assert each["ResponseHeadersPolicyId"] == "id-headers"


def test_what_is_not_asked_for_stays_as_somebody_made_it() -> None:
    found = foreign()
    theirs = {
        "WebACLId": ACL,
        "HttpVersion": "http2and3",
        "Logging": {
            "Enabled": True,
            "IncludeCookies": True,
            "Bucket": "theirs.s3.amazonaws.com",
            "Prefix": "",
        },
        "CustomErrorResponses": {"Quantity": 1, "Items": [{"ErrorCode": 404, "ErrorCachingMinTTL": 5}]},
    }
    found |= copy.deepcopy(theirs)
    found["DefaultCacheBehavior"]["ResponseHeadersPolicyId"] = "theirs"
    config = merged(found, site().wanted(KNOWN), "")
    assert {name: config[name] for name in theirs} == theirs
    assert config["DefaultCacheBehavior"]["ResponseHeadersPolicyId"] == "theirs"


def test_somebodys_error_pages_stay_beside_ours() -> None:
    found = made(site())
    theirs = {"ErrorCode": 500, "ErrorCachingMinTTL": 5}
    replaced = {"ErrorCode": 404, "ErrorCachingMinTTL": 5}
    found["CustomErrorResponses"] = {"Quantity": 2, "Items": [replaced, theirs]}
    now = merged(found, site(**ASKED).wanted(WITH_HEADERS), "")["CustomErrorResponses"]["Items"]
    assert [each["ErrorCode"] for each in now] == [404, 500, 503]
    assert (now[0]["ResponsePagePath"], now[1]) == ("/errors/none.html", theirs)


@pytest.mark.parametrize(
    ("block", "value"),
    [
        ("HttpVersion", "http2"),
        ("WebACLId", ""),
        ("Logging", {"Enabled": False, "IncludeCookies": False, "Bucket": "", "Prefix": ""}),
        ("CustomErrorResponses", {"Quantity": 0}),
    ],
)
def test_an_option_changed_by_hand_is_shown_and_put_right(block: str, value: Any) -> None:
    wanted = site(**ASKED)
    config = made(wanted)
    assert wanted.decide(seen(config), WITH_HEADERS) == ()
    config[block] = value
    (step,) = wanted.decide(seen(config), WITH_HEADERS)
    changed = [name for name, before in step.before.items() if before != step.after[name]]
    assert len(changed) == 1
    assert wanted.decide(seen(merged(config, wanted.wanted(WITH_HEADERS, SECRET), "")), WITH_HEADERS) == ()


def test_headers_that_were_taken_off_one_path_are_shown_and_put_back() -> None:
    config = made(site())
    del config["CacheBehaviors"]["Items"][0]["ResponseHeadersPolicyId"]
    (step,) = site().decide(seen(config), WITH_HEADERS)
    assert (step.before["behaviours"][0]["headers"], step.after["behaviours"][0]["headers"]) == (
        None,
        "the inventory's",
    )


@pytest.mark.parametrize("paths", [(API,), (API, Behaviour("/errors/*", "server", "none"))])
def test_an_error_page_that_no_path_brings_from_the_bucket_is_refused(paths: tuple[Behaviour, ...]) -> None:
    wanted = site(behaviours=paths, error_pages=(ErrorPage(503, "/errors/busy.html"),))
    with pytest.raises(OpsError, match="no path of the distribution brings /errors/busy") as refusal:
        wanted.decide(SeenDistribution(None, None, None), KNOWN)
    assert "{path: /errors/*, origin: assets, cache: static}" in refusal.value.fix


def test_a_page_that_a_builds_path_brings_is_taken() -> None:
    wanted = site(behaviours=(API,), error_pages=(ErrorPage(503, "/errors/busy.html"),))
    assert wanted.decide(seen(made(site())), KNOWN) != ()


def test_security_headers_bind_this_name_alone_and_yield_to_the_application() -> None:
    policy = headers_policy("outreach", SecurityHeaders(strict_transport_security=600, frame_options="DENY"))
    assert policy.content["SecurityHeadersConfig"] == {
        "StrictTransportSecurity": {
            "Override": False,
            "AccessControlMaxAgeSec": 600,
            "IncludeSubdomains": False,
            "Preload": False,
        },
        "FrameOptions": {"Override": False, "FrameOption": "DENY"},
    }
    (step,) = policy.decide({}, {})
    assert step.call == "cloudfront:CreateResponseHeadersPolicy"
    assert step.resource == f"response headers policy {policy.name}"


def test_other_headers_are_another_policy() -> None:
    one = headers_policy("outreach", SecurityHeaders(frame_options="DENY"))
    other = headers_policy("outreach", SecurityHeaders(frame_options="SAMEORIGIN"))
    assert one.name != other.name and one.prefix == other.prefix == "outreach-headers-"
    assert other.values({one.name: ("id-old", one.content)})["headers_policy"] == KNOWN_LATER


def test_only_what_is_asked_for_is_looked_at() -> None:
    def kinds(**asked: Any) -> set[type[Resource[Any]]]:
        own = dataclasses.replace(SETTINGS.cloudfront, **asked)
        return {type(each) for each in cloudfront_part(dataclasses.replace(SETTINGS, cloudfront=own))}

    assert kinds(**ASKED) - kinds() == {LogBucket, WebAcl}


@pytest.mark.parametrize(
    ("there", "said"),
    [
        (None, "does not exist"),
        (SeenBucket("us-east-1", "BucketOwnerEnforced"), "access lists switched off"),
        (SeenBucket("me-south-1", "ObjectWriter"), "no logs to me-south-1"),
    ],
)
def test_a_bucket_that_cloudfront_could_not_write_logs_to_is_refused(
    there: SeenBucket | None, said: str
) -> None:
    with pytest.raises(OpsError, match=said) as refusal:
        LogBucket("made-up-logs").decide(there, {})
    assert "ObjectOwnership" in refusal.value.fix or "--object-ownership" in refusal.value.fix


@pytest.mark.parametrize("there", [SeenBucket("us-east-1", None), SeenBucket("us-east-1", "ObjectWriter")])
def test_a_bucket_with_access_lists_is_taken(there: SeenBucket) -> None:
    assert LogBucket("made-up-logs").decide(there, {}) == ()


def answering(code: str) -> Aws:
    def answer(call: Call) -> dict[str, Any]:
        raise RefusedError(code, f"{call} was refused")

    return Aws("123456789012", "us-east-1", None, session(answer))


def test_what_may_not_be_looked_at_is_left_to_cloudfront() -> None:
    denied = answering("AccessDenied")
    for resource in (LogBucket("made-up-logs"), WebAcl(ACL)):
        assert resource.decide(resource.read(denied), {}) == ()


def test_a_web_acl_that_is_not_there_is_named() -> None:
    acl = WebAcl(ACL)
    with pytest.raises(MissingError, match="there is no web ACL arn:aws:wafv2"):
        acl.decide(acl.read(answering("WAFNonexistentItemException")), {})
