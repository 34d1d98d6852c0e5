"""Who calls and what they may do, asked of a strict stand-in for IAM, STS and CloudWatch."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fakes.client import Call, RefusedError, session
from fakes.settings import SETTINGS
from fakes.site import Site
from outreach_ops.aws import alarms, caller
from outreach_ops.aws.errors import UnreachableError
from outreach_ops.aws.session import Aws
from outreach_ops.checks import permissions, ready
from outreach_ops.checks.subject import Subject
from outreach_ops.settings.load import ROOT
from outreach_ops.variables.coalesce import coalesce

ROLE = "arn:aws:iam::123456789012:role/some/path/deployer"
ASSUMED = "arn:aws:sts::123456789012:assumed-role/deployer/somebody"


class Account:
    """Answers as the caller's policies would: all is allowed but `forbidden`; `closed` says no to IAM."""

    def __init__(self, arn: str = ASSUMED, forbidden: tuple[str, ...] = (), closed: bool = False) -> None:
        self.arn, self.forbidden, self.closed = arn, forbidden, closed
        self.firing: dict[str, list[dict[str, Any]]] = {}
        self.asked: dict[str, list[str]] = {}

    def __call__(self, call: Call) -> Mapping[str, Any]:
        if call.operation == "GetCallerIdentity":
            return {"Account": "123456789012", "Arn": self.arn}
        if call.operation == "ListDistributions":
            served = {"Id": "EOURS", "Aliases": {"Quantity": 1, "Items": [SETTINGS.cloudfront.domain]}}
            return {"DistributionList": {"Items": [served]}}
        if call.operation == "DescribeAlarms":
            assert call.params["StateValue"] == "ALARM"
            return {"MetricAlarms": self.firing.get("all", [])}
        if self.closed:
            raise RefusedError("AccessDenied", f"not authorized to perform: iam:{call.operation}")
        if call.operation == "GetRole":
            assert call.params["RoleName"] == "deployer"
            return {"Role": {"Arn": ROLE, "Path": "/some/path/", "RoleName": "deployer", "RoleId": "AROA",
                             "CreateDate": 0}}  # fmt: skip
        return self._simulated(**call.params)

    def _simulated(
        self, PolicySourceArn: str, ActionNames: list[str], ResourceArns: list[str], MaxItems: int
    ) -> Mapping[str, Any]:
        # IAM takes no session, and one list of actions a resource type.
        assert PolicySourceArn in (ROLE, "arn:aws:iam::123456789012:user/somebody")
        self.asked.update({resource: ActionNames for resource in ResourceArns})
        decisions = [
            {
                "EvalActionName": action,
                "EvalDecision": "implicitDeny" if action in self.forbidden else "allowed",
            }
            for action in ActionNames
        ]
        return {"EvaluationResults": decisions, "IsTruncated": False}


def connected(account: Account) -> Aws:
    return Aws("123456789012", "eu-west-1", None, session(account)).read_only()


def subject(account: Account, app: Path) -> Subject:
    return Subject(connected(account), SETTINGS, app, coalesce(SETTINGS, app, {}, {}), {})


@pytest.mark.parametrize("arn", [ASSUMED, "arn:aws:iam::123456789012:user/somebody"])
def test_what_iam_allows_is_ok_for_a_role_and_a_user(tmp_path: Path, arn: str) -> None:
    assert permissions.permissions(subject(Account(arn), tmp_path)).level == "ok"


def test_what_iam_denies_is_named_with_its_resource(tmp_path: Path) -> None:
    found = permissions.permissions(subject(Account(forbidden=("lambda:UpdateAlias",)), tmp_path))
    assert found.level == "failure"
    assert "lambda:UpdateAlias on arn:aws:lambda:us-east-1:123456789012:function:image" in found.cause
    assert "s3:" not in found.cause


def test_what_is_asked_of_iam_is_what_a_policy_for_just_this_site_allows(tmp_path: Path) -> None:
    account = Account()
    permissions.permissions(subject(account, tmp_path))
    served = account.asked["arn:aws:cloudfront::123456789012:distribution/EOURS"]
    assert "cloudfront:CreateInvalidation" in served
    assert not any("distribution/*" in resource for resource in account.asked)
    # Versions are resources of their own; waiting for an update asks for the function as a whole.
    function = "arn:aws:lambda:us-east-1:123456789012:function:server"
    assert "lambda:InvokeFunction" in account.asked[f"{function}:*"]
    assert {"lambda:GetFunction", "lambda:UpdateFunctionCode"} <= set(account.asked[function])


# Where the action that IAM knows is not called like the operation.
ACTIONS = {
    "Invoke": {"InvokeFunction"},
    "HeadObject": {"GetObject"},
    "ListObjectsV2": {"ListBucket"},
    "CopyObject": {"GetObject", "PutObject"},
    "TransactWriteItems": {"PutItem"},
}


def test_every_call_of_a_deploy_a_rollback_and_a_watch_is_among_what_is_asked_of_iam(site: Site) -> None:
    site.released("0.1.0")
    site.watched(site.build("0.2.0"), seconds=1)
    site.rollback("v0.1.0")
    called = {
        f"{call.service}:{action}"
        for call in site.aws.calls
        for action in ACTIONS.get(call.operation, {call.operation})
    }
    asked = {action for _, actions in permissions.wanted(SETTINGS, "ESITE") for action in actions}
    assert "lambda:UpdateAlias" in called
    assert called - asked == set()


def test_the_root_user_needs_no_simulation(tmp_path: Path) -> None:
    account = Account("arn:aws:iam::123456789012:root", closed=True)
    assert permissions.permissions(subject(account, tmp_path)).level == "ok"


def test_where_simulating_is_denied_harmless_reads_are_tried(site: Site, tmp_path: Path) -> None:
    found = coalesce(SETTINGS, tmp_path, {}, {})
    readable = Subject(site.aws.connect().read_only(), SETTINGS, tmp_path, found, {})
    site.aws.identity(Account(closed=True))
    before = site.aws.writes
    assert permissions.permissions(readable).level == "warning"
    site.aws.refuse("Query", "AccessDeniedException")
    refused = permissions.permissions(readable)
    assert (refused.level, "may not dynamodb:Query" in refused.cause) == ("failure", True)
    assert site.aws.writes == before


def test_alarms_are_those_of_the_sites_own_resources() -> None:
    account = Account()
    dimension = [{"Name": "FunctionName", "Value": "server"}]
    metric = {"Namespace": "AWS/Lambda", "MetricName": "Errors", "Dimensions": dimension}
    account.firing["all"] = [
        {"AlarmName": "direct", "Dimensions": dimension},
        {"AlarmName": "by expression", "Metrics": [{"Id": "a", "MetricStat": {"Metric": metric}}]},
        {"AlarmName": "somebody else's", "Dimensions": [{"Name": "FunctionName", "Value": "other"}]},
    ]
    assert set(alarms.firing(connected(account), ["server"])) == {"direct", "by expression"}
    assert alarms.firing(connected(account), ["nothing"]) == ()


@pytest.mark.parametrize(
    ("dimension", "level"),
    [
        (("FunctionName", "revalidation"), "failure"),
        (("QueueName", "made-up-pages.fifo"), "failure"),
        (("TableName", "made-up-tags"), "failure"),
        (("DistributionId", "EOURS"), "failure"),
        (("DistributionId", "EOTHER"), "ok"),
    ],
)
def test_an_alarm_of_any_resource_of_the_site_stops_a_deploy(
    tmp_path: Path, dimension: tuple[str, str], level: str
) -> None:
    account = Account()
    name, value = dimension
    account.firing["all"] = [{"AlarmName": "ill", "Dimensions": [{"Name": name, "Value": value}]}]
    assert ready.alarm(subject(account, tmp_path)).level == level


PROFILES = """[profile staging]
sso_session = ours
sso_account_id = 123456789012
sso_role_name = deployer
region = us-east-1
[sso-session ours]
sso_region = us-east-1
sso_start_url = https://example.com/start
[profile older]
sso_region = us-east-1
sso_start_url = https://example.com/start
sso_account_id = 123456789012
sso_role_name = deployer
region = us-east-1
"""
ASK = (
    "import json, sys; from outreach_ops.checks import doctor; from fakes.settings import SETTINGS; "
    "from pathlib import Path; found = doctor.run(SETTINGS, Path('none')); "
    "print(json.dumps([[each.level, each.fix] for each in found if each.check == 'credentials']))"
)


@pytest.mark.parametrize("profile", ["staging", "older"])
@pytest.mark.parametrize("expires", [None, "2026-01-01T00:00:00Z"], ids=["never logged in", "ended"])
def test_an_sso_session_that_has_ended_says_the_login_command(
    tmp_path: Path, profile: str, expires: str | None
) -> None:
    (tmp_path / "config").write_text(PROFILES)
    cache = tmp_path / ".aws" / "sso" / "cache"
    cache.mkdir(parents=True)
    for key in ("ours", "https://example.com/start") if expires else ():
        name = hashlib.sha1(key.encode(), usedforsecurity=False).hexdigest()
        (cache / f"{name}.json").write_text(json.dumps({"accessToken": "made-up", "expiresAt": expires}))
    # A process of its own: botocore settles where tokens are kept when it is imported.
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        env={
            "PATH": os.defpath,
            "PYTHONPATH": f"{ROOT / 'scripts'}{os.pathsep}{ROOT / 'tests'}",
            "HOME": str(tmp_path),
            "AWS_CONFIG_FILE": str(tmp_path / "config"),
            "AWS_PROFILE": profile,
        },
        text=True,
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout) == [["failure", f"aws sso login --profile {profile}"]]


def test_a_role_that_cannot_be_assumed_any_more_is_no_traceback() -> None:
    refused = {"Error": {"Code": "ExpiredToken", "Message": "The security token has expired"}}

    class Held:
        def get_frozen_credentials(self) -> None:
            raise ClientError(refused, "AssumeRole")

    class Session:
        def get_credentials(self) -> Held:
            return Held()

    with pytest.raises(UnreachableError, match="ExpiredToken"):
        caller.expires(Session())  # type: ignore[arg-type]
