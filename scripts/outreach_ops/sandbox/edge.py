"""The ASGI wrapper around ministack: https semantics, a port per site, and the hook for faults."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Mapping

from outreach_ops.aws.operations import Call, identify
from outreach_ops.aws.signing import Request, read_signature
from outreach_ops.sandbox.asgi import (
    App,
    Headers,
    Message,
    Receive,
    Scope,
    Send,
    discard_body,
    head,
    header,
    read_body,
    replay,
    respond,
    respond_json,
    without,
)
from outreach_ops.sandbox.control import Control
from outreach_ops.sandbox.faults import Fault, inflict, respond_error
from outreach_ops.sandbox.guard import CODE, Guard, Refusal, is_viewer
from outreach_ops.sandbox.spec import SiteSpec
from outreach_ops.sandbox.state import CONTROL

REQUEST_BYTES = 6_291_456
TOO_LARGE = f"Request must be smaller than {REQUEST_BYTES} bytes for the InvokeFunction operation"


@dataclasses.dataclass(frozen=True)
class Translation:
    """Between a browser on loopback and a distribution that believes itself on https."""

    loopback: str
    distribution: str
    domain: str
    shown: str
    """The host that the application is told it is asked at."""

    @classmethod
    def of(cls, scope: Scope, distribution: str, site: SiteSpec) -> Translation:
        """Keeps the name that the browser used: for it, localhost and 127.0.0.1 are two origins."""
        port = scope["server"][1]
        name = "localhost" if header(scope, "host") == f"localhost:{port}" else "127.0.0.1"
        shown = site.domain if site.own_name else distribution
        return cls(f"http://{name}:{port}", distribution, site.domain, shown)

    def request(self, headers: Headers) -> Headers:
        """The viewer's headers as they would have come to the distribution's own domain over https."""
        translated = [
            (name, self._inward(value) if name.lower() in (b"origin", b"referer") else value)
            for name, value in without(headers, b"host", b"x-forwarded-proto")
        ]
        return [(b"host", self.distribution.encode()), (b"x-forwarded-proto", b"https"), *translated]

    def response(self, headers: Headers) -> Headers:
        """Redirects to the distribution or the site's domain stay on loopback."""
        return [
            (name, self._outward(value) if name.lower() == b"location" else value) for name, value in headers
        ]

    def _inward(self, value: bytes) -> bytes:
        return _swap(value.decode("latin-1"), self.loopback, f"https://{self.shown}")

    def _outward(self, value: bytes) -> bytes:
        url = value.decode("latin-1")
        for domain in (self.distribution, self.domain):
            if (swapped := _swap(url, f"https://{domain}", self.loopback)) != value:
                return swapped
        return value


def _swap(url: str, origin: str, other: str) -> bytes:
    rest = url.removeprefix(origin)
    same = url.startswith(origin) and (not rest or rest[0] in "/?#")
    return (other + rest if same else url).encode("latin-1")


class Edge:
    """Serves sites on their ports; on the API port AWS, the control endpoints and viewers by Host."""

    def __init__(
        self,
        api: App,
        view: App,
        guard: Guard,
        control: Control,
        sites: Mapping[int, SiteSpec],
        distribution: Callable[[str], str | None],
    ) -> None:
        self._api, self._view, self._guard, self._control = api, view, guard, control
        self._sites, self._distribution = sites, distribution

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._api(scope, receive, send)
        elif scope["type"] != "http":
            # Nothing here needs a WebSocket, which a web page may open to any host.
            await send({"type": "websocket.close"})
        elif (site := self._sites.get(scope["server"][1])) is not None:
            await self._serve_site(site, scope, receive, send)
        else:
            await self._serve_api(scope, receive, send)

    async def _serve_api(self, scope: Scope, receive: Receive, send: Send) -> None:
        request, now = head(scope), datetime.datetime.now(datetime.UTC)
        refusal, receive = await self._guard.admit(request, scope["server"][1], receive, now)
        if refusal is not None:
            await discard_body(receive)
            await _refuse(request, refusal, send)
        elif is_viewer(request):
            await self._view(scope, receive, send)
        elif request.path.startswith(CONTROL):
            await self._control(scope, receive, send)
        elif request.path.startswith(CODE):
            await self._api(scope, receive, _without_cors(send))
        else:
            await self._call(scope, receive, _without_cors(send))

    async def _serve_site(self, site: SiteSpec, scope: Scope, receive: Receive, send: Send) -> None:
        distribution = self._distribution(site.domain)
        if distribution is None:
            message = (
                f"No distribution for {site.domain} yet ({site.name}): run\n"
                "  ansible-playbook provision.yml -i inventories/<environment>\n"
            )
            await respond(send, 503, message.encode(), "text/plain; charset=utf-8")
            return
        if int(header(scope, "content-length") or 0) > REQUEST_BYTES:
            # As a function URL refuses it; ministack takes all.
            await discard_body(receive)
            await respond_json(send, 413, {"Message": TOO_LARGE})
            return
        if not scope["raw_path"].startswith(b"/"):
            await discard_body(receive)
            await respond_json(send, 400, {"message": "this is a site and no proxy"})
            return
        translation = Translation.of(scope, distribution, site)

        async def outward(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": translation.response(list(message["headers"]))}
            await send(message)

        headers = translation.request(list(scope["headers"]))
        await self._view({**scope, "headers": headers}, receive, outward)

    async def _call(self, scope: Scope, receive: Receive, send: Send) -> None:
        call, receive = await _identify(scope, receive)
        self._control.calls.append(call)
        fault = self._control.faults.decide(call, scope)
        if fault is None:
            await self._api(scope, receive, send)
        else:
            await inflict(fault, call, self._api, scope, receive, send)


async def _refuse(request: Request, refusal: Refusal, send: Send) -> None:
    """Answer as the service does that was asked, so that its client names code and message."""
    signature = read_signature(request)
    call = Call(signature.service if signature else "", "", request.method, request.path, writes=False)
    await respond_error(send, call, Fault(status=403, code=refusal.code, message=refusal.message))


def _without_cors(send: Send) -> Send:
    """ministack allows every web page to read every answer; no page is answered here."""

    async def plain(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [each for each in message["headers"] if not each[0].lower().startswith(b"access-control-")]
            message = {**message, "headers": kept}
        await send(message)

    return plain


async def _identify(scope: Scope, receive: Receive) -> tuple[Call, Receive]:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    body = b""
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        body = await read_body(receive)
        receive = replay(body, receive)
    path, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
    return identify(scope["method"], path, query, headers, body), receive
