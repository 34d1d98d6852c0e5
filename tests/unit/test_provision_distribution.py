from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from fakes.client import Call, RefusedError, session
from fakes.distributions import KNOWN, SECRET, by_path, foreign, seen
from fakes.settings import SETTINGS
from outreach_ops.aws.session import Aws
from outreach_ops.errors import OpsError
from outreach_ops.provision.distribution import Distribution, SeenDistribution
from outreach_ops.provision.distribution_config import merged
from outreach_ops.provision.quantities import items, listed
from outreach_ops.provision.step import KNOWN_LATER, Step
from outreach_ops.settings.cloudfront import Behaviour

UNKNOWN = {name: KNOWN_LATER if isinstance(value, str) else () for name, value in KNOWN.items()}
API = Behaviour("/outreach/api/*", "server", "none")
STATIC = Behaviour("/outreach-static/*", "assets", "static")
IMAGE = Behaviour("/outreach/_next/image*", "image", "images")
NEXT = Behaviour("/outreach/_next/*", "assets", "static")


def site(*artifact: Behaviour, **cloudfront: Any) -> Distribution:
    own = dataclasses.replace(
        SETTINGS.cloudfront, behaviours=(API, STATIC), artifact_behaviours=artifact, **cloudfront
    )
    return Distribution(dataclasses.replace(SETTINGS, cloudfront=own))


def made(distribution: Distribution) -> dict[str, Any]:
    return merged(None, distribution.wanted(KNOWN, SECRET), "reference")


def paths(config: Mapping[str, Any]) -> list[str]:
    return [each["PathPattern"] for each in items(config["CacheBehaviors"])]


def test_a_new_distribution_is_what_the_inventory_says() -> None:
    config = made(site(IMAGE, NEXT))
    assert config["Aliases"]["Items"] == ["outreach.example.com"]
    assert config["ViewerCertificate"]["SSLSupportMethod"] == "sni-only"
    assert (config["HttpVersion"], config["IsIPV6Enabled"]) == ("http2", True)
    assert paths(config) == [API.path, STATIC.path, IMAGE.path, NEXT.path]
    default = config["DefaultCacheBehavior"]
    assert default["TargetOriginId"] == "outreach-server"
    assert default["CachePolicyId"] == "id-pages"
    assert default["AllowedMethods"]["Quantity"] == 7
    assert default["FunctionAssociations"]["Items"][0]["FunctionARN"].endswith(":function/made-up-host")
    assert "PathPattern" not in default


def test_every_behaviour_compresses_and_turns_http_into_https() -> None:
    config = made(site(IMAGE, NEXT))
    for behaviour in (config["DefaultCacheBehavior"], *items(config["CacheBehaviors"])):
        assert behaviour["Compress"] is True
        assert behaviour["ViewerProtocolPolicy"] == "redirect-to-https"


def test_the_host_header_reaches_no_function_and_no_header_reaches_the_bucket() -> None:
    config = made(site(IMAGE, NEXT))
    assert by_path(config, API.path)["OriginRequestPolicyId"] == "id-request"
    assert by_path(config, IMAGE.path)["OriginRequestPolicyId"] == "id-request"
    assert "OriginRequestPolicyId" not in by_path(config, NEXT.path)


def test_origins_are_the_functions_over_https_and_the_bucket_through_its_access_control() -> None:
    origins = {each["Id"]: each for each in items(made(site())["Origins"])}
    assert origins["outreach-server"]["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    assets = origins["outreach-assets"]
    assert assets["DomainName"] == "made-up-assets.s3.us-east-1.amazonaws.com"
    assert (assets["OriginPath"], assets["OriginAccessControlId"]) == ("/_assets", "E-OAC")
    assert assets["S3OriginConfig"] == {"OriginAccessIdentity": ""}


def test_cloudfront_waits_as_long_as_the_function_may_take() -> None:
    slow = dataclasses.replace(SETTINGS.lambda_, server_timeout=60, image_timeout=900)
    wanted = Distribution(dataclasses.replace(SETTINGS, lambda_=slow)).wanted(KNOWN)
    assert wanted.timeouts == {"server": 60, "image": 120}


def test_creation_is_predicted_before_anything_exists() -> None:
    (step,) = site().decide(SeenDistribution(None, None, None), UNKNOWN)
    assert step.call == "cloudfront:CreateDistribution"
    assert step.after["origins"]["outreach-server"]["domain"] == KNOWN_LATER
    assert site().values(SeenDistribution(None, None, None))["distribution_arn"] == KNOWN_LATER


def test_a_distribution_as_wanted_needs_nothing() -> None:
    assert site(NEXT).decide(seen(made(site(NEXT))), KNOWN) == ()


def as_aws_answers(config: dict[str, Any]) -> dict[str, Any]:
    """The same configuration with what AWS adds, leaves out and reorders."""
    found = copy.deepcopy(config)
    found["HttpVersion"] = "HTTP2"
    found["ViewerCertificate"] |= {"Certificate": KNOWN["certificate_arn"], "CertificateSource": "acm"}
    found["CustomErrorResponses"] = {"Quantity": 0, "Items": []}
    for behaviour in (found["DefaultCacheBehavior"], *found["CacheBehaviors"]["Items"]):
        behaviour["AllowedMethods"]["Items"].reverse()
        behaviour["GrpcConfig"] = {"Enabled": False}
        behaviour.setdefault("OriginRequestPolicyId", "")
    return found


def test_what_aws_adds_and_reorders_is_no_difference() -> None:
    assert site(NEXT).decide(seen(as_aws_answers(made(site(NEXT)))), KNOWN) == ()


def change(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def apply(config: dict[str, Any]) -> None:
        *parents, last = path.split("/")
        for name in parents:
            config = config[int(name)] if name.isdigit() else config[name]
        config[last] = value

    return apply


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Enabled", False),
        ("PriceClass", "PriceClass_All"),
        ("HttpVersion", "http1.1"),
        ("IsIPV6Enabled", False),
        ("Aliases", {"Quantity": 0}),
        ("ViewerCertificate/MinimumProtocolVersion", "TLSv1"),
        ("ViewerCertificate/ACMCertificateArn", "arn:other"),
        ("DefaultCacheBehavior/Compress", False),
        ("DefaultCacheBehavior/CachePolicyId", "id-static"),
        ("DefaultCacheBehavior/TargetOriginId", "outreach-image"),
        ("DefaultCacheBehavior/ViewerProtocolPolicy", "allow-all"),
        ("DefaultCacheBehavior/OriginRequestPolicyId", "id-all-viewer"),
        ("DefaultCacheBehavior/FunctionAssociations", {"Quantity": 0}),
        ("DefaultCacheBehavior/AllowedMethods", {"Quantity": 2, "Items": ["GET", "HEAD"]}),
        ("CacheBehaviors/Items/0/Compress", False),
        ("CacheBehaviors/Items/0/CachePolicyId", "id-pages"),
        ("Origins/Items/0/DomainName", "other.on.aws"),
        ("Origins/Items/0/CustomOriginConfig/OriginProtocolPolicy", "http-only"),
        ("Origins/Items/0/CustomOriginConfig/OriginReadTimeout", 5),
        ("Origins/Items/2/OriginPath", ""),
        ("Origins/Items/2/OriginAccessControlId", ""),
    ],
)
def test_each_setting_changed_by_hand_is_seen_and_put_right(path: str, value: Any) -> None:
    config = made(site())
    change(path, value)(config)
    (step,) = site().decide(seen(config), KNOWN)
    assert step.call == "cloudfront:UpdateDistribution"
    put_right = merged(config, site().wanted(KNOWN), "")
    assert site().decide(seen(put_right), KNOWN) == ()


def test_a_wrong_order_is_put_right() -> None:
    config = made(site(IMAGE, NEXT))
    config["CacheBehaviors"]["Items"].reverse()
    assert site(IMAGE, NEXT).decide(seen(config), KNOWN) != ()
    order = paths(merged(config, site(IMAGE, NEXT).wanted(KNOWN), ""))
    assert order.index(IMAGE.path) < order.index(NEXT.path)


def test_settings_that_are_not_ours_stay() -> None:
    before = foreign()
    after = merged(before, site(NEXT).wanted(KNOWN), "")
    assert before == foreign()
    for name in ("CallerReference", "Comment", "WebACLId", "Logging", "HttpVersion"):
        assert after[name] == before[name]
    assert sorted(after["Aliases"]["Items"]) == ["old.example.com", "outreach.example.com"]
    assert after["Origins"]["Items"][0] == before["Origins"]["Items"][0]
    assert by_path(after, "/outreach/*") == before["CacheBehaviors"]["Items"][0]
    default = after["DefaultCacheBehavior"]
    assert default["ResponseHeadersPolicyId"] == "theirs"
    assert [each["EventType"] for each in default["FunctionAssociations"]["Items"]] == [
        "viewer-response",
        "viewer-request",
    ]


def test_a_behaviour_gets_a_policy_or_the_older_settings_never_both() -> None:
    default = merged(foreign(), site().wanted(KNOWN), "")["DefaultCacheBehavior"]
    assert default["CachePolicyId"] == "id-pages"
    assert not {"ForwardedValues", "MinTTL"} & set(default)


def test_ours_go_before_a_foreign_path_that_would_hide_them() -> None:
    after = merged(foreign(), site(NEXT).wanted(KNOWN), "")
    assert paths(after) == [API.path, NEXT.path, "/outreach/*", STATIC.path]


def test_no_header_value_is_in_a_step() -> None:
    (step,) = site(NEXT).decide(seen(foreign()), KNOWN)
    assert "planted" not in repr(step)


def of_functions(config: Mapping[str, Any]) -> list[dict[str, str]]:
    """The headers that each function is sent."""
    origins = [each for each in items(config["Origins"]) if "CustomOriginConfig" in each]
    return [
        {header["HeaderName"]: header["HeaderValue"] for header in items(each.get("CustomHeaders"))}
        for each in origins
        if each["Id"].startswith("outreach-")
    ]


def send(config: dict[str, Any], origin: int, *headers: tuple[str, str]) -> None:
    """Changes by hand what an origin is sent."""
    sent = [{"HeaderName": name, "HeaderValue": value} for name, value in headers]
    config["Origins"]["Items"][origin]["CustomHeaders"] = listed(sent)


class Account:
    """CloudFront with one distribution, and functions that accept these secrets."""

    def __init__(self, config: dict[str, Any], accepted: str = "") -> None:
        self.config, self.accepted = config, accepted

    def __call__(self, call: Call) -> Mapping[str, Any]:
        match call.operation:
            case "ListDistributions":
                summary = {"Id": "E1", "Aliases": self.config["Aliases"]}
                return {"DistributionList": {"Items": [summary], "Quantity": 1, "IsTruncated": False}}
            case "GetDistribution":
                found = {"Id": "E1", "Status": "Deployed", "DistributionConfig": copy.deepcopy(self.config)}
                return {"Distribution": found, "ETag": "1"}
            case "GetFunctionConfiguration":
                assert call.params["Qualifier"] == "live"
                return {
                    "Environment": {"Variables": {"ORIGIN_SECRET": self.accepted} if self.accepted else {}}
                }
            case "UpdateDistribution":
                self.config = copy.deepcopy(dict(call.params["DistributionConfig"]))
                return {}
        raise AssertionError(call)

    def provision(self, distribution: Distribution) -> tuple[Step, ...]:
        """The steps that were made; a second run makes none."""
        aws = Aws("123456789012", "us-east-1", None, session(self))
        found = distribution.read(aws)
        steps = distribution.decide(found, KNOWN)
        for step in steps:
            distribution.acts()[step.call](aws, step, found, KNOWN)
        assert distribution.decide(distribution.read(aws), KNOWN) == ()
        return steps


def test_a_secret_is_made_for_both_functions_and_shown_nowhere() -> None:
    account = Account(merged(None, site().wanted(KNOWN), "reference"))
    (step,) = account.provision(site())
    one, other = of_functions(account.config)
    assert one == other and len(one["x-origin-secret"]) == 64
    assert one["x-origin-secret"] not in repr(step)
    assert step.before["origins"]["outreach-server"]["secret_header"] == "not sent"
    assert step.after["origins"]["outreach-server"]["secret_header"] == "sent"
    assert "CustomHeaders" not in (account.config["Origins"]["Items"][2]) or not items(
        account.config["Origins"]["Items"][2]["CustomHeaders"]
    )


@pytest.mark.parametrize("origin", [0, 1])
@pytest.mark.parametrize("by_hand", [(), (("x-origin-secret", "by-hand"),)])
def test_a_header_that_live_does_not_accept_is_put_right(
    origin: int, by_hand: tuple[tuple[str, str], ...]
) -> None:
    account = Account(made(site()), accepted=SECRET)
    send(account.config, origin, *by_hand)
    (step,) = account.provision(site())
    assert of_functions(account.config) == [{"x-origin-secret": SECRET}] * 2
    assert SECRET not in repr(step) and "by-hand" not in repr(step)


@pytest.mark.parametrize("sent", ["old", "new"])
def test_a_rotation_that_is_under_way_is_left_alone(sent: str) -> None:
    config = merged(None, site().wanted(KNOWN, sent), "reference")
    assert Account(config, accepted="old,new").provision(site()) == ()


def test_headers_of_others_stay_beside_the_secret() -> None:
    account = Account(merged(None, site().wanted(KNOWN), "reference"), accepted=SECRET)
    send(account.config, 0, ("x-theirs", "theirs"))
    account.provision(site())
    assert of_functions(account.config)[0] == {"x-theirs": "theirs", "x-origin-secret": SECRET}


def test_without_protection_no_header_is_touched() -> None:
    account = Account(merged(None, site().wanted(KNOWN), "reference"))
    send(account.config, 0, ("x-origin-secret", "theirs"))
    assert account.provision(site(origin_protection="none")) == ()


def test_what_an_earlier_build_needed_stays_when_no_list_has_it() -> None:
    config = made(site(IMAGE, NEXT))
    assert site().decide(seen(config), KNOWN) == ()


def test_what_an_earlier_build_needed_follows_a_replaced_policy() -> None:
    config = made(site(Behaviour("/outreach/old", "server", "pages")))
    change("CacheBehaviors/Items/2/CachePolicyId", "id-pages-old")(config)
    after = merged(config, site().wanted(KNOWN), "")
    assert by_path(after, "/outreach/old")["CachePolicyId"] == "id-pages"


def test_a_domain_that_another_distribution_holds_is_refused() -> None:
    found = dataclasses.replace(seen(made(site()), "E1"), holder="E2")
    with pytest.raises(OpsError, match="belongs to the distribution E2, not to E1"):
        site(distribution_id="E1").decide(found, KNOWN)


def test_a_configured_distribution_that_is_not_there_is_not_replaced_by_a_new_one() -> None:
    with pytest.raises(OpsError, match="there is no distribution E1"):
        site(distribution_id="E1").decide(SeenDistribution(None, None, None), KNOWN)


def test_a_distribution_on_its_way_to_the_edges_is_waited_for() -> None:
    found = seen(made(site()))
    assert site().pending(found) is None
    busy = dataclasses.replace(found, found={**(found.found or {}), "Status": "InProgress"})
    assert "E1" in (site().pending(busy) or "")


class Contested:
    """A distribution that somebody else changes `times` times between our reading and our writing."""

    def __init__(self, times: int) -> None:
        self.times, self.etag, self.config = times, 1, foreign()
        self.config["Aliases"] = listed([SETTINGS.cloudfront.domain])

    def __call__(self, call: Call) -> Mapping[str, Any]:
        found = {"Id": "E1", "ARN": "arn", "DomainName": "d1", "Status": "Deployed"}
        match call.operation:
            case "ListDistributions":
                summary = {"Id": "E1", "Aliases": self.config["Aliases"]}
                return {"DistributionList": {"Items": [summary], "Quantity": 1, "IsTruncated": False}}
            case "GetDistribution":
                config = copy.deepcopy(self.config)
                return {"Distribution": {**found, "DistributionConfig": config}, "ETag": str(self.etag)}
            case "GetFunctionConfiguration":
                raise RefusedError("ResourceNotFoundException", "no function yet")
            case "UpdateDistribution":
                if self.times > 0:
                    self.times, self.etag = self.times - 1, self.etag + 1
                    self.config["Comment"] = f"changed, {self.times} to go"
                if call.params["IfMatch"] != str(self.etag):
                    raise RefusedError("PreconditionFailed", "another ETag")
                self.config = copy.deepcopy(dict(call.params["DistributionConfig"]))
                return {}
            case "GetFunctionUrlConfig":
                raise RefusedError("ResourceNotFoundException", "there is no URL on $LATEST")
        raise AssertionError(call)


def update(contested: Contested) -> None:
    aws = Aws("123456789012", "us-east-1", None, session(contested))
    found = site(NEXT).read(aws)
    (step,) = site(NEXT).decide(found, KNOWN)
    site(NEXT).acts()[step.call](aws, step, found, KNOWN)


def test_a_change_by_somebody_else_meanwhile_is_read_and_merged_again() -> None:
    contested = Contested(times=2)
    update(contested)
    assert contested.config["Comment"] == "changed, 0 to go"
    assert contested.config["DefaultCacheBehavior"]["CachePolicyId"] == "id-pages"


def test_a_domain_of_another_accounts_distribution_is_named_whoever_carries_it() -> None:
    class Taken(Contested):
        def __call__(self, call: Call) -> Mapping[str, Any]:
            if call.operation == "UpdateDistribution":
                raise RefusedError("CNAMEAlreadyExists", "one or more of the CNAMEs")
            return super().__call__(call)

    with pytest.raises(OpsError, match="belongs to a distribution of another account"):
        update(Taken(times=0))


def test_after_three_attempts_nothing_is_overwritten() -> None:
    contested = Contested(times=3)
    with pytest.raises(OpsError, match="changed by somebody else 3 times"):
        update(contested)
    assert contested.config["DefaultCacheBehavior"]["TargetOriginId"] == "theirs"


def test_before_the_first_release_an_adopted_distribution_changes_in_its_functions_host_alone() -> None:
    config = foreign()
    config["Origins"]["Items"][0]["DomainName"] = "latest.lambda-url.us-east-1.on.aws"
    waiting = dataclasses.replace(seen(config), latest={"server": "latest.lambda-url.us-east-1.on.aws"})
    (step,) = site().decide(waiting, KNOWN)
    changed = {key for key in step.before if step.before[key] != step.after[key]}
    assert changed == {"origins"}
    hosts = [each["domain"] for each in step.after["origins"].values()]
    assert KNOWN["server_domain"] in hosts
    assert "latest.lambda-url.us-east-1.on.aws" not in hosts


def guarded(block: str, **association: str) -> dict[str, Any]:
    """Somebody's distribution with a function of theirs for every path."""
    config = foreign()
    config["DefaultCacheBehavior"][block] = listed([association])
    return config


@pytest.mark.parametrize("artifact", [(), (NEXT,)])
@pytest.mark.parametrize(
    ("block", "association"),
    [
        ("FunctionAssociations", {"EventType": "viewer-request", "FunctionARN": "arn:their-guard"}),
        (
            "LambdaFunctionAssociations",
            {"EventType": "viewer-request", "LambdaFunctionARN": "arn:their-guard"},
        ),
        (
            "LambdaFunctionAssociations",
            {"EventType": "viewer-response", "LambdaFunctionARN": "arn:their-guard"},
        ),
    ],
)
def test_a_function_of_somebodys_that_ours_would_replace_is_refused_from_the_first_run_on(
    artifact: tuple[Behaviour, ...], block: str, association: dict[str, str]
) -> None:
    with pytest.raises(OpsError, match=r"arn:their-guard.* takes no second function") as caught:
        site(*artifact).decide(seen(guarded(block, **association)), KNOWN)
    assert "in the console" in caught.value.fix


@pytest.mark.parametrize(
    ("block", "association"),
    [
        ("FunctionAssociations", {"EventType": "viewer-response", "FunctionARN": "arn:theirs"}),
        ("LambdaFunctionAssociations", {"EventType": "origin-request", "LambdaFunctionARN": "arn:theirs"}),
    ],
)
def test_a_function_of_somebodys_beside_which_ours_may_be_stays(
    block: str, association: dict[str, str]
) -> None:
    config = merged(guarded(block, **association), site(NEXT).wanted(KNOWN), "")
    assert association in items(config["DefaultCacheBehavior"][block])
    assert site(NEXT).decide(seen(guarded(block, **association)), KNOWN)


def test_one_that_calls_nothing_of_ours_waits_for_the_first_release_unchanged() -> None:
    assert site().decide(seen(foreign()), KNOWN) == ()


def test_an_update_that_would_take_a_path_away_is_never_sent() -> None:
    contested = Contested(times=0)
    first = contested.config["CacheBehaviors"]["Items"][0]
    twice = {**first, "PathPattern": first["PathPattern"].lstrip("/")}
    contested.config["CacheBehaviors"] = listed([first, twice])
    before = copy.deepcopy(contested.config)
    with pytest.raises(OpsError, match=r"would take .* from the CacheBehaviors") as caught:
        update(contested)
    assert "remove one" in caught.value.fix
    assert contested.config == before
