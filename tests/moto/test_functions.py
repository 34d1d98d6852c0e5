"""Aliases on Lambda as moto knows them. moto gives no revision of a function and refuses no stale one:
code, variables and versions are held against the strict fake, and run on the local AWS.
"""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from outreach_ops.aws.errors import AwsError
from outreach_ops.aws.functions import Function
from outreach_ops.variables.values import Environment
from support.account import ACCOUNT, Account


@pytest.fixture
def server(account: Account) -> Function:
    """A function with two published versions, and the alias `live` on the first."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("index.mjs", "code")
    account.client("iam").create_role(
        RoleName="made-up-role", AssumeRolePolicyDocument=json.dumps({"Statement": []})
    )
    functions = account.client("lambda")
    functions.create_function(
        FunctionName="server",
        Runtime="nodejs22.x",
        Role=f"arn:aws:iam::{ACCOUNT}:role/made-up-role",
        Handler="index.handler",
        Code={"ZipFile": package.getvalue()},
        Publish=True,
    )
    functions.create_alias(FunctionName="server", Name="live", FunctionVersion="1")
    functions.update_function_configuration(FunctionName="server", Timeout=9)
    assert functions.publish_version(FunctionName="server")["Version"] == "2"
    return Function(account.aws.api("lambda"), "server")


def test_the_alias_moves_with_its_description(server: Function, account: Account) -> None:
    alias = server.alias("live")
    assert alias is not None
    assert (alias.version, alias.weights) == ("1", {})
    server.move_alias("live", "2", "v0.1.0 (abc)", alias.revision)
    held = account.client("lambda").get_alias(FunctionName="server", Name="live")
    assert (held["FunctionVersion"], held["Description"]) == ("2", "v0.1.0 (abc)")


def test_weights_are_read_and_cleared(server: Function, account: Account) -> None:
    account.client("lambda").update_alias(
        FunctionName="server", Name="live", RoutingConfig={"AdditionalVersionWeights": {"2": 0.1}}
    )
    alias = server.alias("live")
    assert alias is not None
    assert alias.weights == {"2": 0.1}
    server.move_alias("live", "2", "moved", alias.revision)
    moved = server.alias("live")
    assert moved is not None
    assert (moved.version, moved.weights) == ("2", {})


def test_what_is_missing_is_none(server: Function, account: Account) -> None:
    assert server.alias("no-such-alias") is None
    assert server.configuration("99") is None
    missing = Function(account.aws.api("lambda"), "no-such-function")
    assert missing.configuration() is None
    assert missing.alias("live") is None


def test_updating_a_missing_function_is_an_error(server: Function, account: Account) -> None:
    with pytest.raises(AwsError, match="ResourceNotFoundException"):
        Function(account.aws.api("lambda"), "no-such-function").update_environment(Environment({}), "any")
