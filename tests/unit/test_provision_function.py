from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest

from fakes.client import Call, RefusedError, session
from outreach_ops.aws.errors import AwsError
from outreach_ops.aws.session import Aws
from outreach_ops.errors import OpsError
from outreach_ops.provision.function import Function, SeenFunction
from outreach_ops.provision.function_settings import FunctionSettings
from outreach_ops.provision.placeholder import DESCRIPTION, placeholder
from outreach_ops.provision.step import KNOWN_LATER

ROLE = "arn:aws:iam::123456789012:role/execution"
FUNCTION = Function("server", "live", "nodejs24.x", "index.handler", 1024, 30, "x86_64")
SETTINGS = FunctionSettings("server", "nodejs24.x", "index.handler", 1024, 30)
RIGHT = {
    "Runtime": "nodejs24.x",
    "Handler": "index.handler",
    "MemorySize": 1024,
    "Timeout": 30,
    "Role": ROLE,
    "CodeSha256": "c2hh",
    "RevisionId": "r1",
    "State": "Active",
    "LastUpdateStatus": "Successful",
    "Environment": {"Variables": {"AUTH0_SECRET": "planted"}},
}
KNOWN = {"role": ROLE}


def calls(seen: SeenFunction) -> list[str]:
    return [step.call for step in FUNCTION.decide(seen, KNOWN)]


def test_a_function_as_wanted_needs_nothing_wherever_its_alias_points() -> None:
    assert calls(SeenFunction(RIGHT, "7")) == []


def test_a_missing_function_is_made_as_a_published_placeholder_behind_the_alias() -> None:
    create, publish, alias = FUNCTION.decide(SeenFunction(None, None), KNOWN)
    assert (create.call, publish.call, alias.call) == (
        "lambda:CreateFunction",
        "lambda:PublishVersion",
        "lambda:CreateAlias",
    )
    assert create.after["role"] == ROLE
    assert alias.after == {"version": KNOWN_LATER}


def test_a_function_without_alias_is_published_as_it_is() -> None:
    assert calls(SeenFunction({**RIGHT, "Runtime": "nodejs20.x"}, None)) == [
        "lambda:PublishVersion",
        "lambda:CreateAlias",
    ]


def test_what_a_run_that_ended_half_way_made_is_no_site_of_before() -> None:
    code = base64.b64encode(hashlib.sha256(placeholder("index.handler")).digest()).decode()
    described = [
        FUNCTION.decide(SeenFunction(found, None), KNOWN)[-2].after["description"]
        for found in (None, {**RIGHT, "CodeSha256": code}, RIGHT)
    ]
    assert described == [DESCRIPTION, DESCRIPTION, "as found before the first release"]


def test_a_function_of_a_container_image_is_refused_with_the_way_out() -> None:
    with pytest.raises(OpsError, match="container image") as caught:
        calls(SeenFunction({**RIGHT, "PackageType": "Image"}, "7"))
    assert "another name" in caught.value.fix


def test_a_function_that_is_still_to_be_made_needs_no_settings() -> None:
    assert SETTINGS.decide(None, KNOWN) == ()
    assert SETTINGS.decide(RIGHT, KNOWN) == ()


@pytest.mark.parametrize(
    ("name", "parameter", "value"),
    [
        ("runtime", "Runtime", "nodejs22.x"),
        ("handler", "Handler", "main.handler"),
        ("memory", "MemorySize", 512),
        ("timeout", "Timeout", 3),
        ("role", "Role", ROLE + "-other"),
    ],
)
def test_one_changed_setting_is_named_and_only_that(name: str, parameter: str, value: Any) -> None:
    (step,) = SETTINGS.decide({**RIGHT, parameter: value}, KNOWN)
    assert step.call == "lambda:UpdateFunctionConfiguration"
    assert (list(step.before), step.before[name]) == ([name], value)
    assert list(step.after) == [name]


def test_no_environment_variable_is_in_a_step() -> None:
    steps = FUNCTION.decide(SeenFunction(RIGHT, None), KNOWN)
    steps += SETTINGS.decide({**RIGHT, "MemorySize": 1}, KNOWN)
    assert len(steps) == 3
    assert "planted" not in repr(steps)


class Strict:
    """Lambda, as strict as AWS about revisions and hashes."""

    def __init__(self) -> None:
        self.revision, self.calls = "r1", list[Call]()

    def __call__(self, call: Call) -> Mapping[str, Any]:
        self.calls.append(call)
        latest = {**RIGHT, "RevisionId": self.revision}
        match call.operation:
            case "GetFunction":
                # Settling changes the revision.
                self.revision = "r2"
                return {"Configuration": latest}
            case "GetFunctionConfiguration":
                return latest
            case "PublishVersion":
                if (call.params["RevisionId"], call.params["CodeSha256"]) != (self.revision, "c2hh"):
                    raise RefusedError("PreconditionFailedException", "the revision is another one")
                return {"Version": "4"}
            case "CreateAlias" | "UpdateFunctionConfiguration":
                return {}
        raise AssertionError(call)


def test_publishing_passes_the_settled_revision_and_the_alias_gets_that_version() -> None:
    strict = Strict()
    aws = Aws("123456789012", "us-east-1", None, session(strict))
    seen, known = SeenFunction(RIGHT, None), dict[str, Any]()
    for step in FUNCTION.decide(seen, KNOWN):
        known |= FUNCTION.acts()[step.call](aws, step, seen, known) or {}
    (alias,) = (call for call in strict.calls if call.operation == "CreateAlias")
    assert alias.params["FunctionVersion"] == "4"


def test_code_that_changed_meanwhile_is_not_published() -> None:
    class Racing(Strict):
        def __call__(self, call: Call) -> Mapping[str, Any]:
            if call.operation == "PublishVersion":
                self.revision = "r3"
            return super().__call__(call)

    aws = Aws("123456789012", "us-east-1", None, session(Racing()))
    publish = FUNCTION.decide(SeenFunction(RIGHT, None), KNOWN)[0]
    with pytest.raises(AwsError, match="PreconditionFailedException"):
        FUNCTION.acts()[publish.call](aws, publish, SeenFunction(RIGHT, None), {})


def test_changing_settings_sends_neither_variables_nor_code() -> None:
    strict = Strict()
    aws = Aws("123456789012", "us-east-1", None, session(strict))
    seen = {**RIGHT, "MemorySize": 1}
    (step,) = SETTINGS.decide(seen, KNOWN)
    SETTINGS.acts()[step.call](aws, step, seen, {})
    (change,) = (call.params for call in strict.calls if call.operation == "UpdateFunctionConfiguration")
    revision = change["RevisionId"]
    assert change == {"FunctionName": "server", "MemorySize": 1024, "RevisionId": revision}


def test_the_placeholder_has_the_handler_and_is_the_same_bytes_each_time() -> None:
    made = placeholder("app.main")
    assert made == placeholder("app.main")
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.namelist() == ["app.mjs"]
        assert "export const main = async" in archive.read("app.mjs").decode()
