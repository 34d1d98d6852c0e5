"""One door to AWS: what is refused, what is retried, what counts as missing, and what errors say."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import (
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
    TokenRetrievalError,
)

from fakes.client import Call, RefusedError, session
from fakes.site import Site
from outreach_ops.aws.api import RETRIES, Api, allow, refuse_writes
from outreach_ops.aws.errors import AwsError, UnreachableError, WriteRefusedError


class Service:
    """One service that answers as told, and counts."""

    def __init__(self, name: str, answer: Callable[[Call], Mapping[str, Any]]) -> None:
        self.calls: list[Call] = []
        self.pauses: list[float] = []
        self._answer = answer
        self._client = session(self._count).client(name)
        self._name = name
        self.api = self.guarded(allow)

    def guarded(self, guard: Callable[[str, str], None]) -> Api:
        """The same service behind a guard."""
        return Api(self._name, self._client, guard, self.pauses.append)

    def _count(self, call: Call) -> Mapping[str, Any]:
        self.calls.append(call)
        return self._answer(call)


def refusing(code: str, times: int = 10**6) -> Callable[[Call], Mapping[str, Any]]:
    """Refuses the first calls with `code`, then answers."""
    left = [code] * min(times, 100)

    def answer(_call: Call) -> Mapping[str, Any]:
        if left:
            raise RefusedError(left.pop(), "made up")
        return {}

    return answer


def raising(error: Exception) -> Callable[[Call], Mapping[str, Any]]:
    """Gives no answer at all."""

    def answer(_call: Call) -> Mapping[str, Any]:
        raise error

    return answer


WRITES = [
    ("lambda", "update_function_code", {"FunctionName": "f"}),
    ("lambda", "update_function_configuration", {"FunctionName": "f"}),
    ("lambda", "publish_version", {"FunctionName": "f"}),
    ("lambda", "update_alias", {"FunctionName": "f", "Name": "live"}),
    ("lambda", "create_alias", {"FunctionName": "f", "Name": "live", "FunctionVersion": "1"}),
    ("lambda", "add_permission", {"FunctionName": "f", "StatementId": "s", "Action": "a", "Principal": "*"}),
    ("lambda", "invoke", {"FunctionName": "f"}),
    ("s3", "put_object", {"Bucket": "bucket", "Key": "k"}),
    ("s3", "copy_object", {"Bucket": "bucket", "Key": "k", "CopySource": "bucket/source"}),
    ("s3", "delete_object", {"Bucket": "bucket", "Key": "k"}),
    ("s3", "put_bucket_policy", {"Bucket": "bucket", "Policy": "{}"}),
    ("dynamodb", "put_item", {"TableName": "table", "Item": {}}),
    ("dynamodb", "update_table", {"TableName": "table"}),
    ("cloudfront", "tag_resource", {"Resource": "r", "Tags": {}}),
    ("cloudfront", "delete_distribution", {"Id": "E"}),
    ("acm", "request_certificate", {"DomainName": "example.com"}),
]


@pytest.mark.parametrize(("service", "operation", "params"), WRITES, ids=[each[1] for each in WRITES])
def test_a_guard_stops_every_writing_call_before_it_is_made(
    service: str, operation: str, params: dict[str, Any]
) -> None:
    made = Service(service, lambda _call: {})
    with pytest.raises(WriteRefusedError, match=f"{service}:{operation} would write"):
        made.guarded(refuse_writes).call(operation, **params)
    assert made.calls == []
    made.api.call(operation, **params)
    assert len(made.calls) == 1


def test_reading_passes_the_guard(site: Site) -> None:
    aws = site.aws.connect().read_only()
    aws.api("lambda").call("get_alias", FunctionName="server", Name="live")
    assert list(aws.api("s3").pages("list_objects_v2", "Contents", Bucket="made-up-assets", Prefix="")) == []
    with pytest.raises(WriteRefusedError):
        aws.api("lambda").call("update_alias", FunctionName="server", Name="live", FunctionVersion="1")
    assert site.live["server"] == "1"
    assert site.aws.writes == []


def test_only_the_named_code_means_missing() -> None:
    found = Service("lambda", refusing("ResourceNotFoundException")).api.find(
        "get_alias", "ResourceNotFoundException", FunctionName="f", Name="live"
    )
    assert found is None


@pytest.mark.parametrize("code", ["AccessDeniedException", "404", "NoSuchEntity", "ServiceException"])
def test_any_other_code_is_an_error(code: str) -> None:
    with pytest.raises(AwsError) as caught:
        Service("lambda", refusing(code)).api.find(
            "get_alias", "ResourceNotFoundException", FunctionName="f", Name="live"
        )
    assert caught.value.code == code
    assert caught.value.operation == "lambda:get_alias"


RETRIED = [
    ("lambda", "update_function_code", "ResourceConflictException"),
    ("lambda", "update_function_configuration", "ResourceConflictException"),
    ("lambda", "publish_version", "ResourceConflictException"),
    ("lambda", "update_alias", "ResourceConflictException"),
    ("lambda", "create_event_source_mapping", "InvalidParameterValueException"),
]


@pytest.mark.parametrize(("service", "operation", "code"), RETRIED)
def test_what_clears_by_itself_is_tried_again_with_growing_pauses(
    service: str, operation: str, code: str
) -> None:
    made = Service(service, refusing(code, times=3))
    more = {"Name": "live"} if operation == "update_alias" else {}
    made.api.call(operation, FunctionName="f", **more)
    assert len(made.calls) == 4
    assert made.pauses == [0.5, 1, 2]


def test_the_guard_is_asked_again_before_each_repetition() -> None:
    made = Service("lambda", refusing("ResourceConflictException", times=3))
    asked: list[str] = []

    def guard(_service: str, operation: str) -> None:
        asked.append(operation)
        if len(asked) == 3:
            raise WriteRefusedError("the lease is another's by now", "look who has it")

    with pytest.raises(WriteRefusedError):
        made.guarded(guard).call("publish_version", FunctionName="f")
    assert (len(asked), len(made.calls)) == (3, 2)


def test_a_body_that_breaks_off_is_no_answer() -> None:
    class Broken:
        def read(self) -> bytes:
            raise ReadTimeoutError(endpoint_url="https://s3")

    with pytest.raises(UnreachableError, match="s3:body"):
        Service("s3", refusing("", times=0)).api.content(Broken())


def test_too_many_invalidations_are_waited_out() -> None:
    made = Service("cloudfront", refusing("TooManyInvalidationsInProgress", times=30))
    batch = {"Paths": {"Quantity": 0}, "CallerReference": "r"}
    made.api.call("create_invalidation", DistributionId="E", InvalidationBatch=batch)
    assert len(made.calls) == 31
    assert 400 < sum(made.pauses) < 600


def test_retries_are_bounded() -> None:
    made = Service("lambda", refusing("ResourceConflictException"))
    with pytest.raises(AwsError, match="ResourceConflictException"):
        made.api.call("publish_version", FunctionName="f")
    assert len(made.calls) == RETRIES


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("update_alias", "PreconditionFailedException"),
        ("create_alias", "ResourceConflictException"),
        ("publish_version", "PreconditionFailedException"),
        ("update_function_code", "InvalidParameterValueException"),
    ],
)
def test_nothing_else_is_tried_again(operation: str, code: str) -> None:
    made = Service("lambda", refusing(code))
    more = {"Name": "live", "FunctionVersion": "1"} if operation.endswith("alias") else {}
    with pytest.raises(AwsError, match=code):
        made.api.call(operation, FunctionName="f", **more)
    assert len(made.calls) == 1
    assert made.pauses == []


@pytest.mark.parametrize(
    ("error", "said", "fix"),
    [
        (NoCredentialsError(), "no AWS credentials were found", "invoke sandbox.env"),
        (
            EndpointConnectionError(endpoint_url="http://127.0.0.1:4566"),
            "nothing answers at http://127.0.0.1:4566",
            "invoke sandbox.start",
        ),
        (ReadTimeoutError(endpoint_url="https://lambda"), "lambda:get_alias", "aws sso login"),
        (TokenRetrievalError(provider="sso", error_msg="expired"), "expired", "aws sso login"),
    ],
)
def test_no_answer_says_what_to_run(error: Exception, said: str, fix: str) -> None:
    with pytest.raises(UnreachableError, match=said) as caught:
        Service("lambda", raising(error)).api.call("get_alias", FunctionName="f", Name="live")
    assert fix in caught.value.fix


@pytest.mark.parametrize(
    ("code", "fix"),
    [
        ("ExpiredToken", "aws sso login"),
        ("UnrecognizedClientException", "aws sso login"),
        ("AccessDeniedException", "ask for the permission"),
    ],
)
def test_known_refusals_say_what_to_do(code: str, fix: str) -> None:
    with pytest.raises(AwsError) as caught:
        Service("lambda", refusing(code)).api.call("get_alias", FunctionName="f", Name="live")
    assert fix in caught.value.fix


def test_refused_parameters_never_show_their_values() -> None:
    made = Service("lambda", lambda _call: {})
    with pytest.raises(AwsError, match="ParamValidation") as caught:
        made.api.call(
            "update_function_configuration",
            FunctionName="f",
            Environment={"Variables": {"SECRET": ["s3cret-value"]}},
        )
    assert "s3cret-value" not in "".join(traceback.format_exception(caught.value))
    assert made.calls == []


def test_what_lambda_quotes_of_the_variables_is_cut_out_of_the_error_and_its_cause() -> None:
    said = 'exceeded the 4KB limit. String measured: {"TOKEN":"s3cret"}'

    def answer(_call: Call) -> Mapping[str, Any]:
        raise RefusedError("InvalidParameterValueException", said)

    with pytest.raises(AwsError, match="4KB limit") as caught:
        Service("lambda", answer).api.call("get_function", FunctionName="server")
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))


def test_an_error_of_ours_is_not_disguised() -> None:
    with pytest.raises(ZeroDivisionError):
        Service("lambda", raising(ZeroDivisionError())).api.call("get_alias", FunctionName="f", Name="live")
