"""API calls: recorded by operation, delayed, failed and dropped by rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from outreach_ops.sandbox import seed
from outreach_ops.sandbox.spec import SandboxSpec
from outreach_ops.sandbox.state import Running
from support import sandbox_site as support
from support.sandbox_site import SPEC


class TestCalls:
    def test_records_what_each_call_is_and_whether_it_writes(
        self, sandbox: Running, control: Callable[..., Any]
    ) -> None:
        s3, aws = support.client(sandbox, "s3"), support.client(sandbox, "lambda")
        copied = {"Bucket": support.BUCKET, "Key": "calls"}
        control("DELETE", "/calls")
        s3.put_object(**copied, Body=b"")
        s3.copy_object(**copied, CopySource=copied, MetadataDirective="REPLACE")
        s3.head_object(**copied)
        s3.list_objects_v2(Bucket=support.BUCKET)
        s3.get_bucket_policy(Bucket=support.BUCKET)
        aws.get_alias(FunctionName=support.FUNCTION, Name="live")
        aws.update_alias(FunctionName=support.FUNCTION, Name="live", Description="same")
        support.client(sandbox, "iam").get_role(RoleName=support.ROLE)
        support.client(sandbox, "dynamodb").list_tables()
        support.client(sandbox, "logs").create_log_group(logGroupName="calls")
        support.client(sandbox, "cloudwatch").describe_alarms()
        support.client(sandbox, "cloudfront").list_distributions()
        found = [(call["service"], call["operation"], call["writes"]) for call in control("GET", "/calls")]
        assert found == [
            ("s3", "PutObject", True),
            ("s3", "CopyObject", True),
            ("s3", "HeadObject", False),
            ("s3", "ListObjectsV2", False),
            ("s3", "GetBucketPolicy", False),
            ("lambda", "GetAlias", False),
            ("lambda", "UpdateAlias", True),
            ("iam", "GetRole", False),
            ("dynamodb", "ListTables", False),
            ("logs", "CreateLogGroup", True),
            ("monitoring", "DescribeAlarms", False),
            ("cloudfront", "ListDistributions", False),
        ]

    def test_viewer_requests_and_own_endpoints_are_no_calls(
        self, view: Callable[..., support.Answer], sandbox: Running, control: Callable[..., Any]
    ) -> None:
        control("DELETE", "/calls")
        view("/page")
        assert support.signed_request(sandbox, "/_ministack/health").status == 403
        assert control("GET", "/calls") == []


class TestFaults:
    @pytest.mark.parametrize("service", ["lambda", "s3", "dynamodb", "iam", "cloudfront"])
    def test_error_is_the_services_own_and_ends_after_its_times(
        self, sandbox: Running, control: Callable[..., Any], service: str
    ) -> None:
        read = {
            "lambda": "list_functions",
            "s3": "list_buckets",
            "dynamodb": "list_tables",
            "iam": "list_roles",
            "cloudfront": "list_distributions",
        }
        match = {"service": service, "operation": "List.*"}
        rule = {"match": match, "action": "error", "status": 429, "code": "TooManyThings", "times": 1}
        control("POST", "/faults", [rule])
        call = getattr(support.client(sandbox, service), read[service])
        with pytest.raises(ClientError) as caught:
            call()
        assert caught.value.response["Error"]["Code"] == "TooManyThings"
        assert call()["ResponseMetadata"]["HTTPStatusCode"] == 200

    @pytest.mark.parametrize(("when", "stored"), [("before", False), ("after", True)])
    def test_dropped_connection_comes_before_or_after_the_effect(
        self, sandbox: Running, control: Callable[..., Any], when: str, stored: bool
    ) -> None:
        s3 = support.client(sandbox, "s3")
        control("POST", "/faults", [{"match": {"operation": "PutObject"}, "action": "drop", "when": when}])
        with pytest.raises(ConnectionClosedError):
            s3.put_object(Bucket=support.BUCKET, Key=f"dropped-{when}", Body=b"x")
        listed = s3.list_objects_v2(Bucket=support.BUCKET, Prefix=f"dropped-{when}")
        assert (listed["KeyCount"] == 1) is stored

    def test_answer_that_was_held_back_is_the_calls_own(
        self, sandbox: Running, control: Callable[..., Any]
    ) -> None:
        iam = support.client(sandbox, "iam")
        control("POST", "/faults", [{"match": {"operation": "CreateRole"}, "when": "after", "delay_ms": 1}])
        assert seed.seed(SandboxSpec(execution_roles=("held-back",)), iam, None) == ["role held-back"]
        assert seed.seed(SandboxSpec(execution_roles=("held-back",)), iam, None) == []

    def test_error_of_s3_stands_alone_in_its_document(
        self, sandbox: Running, control: Callable[..., Any]
    ) -> None:
        control("POST", "/faults", [{"action": "error", "code": "SlowDown", "status": 503}])
        answer = support.signed_request(sandbox, "/", service="s3")
        assert (answer.status, answer.body[:20]) == (503, b"<Error><Code>SlowDow")

    def test_delay_outlasts_an_impatient_client(self, sandbox: Running, control: Callable[..., Any]) -> None:
        impatient = support.client(sandbox, "sts", read_timeout=1)
        assert impatient.get_caller_identity()["Account"] == SPEC.account_id
        control("POST", "/faults", [{"match": {"service": "sts"}, "delay_ms": 3000}])
        with pytest.raises(ReadTimeoutError):
            impatient.get_caller_identity()

    @pytest.mark.parametrize(
        "rule",
        [
            {"actoin": "drop"},
            {"action": "explode"},
            {"when": "during"},
            {"match": {"verb": "GET"}},
            {"match": {"path": "("}},
            "drop",
        ],
    )
    def test_rule_that_cannot_be_meant_is_refused(self, control: Callable[..., Any], rule: object) -> None:
        assert "error" in control("POST", "/faults", [rule])
