"""AWS signatures, made and recomputed by botocore's own signer."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote

from botocore.auth import S3SigV4Auth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials as Credentials  # sandbox/state.py makes those of a local AWS

AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/,]+)/\d{8}/([^/,]+)/([^/,]+)/aws4_request, ?"
    r"SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})"
)
SCOPE = re.compile(r"([^/]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")
TIMESTAMP = "%Y%m%dT%H%M%SZ"
CONTENT_HASH = "x-amz-content-sha256"
UNSIGNED = "UNSIGNED-PAYLOAD"
HASH = re.compile("[0-9a-f]{64}")
SCOPE_OF_OURS = ("sandbox", "us-east-1")
"""Service and region of signatures for what the local AWS has beside AWS's services."""
DOWNLOAD_SECONDS = 600


@dataclasses.dataclass(frozen=True)
class Request:
    """A request without its body, as it came: the path is percent-encoded, header names are lower-case."""

    method: str
    raw_path: str
    query: str
    headers: Mapping[str, str]

    @property
    def path(self) -> str:
        """The decoded path."""
        return unquote(self.raw_path)


@dataclasses.dataclass(frozen=True)
class Signature:
    """What a request says of its signature; `expires_in` seconds are those of a signed address, else None."""

    key: str
    region: str
    service: str
    headers: tuple[str, ...]
    value: str
    timestamp: str
    token: str
    expires_in: int | None = None

    @property
    def signed_at(self) -> datetime.datetime:
        """When it was made; raises ValueError when that is no time."""
        return datetime.datetime.strptime(self.timestamp, TIMESTAMP).replace(tzinfo=datetime.UTC)


def sign(credentials: Any, method: str, url: str, body: bytes = b"") -> dict[str, str]:
    """Return the headers that sign a request to the local AWS's own endpoints."""
    request = AWSRequest(method, url, data=body)
    SigV4Auth(credentials, *SCOPE_OF_OURS).add_auth(request)
    return dict(request.headers.items())


def sign_download(secret: str, key: str, url: str) -> str:
    """Return `url` as an address that anybody may read for ten minutes."""
    request = AWSRequest("GET", url)
    SigV4QueryAuth(Credentials(key, secret), *SCOPE_OF_OURS, expires=DOWNLOAD_SECONDS).add_auth(request)
    return str(request.url)


def read_signature(request: Request) -> Signature | None:
    """Return the signature in a request's header or address, or None when there is none to check."""
    if authorization := request.headers.get("authorization"):
        match = AUTHORIZATION.fullmatch(authorization)
        return match and Signature(
            match[1],
            match[2],
            match[3],
            tuple(match[4].split(";")),
            match[5],
            request.headers.get("x-amz-date", ""),
            request.headers.get("x-amz-security-token", ""),
        )
    return _read_address(request.query)


def _read_address(query: str) -> Signature | None:
    fields = {name: values[0] for name, values in parse_qs(query).items()}
    scope = SCOPE.fullmatch(fields.get("X-Amz-Credential", ""))
    if scope is None or not fields.get("X-Amz-Expires", "").isdecimal():
        return None
    return Signature(
        scope[1],
        scope[2],
        scope[3],
        tuple(fields.get("X-Amz-SignedHeaders", "").split(";")),
        fields.get("X-Amz-Signature", ""),
        fields.get("X-Amz-Date", ""),
        fields.get("X-Amz-Security-Token", ""),
        int(fields["X-Amz-Expires"]),
    )


def signs_body(request: Request, signature: Signature) -> bool:
    """Whether the signature covers the body as a whole; streams to S3 and its signed addresses do without."""
    if signature.expires_in is not None:
        return signature.service != "s3"
    stated = request.headers.get(CONTENT_HASH)
    return stated is None or HASH.fullmatch(stated) is not None


def recompute(request: Request, signature: Signature, secret: str, body: bytes) -> str:
    """Return the value that `signature` has when the request was signed with `secret`."""
    signer = _S3Signer if signature.service == "s3" else _Signer
    query = "&".join(pair for pair in request.query.split("&") if not pair.startswith("X-Amz-Signature="))
    wire = AWSRequest(request.method, f"http://host{request.raw_path}?{query}")
    headers = HTTPHeaders()
    for name in signature.headers:
        headers[name] = request.headers.get(name, "")
    payload = _payload(request, signature, body)
    wire.context = {"timestamp": signature.timestamp, "headers": headers, "payload": payload}
    auth = signer(Credentials(signature.key, secret), signature.service, signature.region)
    return str(auth.signature(auth.string_to_sign(wire, auth.canonical_request(wire)), wire))


def _payload(request: Request, signature: Signature, body: bytes) -> str:
    """Return what stands for the body: its own hash, or the words that say that it is not signed."""
    if signs_body(request, signature):
        return hashlib.sha256(body).hexdigest()
    return request.headers.get(CONTENT_HASH, UNSIGNED)


class _Signer(SigV4Auth):  # type: ignore[misc]  # botocore has no types
    """Signs the headers and the hash that it is given, no more and no fewer."""

    def headers_to_sign(self, request: Any) -> Any:
        return request.context["headers"]

    def payload(self, request: Any) -> str:
        return str(request.context["payload"])


class _S3Signer(_Signer):
    _normalize_url_path = S3SigV4Auth._normalize_url_path
