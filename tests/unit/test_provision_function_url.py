from __future__ import annotations

from typing import Any

import pytest

from fakes.settings import SETTINGS as MADE_UP
from outreach_ops.provision.function_url import GRANTS, FunctionUrl, Permissions
from outreach_ops.provision.parts_functions import lambda_part
from outreach_ops.provision.step import KNOWN_LATER

URL = FunctionUrl("server", "live", "server_domain")
RIGHT = {"FunctionUrl": "https://abc.lambda-url.us-east-1.on.aws/", "AuthType": "NONE"}


def test_a_url_as_wanted_needs_nothing_and_gives_its_host() -> None:
    assert URL.decide(RIGHT, {}) == ()
    assert URL.values(RIGHT) == {"server_domain": "abc.lambda-url.us-east-1.on.aws"}


def test_a_missing_url_is_made_and_its_host_is_known_later() -> None:
    (step,) = URL.decide(None, {})
    assert step.call == "lambda:CreateFunctionUrlConfig"
    assert step.after == {"AuthType": "NONE", "InvokeMode": "BUFFERED"}
    assert URL.values(None) == {"server_domain": KNOWN_LATER}


@pytest.mark.parametrize(("name", "value"), [("AuthType", "AWS_IAM"), ("InvokeMode", "RESPONSE_STREAM")])
def test_one_changed_setting_is_named_and_only_that(name: str, value: str) -> None:
    (step,) = URL.decide({**RIGHT, name: value}, {})
    assert (step.call, step.before) == ("lambda:UpdateFunctionUrlConfig", {name: value})


def statement(
    sid: str, action: str, condition: dict[str, Any] | None, principal: Any = "*"
) -> dict[str, Any]:
    found = {"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": action, "Resource": "arn"}
    return found if condition is None else {**found, "Condition": condition}


URL_CONDITION = {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}
INVOKE_CONDITION = {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}
PERMISSIONS = Permissions("server", "live")


def test_both_permissions_are_given_and_neither_without_a_condition() -> None:
    steps = PERMISSIONS.decide((), {})
    assert [step.call for step in steps] == ["lambda:AddPermission", "lambda:AddPermission"]
    assert [grant.parameter for grant in GRANTS] == [
        {"FunctionUrlAuthType": "NONE"},
        {"InvokedViaFunctionUrl": True},
    ]
    assert all(grant.condition for grant in GRANTS)


def test_permissions_count_by_what_they_say_whatever_their_name() -> None:
    seen = (
        statement("console-made", "lambda:InvokeFunctionUrl", URL_CONDITION, {"AWS": "*"}),
        statement("sam-made", "lambda:InvokeFunction", INVOKE_CONDITION),
    )
    assert PERMISSIONS.decide(seen, {}) == ()


def test_an_unconditional_permission_of_our_name_is_replaced() -> None:
    seen = (
        statement(GRANTS[0].sid, "lambda:InvokeFunctionUrl", URL_CONDITION),
        statement(GRANTS[1].sid, "lambda:InvokeFunction", None),
    )
    remove, add = PERMISSIONS.decide(seen, {})
    assert (remove.call, list(remove.before)) == ("lambda:RemovePermission", [GRANTS[1].sid])
    assert add.after[GRANTS[1].sid]["condition"] == INVOKE_CONDITION


def test_a_foreign_statement_is_neither_taken_for_ours_nor_removed() -> None:
    foreign = statement("theirs", "lambda:InvokeFunction", None, {"Service": "events.amazonaws.com"})
    assert [step.call for step in PERMISSIONS.decide((foreign,), {})] == ["lambda:AddPermission"] * 2


def test_everybody_may_call_before_the_url_stops_asking_for_signatures() -> None:
    order = [type(each) for each in lambda_part(MADE_UP)]
    assert order.count(FunctionUrl) == order.count(Permissions) == 2
    for at in (place for place, kind in enumerate(order) if kind is FunctionUrl):
        assert order[at - 1] is Permissions
