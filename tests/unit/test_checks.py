"""Each check before a deploy, over facts of every kind: ok, warning, failure, with one fix."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fakes.client import Call, RefusedError, session
from fakes.settings import SETTINGS
from fakes.site import VARIABLES, Site
from outreach_ops import finding
from outreach_ops.aws.caller import Denied, Identity
from outreach_ops.aws.errors import AwsError
from outreach_ops.aws.session import Aws
from outreach_ops.checks import doctor, edge, github, permissions, preflight, ready, settings
from outreach_ops.checks.edge import Edge
from outreach_ops.checks.infra import Report
from outreach_ops.checks.subject import Subject
from outreach_ops.errors import OpsError, UsageError
from outreach_ops.finding import Finding, failure, ok, warning
from outreach_ops.git import Checkout, Difference
from outreach_ops.provision.cache_policies import pages_policy
from outreach_ops.roles import Role
from outreach_ops.sleepconnect import auth0
from outreach_ops.variables.coalesce import coalesce
from outreach_ops.variables.values import Environment

NOW = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)


def level(found: Finding) -> str:
    """Its level; whatever is not ok has a fix."""
    assert (found.fix == "") is (found.level == "ok")
    return found.level


def distribution(**origin: Any) -> Mapping[str, Any]:
    """A distribution's configuration whose pages come from one function."""
    function = {"Id": "server", "CustomOriginConfig": {}, **origin}
    return {
        "DefaultCacheBehavior": {"Compress": True},
        "Origins": {"Quantity": 2, "Items": [function, {"Id": "assets", "S3OriginConfig": {}}]},
    }


GOOD = Edge("d.example.net", distribution(), pages_policy("outreach").content)


def policy(**changed: Any) -> Edge:
    """An edge whose page policy differs."""
    key = {**GOOD.policy["ParametersInCacheKeyAndForwardedToOrigin"], **changed}
    return dataclasses.replace(GOOD, policy={"ParametersInCacheKeyAndForwardedToOrigin": key})


def test_compression_of_pages() -> None:
    assert level(edge.judge_compression(GOOD, "fix")) == "ok"
    off = edge.judge_compression(policy(EnableAcceptEncodingBrotli=False), "fix")
    assert (level(off), off.cause) == ("failure", "brotli is off for pages")
    config = {**GOOD.config, "DefaultCacheBehavior": {"Compress": False}}
    assert edge.judge_compression(dataclasses.replace(GOOD, config=config), "fix").cause.startswith(
        "Compress"
    )
    assert level(edge.judge_compression(dataclasses.replace(GOOD, policy={}), "fix")) == "failure"


def test_cache_key_of_pages() -> None:
    assert level(edge.judge_cache_key(GOOD, "fix")) == "ok"
    found = edge.judge_cache_key(policy(HeadersConfig={"Headers": {"Quantity": 1, "Items": ["rsc"]}}), "fix")
    assert level(found) == "failure"
    assert "Next-Url" in found.cause
    assert "RSC," not in found.cause


OUR_ORIGIN = {"Quantity": 1, "Items": [{"HeaderName": "X-Origin-Secret", "HeaderValue": "sent"}]}
NOBODYS = {"Quantity": 1, "Items": [{"HeaderName": "x-origin", "HeaderValue": "sent"}]}


@pytest.mark.parametrize(
    ("origin", "accepted", "expected", "says"),
    [
        ({"CustomHeaders": OUR_ORIGIN}, "sent", "ok", "accepts"),
        ({"CustomHeaders": OUR_ORIGIN}, "older,sent", "ok", "accepts"),
        ({"CustomHeaders": OUR_ORIGIN}, "other", "failure", "is sent the header"),
        ({"CustomHeaders": NOBODYS}, "sent", "failure", "is sent no header"),
        ({}, "sent", "failure", "is sent no header"),
        ({"CustomHeaders": OUR_ORIGIN}, "", "warning", "around CloudFront are answered by image, server"),
        ({"OriginAccessControlId": "E1"}, "", "ok", "signature"),
    ],
)
def test_origin_protection_compares_what_is_sent_with_what_live_accepts(
    origin: dict[str, Any], accepted: str, expected: str, says: str
) -> None:
    project = SETTINGS.site.project
    origins = [
        {"Id": f"{project}-{role}", "CustomOriginConfig": {}, **origin} for role in ("server", "image")
    ]
    config = {**GOOD.config, "Origins": {"Quantity": 2, "Items": origins}}
    environment = {"ORIGIN_SECRET": accepted, "VARIABLES_FINGERPRINT_KEY": "key"}
    live: dict[Role, dict[str, str]] = {"server": environment, "image": environment}
    found = edge.judge_protection(dataclasses.replace(GOOD, config=config), SETTINGS, live)
    assert level(found) == expected
    assert says in found.cause
    # Values are shown by fingerprint alone.
    assert "other" not in found.cause


def test_a_site_that_wants_no_protection_is_not_warned_of_it() -> None:
    settings_ = dataclasses.replace(
        SETTINGS, cloudfront=dataclasses.replace(SETTINGS.cloudfront, origin_protection="none")
    )
    assert level(edge.judge_protection(GOOD, settings_, {"server": {}, "image": {}})) == "ok"


@pytest.mark.parametrize(
    ("certificate", "expected"),
    [
        (None, "failure"),
        ({"Status": "PENDING_VALIDATION"}, "failure"),
        ({"Status": "ISSUED", "NotAfter": NOW + datetime.timedelta(days=29)}, "warning"),
        ({"Status": "ISSUED", "NotAfter": NOW + datetime.timedelta(days=31)}, "ok"),
        ({"Status": "ISSUED"}, "ok"),
    ],
)
def test_certificate(certificate: Mapping[str, Any] | None, expected: str) -> None:
    assert level(edge.judge_certificate("outreach.example.com", certificate, NOW, "fix")) == expected


@pytest.mark.parametrize(
    ("status", "end", "levels"),
    [
        ("ISSUED", NOW, ["warning"]),
        ("ISSUED", datetime.datetime(9000, 1, 1, tzinfo=datetime.UTC), ["ok"]),
        ("PENDING_VALIDATION", NOW, []),
    ],
)
def test_infra_check_tells_of_a_certificate_that_ends_in_us_east_1_and_leaves_a_pending_one_to_the_play(
    status: str, end: datetime.datetime, levels: list[str]
) -> None:
    arn = "arn:aws:acm:us-east-1:123456789012:certificate/one"
    found = {"CertificateArn": arn, "DomainName": SETTINGS.acm.domain, "Status": status, "NotAfter": end}

    def answer(call: Call) -> Mapping[str, Any]:
        listed = {"CertificateSummaryList": [found]}
        return listed if call.operation == "ListCertificates" else {"Certificate": found}

    aws = Aws("123456789012", "eu-west-1", None, session(answer))
    assert [each.level for each in edge.ending(aws, SETTINGS)] == levels


def test_a_certificate_that_was_imported_is_renewed_by_hand() -> None:
    soon = {"Status": "ISSUED", "NotAfter": NOW + datetime.timedelta(days=29)}
    fixes = [
        edge.judge_certificate("outreach.example.com", {**soon, "Type": kind}, NOW, "provision").fix
        for kind in ("AMAZON_ISSUED", "IMPORTED")
    ]
    assert fixes[0] == "provision"
    assert "us-east-1" in fixes[1]


ALIAS = {"Type": "A", "AliasTarget": {"DNSName": "d.example.net."}}
CNAME = {"Type": "CNAME", "ResourceRecords": [{"Value": "d.example.net"}]}
ELSEWHERE = {"Type": "AAAA", "AliasTarget": {"DNSName": "e.example.net."}}


@pytest.mark.parametrize(
    ("target", "records", "expected"),
    [
        ("d.example.net", [ALIAS], "ok"),
        ("d.example.net", [CNAME], "ok"),
        ("d.example.net", [], "failure"),
        ("d.example.net", [ALIAS, ELSEWHERE], "failure"),
        (None, [ALIAS], "failure"),
    ],
)
def test_dns(target: str | None, records: list[Mapping[str, Any]], expected: str) -> None:
    assert level(edge.judge_dns("outreach.example.com", target, records, "fix")) == expected


def test_lambdas_keys_are_those_that_are_required() -> None:
    assert level(settings.judge_keys(SETTINGS, VARIABLES)) == "ok"
    lacking = settings.judge_keys(SETTINGS, {"NODE_ENV": "production"})
    assert (level(lacking), lacking.cause) == ("warning", "server has no AUTH_SECRET")
    assert "no variables yet" in settings.judge_keys(SETTINGS, {}).cause


@pytest.mark.parametrize(
    ("parent", "ours", "expected", "says"),
    [
        ({"AUTH_SECRET": "a"}, {"AUTH_SECRET": "a"}, "ok", "the same"),
        ({"AUTH_SECRET": "a"}, {"AUTH_SECRET": "b"}, "failure", "AUTH_SECRET differ"),
        ({"AUTH_SECRET": "a"}, {}, "failure", "Outreach has no AUTH_SECRET"),
        ({}, {"AUTH_SECRET": "a"}, "failure", "SleepConnect's function parent has no AUTH_SECRET"),
    ],
)
def test_the_auth0_trio(parent: dict[str, str], ours: dict[str, str], expected: str, says: str) -> None:
    pairs = auth0.compare(SETTINGS, parent, ours)
    found = auth0.judge(SETTINGS, Environment(parent), pairs, ours)
    assert level(found) == expected
    assert says in found.cause


def test_github_secrets_by_name() -> None:
    assert level(github.judge(SETTINGS, {"AUTH_SECRET", "PHONE"}, {"FEATURE"})) == "ok"
    optional = github.judge(SETTINGS, {"AUTH_SECRET"}, set())
    assert level(optional) == "warning"
    required = github.judge(SETTINGS, {"PHONE"}, set())
    assert (level(required), required.fix) == ("failure", "gh secret set AUTH_SECRET --env test")


def test_productions_secrets_are_its_environments_own() -> None:
    everything = {"AUTH_SECRET", "PHONE", "FEATURE"}
    production = dataclasses.replace(
        SETTINGS, site=dataclasses.replace(SETTINGS.site, environment="production")
    )
    assert level(github.judge(production, everything, everything)) == "ok"
    borrowed = github.judge(production, everything, {"PHONE", "FEATURE"})
    assert (level(borrowed), "repository's own AUTH_SECRET" in borrowed.cause) == ("warning", True)


def test_permissions_by_simulation() -> None:
    assert level(permissions.judge("arn", ())) == "ok"
    found = permissions.judge("arn", [Denied("lambda:UpdateAlias", "server")])
    assert (level(found), "lambda:UpdateAlias on server" in found.cause) == ("failure", True)


def test_permissions_by_harmless_reads_are_never_wholly_ok() -> None:
    assert level(permissions.judge_reads("arn", ())) == "warning"
    assert level(permissions.judge_reads("arn", ["s3:ListBucket"])) == "failure"


def test_alarms_and_infrastructure() -> None:
    assert level(ready.judge_alarms(())) == "ok"
    assert level(ready.judge_alarms(("errors",))) == "failure"
    assert level(ready.judge_infrastructure(SETTINGS, Report(()))) == "ok"
    assert "s3, acm" in ready.judge_infrastructure(SETTINGS, Report(("s3", "acm"))).cause


def test_infrastructure_that_may_not_be_looked_at_is_not_all_there() -> None:
    refused = Report((), refusals=(failure("acm", "list_certificates was refused", "ask for it"),))
    found = ready.judge_infrastructure(SETTINGS, refused)
    assert (level(found), found.fix) == ("warning", "ask for it")
    assert "acm: list_certificates was refused" in found.cause


def test_promotion_wants_the_same_commit_live_and_proven(site: Site) -> None:
    first, second = site.released("0.1.0").artifact, site.released("0.2.0").artifact
    entries, live = list(reversed(site.ledger)), site.live["server"]

    def judged(commit: str, version: str | None = live, dirty: bool = False) -> str:
        differences = (Difference("page.tsx has changes", "commit it"),) if dirty else ()
        return level(ready.judge_promotion(SETTINGS, Checkout(commit, differences, ""), version, entries))

    assert judged(second.commit) == "ok"
    assert judged(first.commit) == "warning"
    assert judged(second.commit, dirty=True) == "warning"
    assert judged(second.commit, version=None) == "warning"


def test_credentials_account_and_expiry() -> None:
    def judged(account: str, minutes: int | None) -> Finding:
        expires = None if minutes is None else NOW + datetime.timedelta(minutes=minutes)
        return doctor.judge_credentials(SETTINGS, Identity(account, "arn", expires), NOW, "log in")

    assert level(judged("123456789012", None)) == "ok"
    assert level(judged("123456789012", 31)) == "ok"
    assert (level(judged("123456789012", 29)), judged("123456789012", 29).fix) == ("warning", "log in")
    assert level(judged("999988887777", None)) == "failure"


@pytest.mark.parametrize(
    ("name", "said", "expected"),
    [
        ("node", "v24.19.0", "ok"),
        ("node", "v18.20.0", "failure"),
        ("node", None, "failure"),
        ("pnpm", "10.1.0", "ok"),
        ("pnpm", "7.0.0", "failure"),
        ("git", "git version 2.39.5", "ok"),
    ],
)
def test_tools(name: str, said: str | None, expected: str) -> None:
    assert level(doctor.judge_tool(name, said, *doctor.TOOLS[name])) == expected


def test_python_and_gh() -> None:
    assert level(doctor.judge_python((3, 11))) == "ok"
    assert level(doctor.judge_python((3, 10))) == "failure"
    assert [level(doctor.judge_gh(*each)) for each in [(True, ""), (True, "not logged in"), (False, "")]] == [
        "ok",
        "warning",
        "warning",
    ]


def test_the_doctor_goes_on_without_a_checkout(tmp_path: Path) -> None:
    found = {each.check: each for each in doctor.run(SETTINGS, tmp_path / "absent", {})}
    assert level(found["python"]) == "ok"
    assert (level(found["application"]), found["application"].fix) == ("failure", "name it: --app=PATH")


def test_the_login_command_names_the_profile() -> None:
    assert doctor.login({"AWS_PROFILE": "staging"}) == "aws sso login --profile staging"


def test_findings_become_lines_json_and_an_exit_code() -> None:
    found = [ok("a", "good"), warning("b", "hm", "look"), failure("c", "bad", "do this")]
    assert finding.render(found) == [
        "ok       a  good",
        "warning  b  hm",
        "            fix: look",
        "failure  c  bad",
        "            fix: do this",
    ]
    data = json.loads(finding.to_json(found))
    assert data["passed"] is False
    assert data["findings"][2] == {"check": "c", "level": "failure", "cause": "bad", "fix": "do this"}
    finding.require(found[:2])
    with pytest.raises(OpsError, match="c: bad") as caught:
        finding.require(found)
    assert (caught.value.fix, int(caught.value.exit_code)) == ("do this", 4)


class Closed:
    """A user whom IAM tells nothing."""

    def __call__(self, call: Call) -> Mapping[str, Any]:
        if call.operation == "GetCallerIdentity":
            return {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/somebody"}
        raise RefusedError("AccessDenied", f"not authorized to perform: iam:{call.operation}")


@pytest.fixture
def subject(site: Site, tmp_path: Path) -> Subject:
    found = coalesce(SETTINGS, tmp_path, {}, {"AUTH_SECRET": "of-the-parent"})
    live = {role: each.configuration.environment for role, each in site.read().functions.items()}
    return Subject(site.aws.connect().read_only(), SETTINGS, tmp_path, found, live)


def test_a_check_that_may_not_read_is_a_warning_and_one_that_fails_a_failure(subject: Subject) -> None:
    def denied(_subject: Subject) -> Finding:
        raise AwsError("cloudwatch:describe_alarms", "AccessDenied", "no")

    def broken(_subject: Subject) -> Finding:
        raise UsageError("wrong", "correct it")

    found = preflight.run(
        subject, {"first": denied, "second": broken, "third": lambda _: ok("third", "good")}
    )
    assert [each.level for each in found] == ["warning", "failure", "ok"]
    assert "cloudwatch:describe_alarms" in found[0].cause


def test_a_caller_who_may_not_read_the_functions_is_told_all_that_is_lacking(
    site: Site, subject: Subject
) -> None:
    site.aws.refuse("GetFunctionConfiguration", "AccessDeniedException")
    site.aws.refuse("Query", "AccessDeniedException")
    site.aws.identity(Closed())
    unread, lacking = preflight.whole(subject)
    assert (level(unread), "get_function_configuration was refused" in unread.cause) == ("failure", True)
    assert "may not lambda:GetFunctionConfiguration, dynamodb:Query" in lacking.cause


def test_sleepconnects_function_that_may_not_be_read_refuses_a_deploy(site: Site, subject: Subject) -> None:
    site.aws.refuse("GetFunctionConfiguration", "AccessDeniedException", containing="parent")
    (found,) = preflight.run(subject, {"auth0": settings.auth0_trio})
    assert (level(found), "function parent cannot be read" in found.cause) == ("failure", True)


def test_the_trio_that_a_deploy_would_set_is_compared(site: Site, subject: Subject) -> None:
    site.aws.parent({"AUTH_SECRET": "of-the-parent"})
    assert level(settings.auth0_trio(subject)) == "ok"
    site.aws.parent({"AUTH_SECRET": "another"})
    assert level(settings.auth0_trio(subject)) == "failure"


def test_variables_of_a_deploy(site: Site, subject: Subject) -> None:
    assert level(settings.variables(subject)) == "ok"
    lacking = dataclasses.replace(subject, found=coalesce(SETTINGS, subject.app, {}, {}))
    assert "AUTH_SECRET" in settings.variables(lacking).cause
    (subject.app / ".env").write_text("PHONE=1\nPHONE=2")
    doubled = dataclasses.replace(
        subject, found=coalesce(SETTINGS, subject.app, {}, {"AUTH_SECRET": "of-the-parent"})
    )
    assert level(settings.variables(doubled)) == "warning"
