"""Who may use the API port: no web page, no other host name, and only who signs with a secret of ours.

ministack checks none of this: it takes any access key of twelve digits for the account's owner.
"""

from __future__ import annotations

import dataclasses
import datetime
import hmac
from collections.abc import Callable

from outreach_ops.aws.signing import Request, Signature, read_signature, recompute, signs_body
from outreach_ops.sandbox.asgi import Receive, read_body, replay
from outreach_ops.sandbox.state import CONTROL

VIEWER_HOSTS = (".cloudfront.net", ".on.aws")
"""Under these names distributions and function URLs answer anybody, as on AWS; they never lead to the API."""

API_HOSTS = (".amazonaws.com",)
"""Functions may ask under AWS's own names: ministack leads their SDKs here."""

UPSTREAM = f"{CONTROL}/upstream/"
"""Functions ask the stand-in for the clinics' API unsigned; it holds no secret and runs nothing."""

CODE = "/_ministack/lambda-code/"
"""Where ministack has the zip of a version; GetFunction gives it as a signed address."""

CLOCK_SKEW = datetime.timedelta(minutes=15)
FIX = 'type eval "$(invoke sandbox.env)" in this shell and run the command again'

SecretOf = Callable[[str, str], str | None]
"""The secret of an access key, with the session token that came with it; None when nobody has this key."""


@dataclasses.dataclass(frozen=True)
class Refusal:
    """Why a request is not answered, as AWS's error code and a message that names the fix."""

    code: str
    message: str


@dataclasses.dataclass(frozen=True)
class Guard:
    """Stands before everything on the API port."""

    secret_of: SecretOf

    async def admit(
        self, request: Request, port: int, receive: Receive, now: datetime.datetime
    ) -> tuple[Refusal | None, Receive]:
        """Return why the request is refused, or None, and what its body is received from after this."""
        refusal = refuse_stranger(request, port)
        if refusal is not None or is_open(request):
            return refusal, receive
        signature = read_signature(request)
        refusal = refuse_signature(signature, now)
        if refusal is not None or signature is None:
            return refusal, receive
        body = b""
        if signs_body(request, signature):
            body = await read_body(receive)
            receive = replay(body, receive)
        secret = self.secret_of(signature.key, signature.token)
        return refuse_forgery(request, signature, secret, body), receive


def is_viewer(request: Request) -> bool:
    """Whether a distribution or a function URL is asked."""
    return _host(request).partition(":")[0].endswith(VIEWER_HOSTS)


def is_open(request: Request) -> bool:
    """Whether the request needs no signature."""
    return is_viewer(request) or request.path.startswith(UPSTREAM)


def refuse_stranger(request: Request, port: int) -> Refusal | None:
    """Refuse what a web page can have sent, and what asks for another host or ministack's own addresses."""
    host = _host(request)
    if "origin" in request.headers:
        return Refusal("AccessDenied", "the local AWS does not answer web pages: this request has an Origin")
    own = host in (f"127.0.0.1:{port}", f"localhost:{port}")
    if not own and not host.partition(":")[0].endswith((*VIEWER_HOSTS, *API_HOSTS)):
        return Refusal("AccessDenied", f"the local AWS answers at 127.0.0.1:{port} and localhost:{port} only")
    if not request.raw_path.startswith("/"):
        return Refusal("AccessDenied", "the local AWS is no proxy: the request's target is not a path")
    ministacks = request.path.startswith("/_") and not request.path.startswith((f"{CONTROL}/", CODE))
    if ministacks and not is_viewer(request):
        return Refusal("AccessDenied", "the local AWS does not offer this address")
    return None


def refuse_signature(signature: Signature | None, now: datetime.datetime) -> Refusal | None:
    """Refuse a missing signature, and one of another time or host, before the body is read."""
    if signature is None:
        return Refusal("MissingAuthenticationToken", f"the request is not signed: {FIX}")
    try:
        age = now - signature.signed_at
    except ValueError:
        return Refusal("IncompleteSignature", f"the request does not say when it was signed: {FIX}")
    lifetime = CLOCK_SKEW
    if signature.expires_in is not None:
        lifetime = datetime.timedelta(seconds=min(signature.expires_in, 604800))
    if not -CLOCK_SKEW <= age <= lifetime:
        return Refusal("RequestTimeTooSkewed", "the signature is too old, or of a time to come")
    if "host" not in signature.headers:
        return Refusal("SignatureDoesNotMatch", "the signature does not cover the host")
    return None


def refuse_forgery(request: Request, signature: Signature, secret: str | None, body: bytes) -> Refusal | None:
    """Refuse a signature that was not made with `secret`."""
    if not secret:
        return Refusal("InvalidClientTokenId", f"the local AWS knows no such access key: {FIX}")
    value = recompute(request, signature, secret, body)
    if not hmac.compare_digest(value.encode(), signature.value.encode()):
        return Refusal("SignatureDoesNotMatch", f"the local AWS has another secret: {FIX}")
    return None


def _host(request: Request) -> str:
    return request.headers.get("host", "").lower()
