"""What the execution role may not do is granted by a policy of ours, or named with the statement."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

import pytest

from fakes.client import Call, RefusedError, session
from fakes.settings import SETTINGS
from outreach_ops.aws.session import Aws
from outreach_ops.checks import execution_role
from outreach_ops.finding import Finding, ok
from outreach_ops.provision.parts import PARTS
from outreach_ops.provision.role_needs import document, needs, own_needs, policy_name
from outreach_ops.provision.role_policy import RolePolicy, SeenRole
from outreach_ops.settings.model import Settings

ROLE = "arn:aws:iam::123456789012:role/made-up-role"
TRACED = dataclasses.replace(SETTINGS, lambda_=dataclasses.replace(SETTINGS.lambda_, tracing="Active"))


class Iam:
    """IAM, where the role may do nothing that begins with one of `lacks`."""

    def __init__(self, *lacks: str, decision: Mapping[str, Any] | None = None, closed: bool = False) -> None:
        self.lacks, self.closed = lacks, closed
        self.decision = decision or {"EvalDecision": "implicitDeny"}

    def __call__(self, call: Call) -> dict[str, Any]:
        match call.operation:
            case "GetRole":
                return {"Role": {"Arn": ROLE}}
            case "GetRolePolicy":
                raise RefusedError("NoSuchEntity", "the role has no such policy")
            case "SimulatePrincipalPolicy" if not self.closed:
                assert call.params["PolicySourceArn"] == ROLE
                return {"EvaluationResults": [self._result(each) for each in call.params["ActionNames"]]}
        raise RefusedError("AccessDenied", f"not authorized to perform: iam:{call.operation}")

    def _result(self, action: str) -> dict[str, Any]:
        denied = action.startswith(self.lacks) if self.lacks else False
        return {"EvalActionName": action, "EvalDecision": "allowed", **(self.decision if denied else {})}


def connected(iam: Iam) -> Aws:
    return Aws("123456789012", "us-east-1", None, session(iam)).read_only()


def found(iam: Iam, settings: Settings = SETTINGS) -> Finding:
    (finding,) = execution_role.findings(connected(iam), settings)
    return finding


def test_everything_that_the_site_needs_is_asked_for_on_its_own_resource() -> None:
    asked = {(need.resource, action) for need in needs(TRACED) for action in need.actions}
    for wanted in (
        ("arn:aws:s3:::made-up-assets/_cache/*", "s3:PutObject"),
        ("arn:aws:s3:::made-up-assets/_assets/*", "s3:GetObject"),
        ("arn:aws:s3:::made-up-assets", "s3:ListBucket"),
        ("arn:aws:sqs:us-east-1:123456789012:made-up-pages.fifo", "sqs:SendMessage"),
        ("arn:aws:dynamodb:us-east-1:123456789012:table/made-up-tags", "dynamodb:PutItem"),
        ("arn:aws:dynamodb:us-east-1:123456789012:table/made-up-tags/index/*", "dynamodb:Query"),
        ("arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/server:*", "logs:PutLogEvents"),
        ("*", "xray:PutTraceSegments"),
    ):
        assert wanted in asked
    assert not any(action.startswith("xray:") for need in needs(SETTINGS) for action in need.actions)


def test_a_role_that_may_do_everything_is_good() -> None:
    assert found(Iam()) == ok("execution role", "made-up-role may do all that the site needs")


def test_what_a_resource_grants_is_no_lack_and_is_told() -> None:
    finding = found(Iam("s3:", "sqs:", "dynamodb:"))
    assert finding.level == "ok"
    for policy in ("bucket made-up-assets", "queue made-up-pages.fifo", "table made-up-tags"):
        assert f"policy of {policy}" in finding.cause


def test_what_only_the_role_can_allow_is_named_with_the_statement() -> None:
    finding = found(Iam("logs:PutLogEvents"))
    assert (finding.level, "logs:PutLogEvents" in finding.cause) == ("warning", True)
    assert "iam_grant_inline: true" in finding.fix
    statements = json.loads(finding.fix[finding.fix.index("[") :])
    assert statements == document(own_needs(SETTINGS))["Statement"]


def test_tracing_that_lambda_would_refuse_stops_the_run() -> None:
    assert found(Iam("xray:"), TRACED).level == "failure"


def test_the_sites_own_policy_makes_up_for_it_where_that_is_asked_for() -> None:
    granted = dataclasses.replace(TRACED, iam=dataclasses.replace(TRACED.iam, grant_inline=True))
    finding = found(Iam("xray:", "logs:"), granted)
    assert (finding.level, "by the inline policy outreach-test" in finding.cause) == ("ok", True)


@pytest.mark.parametrize(
    "decision",
    [
        {"EvalDecision": "explicitDeny"},
        {
            "EvalDecision": "implicitDeny",
            "PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False},
        },
        {"EvalDecision": "implicitDeny", "OrganizationsDecisionDetail": {"AllowedByOrganizations": False}},
    ],
)
def test_a_denial_that_no_grant_outweighs_is_named_as_one(decision: Mapping[str, Any]) -> None:
    finding = found(Iam("sqs:SendMessage", decision=decision))
    assert (finding.level, "whatever else allows it" in finding.cause) == ("warning", True)
    assert "sqs:SendMessage on arn:aws:sqs:" in finding.cause


def test_where_simulating_is_denied_that_is_said() -> None:
    finding = found(Iam(closed=True))
    assert (finding.level, "could not be simulated" in finding.cause) == ("warning", True)
    assert "iam:SimulatePrincipalPolicy" in finding.fix


POLICY = RolePolicy("made-up-role", policy_name(TRACED), own_needs(TRACED))


@pytest.mark.parametrize(
    ("iam", "calls"),
    [(Iam(), []), (Iam("xray:"), ["iam:PutRolePolicy"]), (Iam(closed=True), ["iam:PutRolePolicy"])],
)
def test_the_policy_is_made_only_when_something_is_missing(iam: Iam, calls: list[str]) -> None:
    steps = POLICY.decide(POLICY.read(connected(iam)), {})
    assert [step.call for step in steps] == calls


def test_a_policy_that_is_there_is_kept_right() -> None:
    right = document(POLICY.needs)
    assert POLICY.decide(SeenRole(right, lacks=True), {}) == ()
    less = {**right, "Statement": right["Statement"][1:]}
    (step,) = POLICY.decide(SeenRole(less, lacks=True), {})
    assert (step.before, step.after) == (less, right)


def test_the_role_is_left_alone_unless_that_is_asked_for() -> None:
    granted = dataclasses.replace(SETTINGS, iam=dataclasses.replace(SETTINGS.iam, grant_inline=True))
    assert RolePolicy not in [type(each) for each in PARTS["iam"](SETTINGS)]
    assert RolePolicy in [type(each) for each in PARTS["iam"](granted)]
