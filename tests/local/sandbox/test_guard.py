"""What a web page, another host or a stranger gets from a local AWS that runs."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from outreach_ops.sandbox import environment, process
from outreach_ops.sandbox.remote import ask
from outreach_ops.sandbox.spec import SandboxSpec
from outreach_ops.sandbox.state import Layout, Running
from support import sandbox_site as support
from support.sandbox_site import SITE, distribution

CREATE = b'{"FunctionName": "evil", "Role": "r", "Handler": "index.handler", "Code": {}}'
FUNCTIONS = "/2015-03-31/functions"
FORM = b"Action=CreateUser&UserName=evil&Version=2010-05-08"
NO_PATH = "http://lambda.us-east-1.amazonaws.com/2015-03-31/functions/"
"""The target of a request to a proxy."""


@pytest.fixture(scope="class")
def unchanged(sandbox: Running) -> Iterator[None]:
    """Asserts that no request of a class's tests became a call or changed anything."""
    functions, iam, s3 = (support.client(sandbox, name) for name in ("lambda", "iam", "s3"))

    def held() -> tuple[list[str], ...]:
        return (
            [each["FunctionName"] for each in functions.list_functions()["Functions"]],
            [each["UserName"] for each in iam.list_users()["Users"]],
            [each["Name"] for each in s3.list_buckets()["Buckets"]],
        )

    before = held()
    ask(sandbox, "/calls", "DELETE")
    yield
    assert json.loads(ask(sandbox, "/calls").body) == []
    assert held() == before


@pytest.mark.usefixtures("unchanged")
class TestPage:
    @pytest.mark.parametrize(
        ("method", "path", "body", "headers"),
        [
            ("GET", FUNCTIONS, None, {}),
            ("GET", "/?Action=CreateUser&UserName=evil&Version=2010-05-08", None, {}),
            ("POST", f"{FUNCTIONS}/", CREATE, {"Content-Type": "text/plain"}),
            ("POST", "/", FORM, {"Content-Type": "application/x-www-form-urlencoded"}),
            ("POST", "/", FORM, {"Content-Type": "application/x-www-form-urlencoded", "Origin": "null"}),
            ("PUT", "/evil", None, {"Origin": "http://evil.example"}),
            ("OPTIONS", "/evil", None, {"Origin": "http://evil.example"}),
            ("OPTIONS", "/evil", None, {}),
            ("POST", "/_ministack/reset", b"", {}),
            ("POST", "/_ministack/config", b'{"lambda_svc.LAMBDA_EXECUTOR": "docker"}', {}),
            ("GET", "/_ministack/health", None, {}),
            ("GET", "/_ministack/lambda-code/111122223333/us-east-1/site-server", None, {}),
            ("POST", "/_sandbox/faults", b'[{"action": "drop"}]', {"Content-Type": "text/plain"}),
            ("GET", "/_sandbox/status", None, {}),
            ("GET", "/_sandbox/calls", None, {"Origin": "http://evil.example"}),
            ("GET", "/_sandbox/upstream/templates", None, {"Origin": "null", "x-tenant-id": "t"}),
        ],
    )
    def test_gets_no_answer_that_it_could_read_and_changes_nothing(
        self,
        sandbox: Running,
        method: str,
        path: str,
        body: bytes | None,
        headers: dict[str, str],
    ) -> None:
        for host in (f"127.0.0.1:{sandbox.api_port}", f"evil.example:{sandbox.api_port}"):
            answer = support.request(sandbox.api_port, path, method, body, {"Host": host, **headers})
            assert answer.status == 403, answer.body
            assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.usefixtures("unchanged")
class TestSite:
    @pytest.mark.parametrize(
        ("method", "path", "headers"),
        [
            ("POST", "/", {"X-Amz-Target": "AmazonSSM.GetParameters"}),
            ("GET", FUNCTIONS, {"Host": "lambda.us-east-1.amazonaws.com"}),
            ("GET", f"/{FUNCTIONS}", {"x-forwarded-host": "lambda.us-east-1.amazonaws.com"}),
            ("POST", "/", {"Content-Type": "application/x-www-form-urlencoded"}),
            ("POST", "/_ministack/reset", {}),
            ("POST", "/_ministack/config", {}),
            ("GET", "/_ministack/health", {}),
            ("GET", "/health", {}),
            ("GET", "/_ministack/lambda-code/111122223333/us-east-1/site-server", {}),
            ("GET", "/_sandbox/status", {}),
            ("GET", "/_aws/lambda-url/x/", {}),
            ("GET", "/v20180820/bucket/site-assets", {}),
            ("POST", "/Execute", {}),
            ("GET", "/v2/email/identities", {}),
            ("GET", "/v2/_catalog", {}),
            ("GET", "/iceberg/v1/config", {}),
            ("GET", "/oauth2/authorize", {}),
            ("POST", "/WriteGetObjectResponse", {"x-amz-request-route": "x"}),
        ],
    )
    def test_is_answered_by_the_application_whatever_is_asked_of_its_port(
        self, sandbox: Running, method: str, path: str, headers: dict[str, str]
    ) -> None:
        credential = f"Credential={sandbox.spec.account_id}/20260101/us-east-1/lambda/aws4_request"
        signed = {"Authorization": f"AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0"}
        body = FORM if method == "POST" else None
        for more in ({}, signed):
            answer = support.request(sandbox.site_ports[SITE.name], path, method, body, {**headers, **more})
            assert (answer.status, answer.json()["release"]) == (200, "one")

    @pytest.mark.parametrize("port", ["api", "site"])
    def test_a_proxys_target_reaches_nothing(self, sandbox: Running, port: str) -> None:
        number = sandbox.api_port if port == "api" else sandbox.site_ports[SITE.name]
        assert support.request(number, NO_PATH).status in (400, 403)

    def test_a_page_of_another_origin_may_read_what_the_application_allows_and_no_more(
        self, view: Callable[..., support.Answer]
    ) -> None:
        for method in ("GET", "OPTIONS"):
            answer = view("/page", method=method, headers={"Origin": "http://evil.example"})
            assert (answer.status, answer.json()["method"]) == (200, method)
            assert not [name for name in answer.headers if name.startswith("access-control-")]

    def test_under_aws_own_names_the_api_port_serves_sites_and_never_the_api(
        self, sandbox: Running, control: Callable[..., Any]
    ) -> None:
        own, target = distribution(control), {"X-Amz-Target": "AmazonSSM.GetParameters"}
        for path in ("/", FUNCTIONS, "/_ministack/reset", "/_sandbox/status"):
            answer = support.request(sandbox.api_port, path, "POST", FORM, {"Host": own, **target})
            assert (answer.status, answer.json()["release"]) == (200, "one")
            for host in ("none.cloudfront.net", "x.on.aws", "x.lambda-url.us-east-1.on.aws"):
                answer = support.request(sandbox.api_port, path, "POST", FORM, {"Host": host, **target})
                assert answer.status == 404


class TestSignature:
    def test_answers_to_signed_calls_allow_no_page_to_read_them(self, sandbox: Running) -> None:
        for service, path in (("s3", "/"), ("s3", "/missing-bucket/key"), ("lambda", FUNCTIONS)):
            answer = support.signed_request(sandbox, path, service=service)
            assert answer.status in (200, 404)
            assert not [name for name in answer.headers if name.startswith("access-control-")]

    @pytest.mark.parametrize(
        ("service", "operation"),
        [
            ("lambda", "list_functions"),
            ("s3", "list_buckets"),
            ("dynamodb", "list_tables"),
            ("iam", "list_roles"),
            ("cloudfront", "list_distributions"),
            ("sns", "list_topics"),
            ("cloudwatch", "describe_alarms"),
        ],
    )
    def test_the_error_of_another_secret_is_the_services_own_and_says_what_to_type(
        self, sandbox: Running, service: str, operation: str
    ) -> None:
        with pytest.raises(ClientError) as caught:
            getattr(_client(sandbox, service, sandbox.spec.account_id, "sandbox"), operation)()
        error = caught.value.response["Error"]
        assert (error["Code"], 'eval "$(invoke sandbox.env)"' in error["Message"]) == (
            "SignatureDoesNotMatch",
            True,
        )

    def test_a_command_in_a_shell_that_is_out_of_date_says_what_to_type(self, sandbox: Running) -> None:
        shell = {**environment.applied(sandbox, {}), "AWS_SECRET_ACCESS_KEY": "of last week"}
        invoke = Path(sys.executable).parent / "invoke"
        done = subprocess.run(
            [str(invoke), "status", "--env=staging"], env=shell, capture_output=True, text=True, check=False
        )
        assert (done.returncode, "Traceback" in done.stderr) == (4, False), done.stderr
        assert 'eval "$(invoke sandbox.env)"' in done.stderr

    def test_a_session_that_was_issued_here_is_known_with_its_token(self, sandbox: Running) -> None:
        role = f"arn:aws:iam::{sandbox.spec.account_id}:role/{support.ROLE}"
        issued = support.client(sandbox, "sts").assume_role(RoleArn=role, RoleSessionName="known")
        made = issued["Credentials"]
        keys = made["AccessKeyId"], made["SecretAccessKey"]
        known = _client(sandbox, "sts", *keys, made["SessionToken"]).get_caller_identity()
        assert known["Arn"].endswith(f"assumed-role/{support.ROLE}/known")
        for token in (None, "another"):
            with pytest.raises(ClientError, match="InvalidClientTokenId"):
                _client(sandbox, "sts", *keys, token).get_caller_identity()

    def test_a_users_access_key_is_known_until_it_is_deleted(self, sandbox: Running) -> None:
        iam = support.client(sandbox, "iam")
        iam.create_user(UserName="known")
        made = iam.create_access_key(UserName="known")["AccessKey"]
        user = _client(sandbox, "s3", made["AccessKeyId"], made["SecretAccessKey"])
        assert user.list_buckets()["Buckets"]
        iam.delete_access_key(UserName="known", AccessKeyId=made["AccessKeyId"])
        with pytest.raises(ClientError, match="InvalidClientTokenId"):
            user.list_buckets()
        iam.delete_user(UserName="known")

    def test_a_signed_address_opens_one_object_and_no_other(self, sandbox: Running) -> None:
        s3 = support.client(sandbox, "s3", signature_version="s3v4")
        key = {"Bucket": support.BUCKET, "Key": "_assets/app.js"}
        url = s3.generate_presigned_url("get_object", Params=key)
        assert _read(url) == (200, b"asset")
        assert _read(url.replace("app.js", "other.js"))[0] == 403

    def test_the_code_of_a_function_is_at_a_signed_address(self, sandbox: Running) -> None:
        functions = support.client(sandbox, "lambda")
        answer = functions.get_function(FunctionName=support.FUNCTION)
        url, expected = answer["Code"]["Location"], answer["Configuration"]["CodeSha256"]
        status, body = _read(url)
        assert (status, base64.b64encode(hashlib.sha256(body).digest()).decode()) == (200, expected)
        assert _read(url.partition("?")[0])[0] == 403
        assert _read(url.replace(support.FUNCTION, "another"))[0] == 403


class TestSecret:
    def test_only_its_owner_can_read_it_and_no_other_file_has_it(self, sandbox: Running) -> None:
        layout, secret = Layout(sandbox.state_dir), sandbox.credentials.secret_key
        assert len(secret) >= 32
        assert (layout.root.stat().st_mode & 0o777, layout.secret.stat().st_mode & 0o777) == (0o700, 0o600)
        for path in (layout.log, layout.record, layout.spec):
            assert secret.encode() not in path.read_bytes()
        assert environment.environment(sandbox)["AWS_SECRET_ACCESS_KEY"] == secret

    def test_it_outlives_a_stop_and_ends_with_a_reset(self, state_dir: Path) -> None:
        state_dir.chmod(0o755)
        first = process.start(state_dir, SandboxSpec()).credentials.secret_key
        assert state_dir.stat().st_mode & 0o777 == 0o700
        process.stop(state_dir)
        assert process.start(state_dir, SandboxSpec()).credentials.secret_key == first
        process.reset(state_dir)
        again = process.start(state_dir, SandboxSpec())
        assert again.credentials.secret_key != first
        with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
            _client(again, "s3", again.spec.account_id, first).list_buckets()


def _client(running: Running, service: str, key: str, secret: str, token: str | None = None) -> Any:
    return boto3.client(
        service,
        endpoint_url=running.endpoint_url,
        region_name=running.spec.region,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(retries={"total_max_attempts": 1}),
    )


def _read(url: str) -> tuple[int, bytes]:
    """Status and body of a plain GET."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
