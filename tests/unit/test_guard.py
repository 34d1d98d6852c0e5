"""Who is let through to the local AWS, decided from the request alone."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Callable
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from outreach_ops.aws.signing import read_signature, recompute
from outreach_ops.sandbox.asgi import head, read_body
from outreach_ops.sandbox.guard import Guard, is_open, is_viewer

PORT = 4566
ACCOUNT, SECRET = "111122223333", "drawn"
SESSION, TOKEN = "ASIASESSION", "token"
OWN = Credentials(ACCOUNT, SECRET)
BODY = b'{"FunctionName": "evil"}'
PATH = "/2015-03-31/functions"


def secret_of(key: str, token: str) -> str | None:
    """The account's own access key, and that of one session."""
    return {(ACCOUNT, ""): SECRET, (SESSION, TOKEN): "of the session"}.get((key, token))


def signed(
    credentials: Credentials = OWN,
    method: str = "POST",
    target: str = PATH,
    host: str = f"127.0.0.1:{PORT}",
    body: bytes = BODY,
    auth: Callable[..., Any] = SigV4Auth,
    service: str = "lambda",
    **headers: str,
) -> dict[str, Any]:
    """A request as botocore signs it now."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = AWSRequest(method, f"http://{host}{target}", named, body)
    auth(credentials, service, "us-east-1").add_auth(request)
    target = request.url.removeprefix(f"http://{host}")
    return asked(method, target, {"host": host, **dict(request.headers.items())}, body)


def asked(method: str, target: str, headers: dict[str, str], body: bytes = b"") -> dict[str, Any]:
    """A request as the server gets it."""
    path, _, query = target.partition("?")
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return {
        "method": method,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": raw,
        "body": body,
    }


def altered(request: dict[str, Any], **changed: str) -> dict[str, Any]:
    """The same request with other headers."""
    names = {name.replace("_", "-"): value for name, value in changed.items()}
    rest = [(name, value) for name, value in request["headers"] if name.decode().lower() not in names]
    return {**request, "headers": rest + [(name.encode(), value.encode()) for name, value in names.items()]}


def refusal(request: dict[str, Any], minutes: float = 0) -> str | None:
    """The code with which a request is refused so many minutes from now, or None."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": request["body"]}

    async def admitted() -> str | None:
        now = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=minutes)
        refused, again = await Guard(secret_of).admit(head(request), PORT, receive, now)
        assert refused is not None or await read_body(again) == request["body"]
        return refused and refused.code

    return asyncio.run(admitted())


@pytest.mark.parametrize(
    "sign",
    [
        lambda: signed(),
        lambda: signed(host=f"localhost:{PORT}"),
        lambda: signed(host="lambda.us-east-1.amazonaws.com"),
        lambda: signed(method="GET", target=f"{PATH}/a%20b?Qualifier=x&Marker=%2F&tagging", body=b""),
        lambda: signed(
            auth=S3SigV4Auth, service="s3", method="PUT", target="/bucket/a%20b//c+~d.txt?x-id=PutObject"
        ),
        lambda: signed(service="sqs", target="/", x_amz_target="AmazonSQS.ListQueues", content_type="a;  b"),
        lambda: signed(Credentials(SESSION, "of the session", TOKEN)),
        lambda: signed(auth=SigV4QueryAuth, method="GET", body=b""),
        lambda: signed(auth=S3SigV4QueryAuth, service="s3", method="GET", target="/bucket/key", body=b""),
    ],
)
def test_what_an_sdk_signs_with_a_known_secret_is_let_through(sign: Callable[[], dict[str, Any]]) -> None:
    # Signed now: the whole run takes longer than a signature lasts.
    assert refusal(sign()) is None


@pytest.mark.parametrize("origin", ["http://evil.example", "null", f"http://127.0.0.1:{PORT}", ""])
def test_a_sentwith_an_origin_is_refused_whatever_its_signature(origin: str) -> None:
    assert refusal(altered(signed(), origin=origin)) == "AccessDenied"
    preflight = {"host": f"127.0.0.1:{PORT}", "origin": origin, "access-control-request-method": "POST"}
    assert refusal(asked("OPTIONS", PATH, preflight)) == "AccessDenied"
    site = {"host": "d1.cloudfront.net", "origin": origin}
    assert refusal(asked("GET", "/", site)) == "AccessDenied"


@pytest.mark.parametrize(
    "host",
    [
        f"evil.example:{PORT}",
        f"127.0.0.1.nip.io:{PORT}",
        f"localhost.evil.example:{PORT}",
        f"evil.localhost:{PORT}",
        f"amazonaws.com.evil.example:{PORT}",
        f"evilamazonaws.com:{PORT}",
        f"evilcloudfront.net:{PORT}",
        f"d1.cloudfront.net.evil.example:{PORT}",
        f"0.0.0.0:{PORT}",
        f"[::1]:{PORT}",
        "127.0.0.1",
        "localhost",
        f"127.0.0.1:{PORT}1",
        f"127.0.0.1:{PORT}.evil.example",
        "",
    ],
)
def test_another_host_is_refused_whatever_its_signature(host: str) -> None:
    assert refusal(altered(signed(), host=host)) == "AccessDenied"
    assert refusal(asked("GET", "/", {"host": host})) == "AccessDenied"


def test_a_proxys_target_is_refused() -> None:
    target = "http://lambda.us-east-1.amazonaws.com/2015-03-31/functions"
    assert refusal({**signed(), "raw_path": target.encode()}) == "AccessDenied"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"x-amz-target": "AmazonSSM.GetParameters"},
        {"authorization": "Bearer drawn"},
        {"authorization": f"AWS {ACCOUNT}:c2lnbmF0dXJl"},
        {"authorization": f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/us-east-1/lambda/aws4_request"},
    ],
)
def test_what_a_page_can_send_without_an_origin_is_not_signed(headers: dict[str, str]) -> None:
    own = {"host": f"127.0.0.1:{PORT}", **headers}
    for method in ("GET", "POST", "PUT"):
        assert refusal(asked(method, PATH, own, BODY)) == "MissingAuthenticationToken"
    assert refusal(asked("GET", "/?AWSAccessKeyId=111122223333&Signature=x", own)) == (
        "MissingAuthenticationToken"
    )


@pytest.mark.parametrize("secret", ["sandbox", "test", "x", ""])
def test_a_guessed_secret_is_refused(secret: str) -> None:
    assert refusal(signed(Credentials(ACCOUNT, secret))) == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    "credentials",
    [
        Credentials("AKIAUNKNOWN", SECRET),
        Credentials(SESSION, "of the session"),
        Credentials(SESSION, "of the session", "another token"),
        Credentials(ACCOUNT, SECRET, "left over"),
    ],
)
def test_an_unknown_key_or_token_is_refused(credentials: Credentials) -> None:
    assert refusal(signed(credentials)) == "InvalidClientTokenId"


@pytest.mark.parametrize(
    "sign",
    [
        lambda: {**signed(), "method": "DELETE"},
        lambda: {**signed(), "raw_path": b"/2015-03-31/functions/other"},
        lambda: {**signed(), "query_string": b"Qualifier=live"},
        lambda: {**signed(), "body": b"another body"},
        lambda: {**signed(auth=S3SigV4Auth, service="s3"), "body": b"another body"},
        lambda: altered(signed(), host=f"localhost:{PORT}"),
        lambda: altered(signed(x_amz_target="AmazonSQS.ListQueues"), x_amz_target="AmazonSQS.PurgeQueue"),
        lambda: {
            **signed(auth=S3SigV4QueryAuth, service="s3", method="GET", body=b""),
            "raw_path": b"/bucket/other",
        },
        lambda: {**signed(auth=SigV4QueryAuth, method="GET", body=b""), "body": b"a body"},
    ],
)
def test_a_signed_request_that_was_altered_is_refused(sign: Callable[[], dict[str, Any]]) -> None:
    assert refusal(sign()) == "SignatureDoesNotMatch"


@pytest.mark.parametrize("stated", ["UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"])
def test_a_stream_is_signed_by_what_it_states_in_place_of_its_hash(stated: str) -> None:
    stream = signed(service="s3", method="PUT", target="/bucket/key", x_amz_content_sha256=stated)
    assert refusal(stream) is None
    assert refusal(altered(stream, x_amz_content_sha256="STREAMING-OF-ANOTHER-KIND")) == (
        "SignatureDoesNotMatch"
    )


@pytest.mark.parametrize(("minutes", "code"), [(14, None), (16, "RequestTimeTooSkewed")])
def test_a_signature_is_good_for_a_quarter_of_an_hour(minutes: int, code: str | None) -> None:
    assert refusal(signed(), minutes) == refusal(signed(), -minutes) == code


def test_a_signed_address_is_good_for_as_long_as_it_says() -> None:
    address = signed(auth=SigV4QueryAuth, method="GET", body=b"")
    assert refusal(address, 59) is None
    assert refusal(address, 61) == "RequestTimeTooSkewed"
    eternal = address["query_string"].replace(b"Expires=3600", b"Expires=9999999999")
    assert refusal({**address, "query_string": eternal}, 59) == "SignatureDoesNotMatch"


def test_a_signature_without_time_or_host_is_refused() -> None:
    assert refusal(altered(signed(), x_amz_date="yesterday")) == "IncompleteSignature"
    sent = signed()
    (authorization,) = [value.decode() for name, value in sent["headers"] if name == b"Authorization"]
    sent = altered(sent, authorization=authorization.replace("SignedHeaders=host;", "SignedHeaders="))
    signature = read_signature(head(sent))
    assert signature is not None
    right = recompute(head(sent), signature, SECRET, BODY)
    whole = head(sent).headers["authorization"].replace(signature.value, right)
    assert refusal(altered(sent, authorization=whole)) == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    "path", ["/_ministack/reset", "/_localstack/health", "/_aws/lambda-url/x/", "/%5fministack/config", "/_"]
)
def test_ministacks_own_addresses_are_not_offered_to_anybody(path: str) -> None:
    assert refusal(signed(target=path)) == "AccessDenied"


def test_the_control_endpoints_are_signed_for_and_the_stand_in_is_open() -> None:
    own = {"host": f"127.0.0.1:{PORT}"}
    for path in ("/_sandbox/status", "/_sandbox/faults", "/_sandbox/upstream", "/_sandbox/upstreams/x"):
        assert refusal(asked("GET", path, own)) == "MissingAuthenticationToken"
        assert refusal(signed(target=path)) is None
    assert refusal(asked("GET", "/_sandbox/upstream/templates", own)) is None


@pytest.mark.parametrize("host", ["d1.cloudfront.net", f"D1.CloudFront.net:{PORT}", "u.lambda-url.r.on.aws"])
def test_viewers_need_no_signature_and_are_never_taken_for_the_api(host: str) -> None:
    request = asked("POST", PATH, {"host": host, "x-amz-target": "AmazonSQS.ListQueues"})
    assert refusal(request) is None
    assert is_viewer(head(request)) and is_open(head(request))
    assert refusal(asked("GET", "/_next/x.js", {"host": host})) is None
