"""The ASGI wrapper around ministack: https semantics, a port per site, and the hook for faults."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

from outreach_ops.aws.operations import Call, identify
from outreach_ops.sandbox.asgi import (
    App,
    Headers,
    Message,
    Receive,
    Scope,
    Send,
    header,
    read_body,
    replay,
    respond,
    respond_json,
    without,
)
from outreach_ops.sandbox.control import Control
from outreach_ops.sandbox.faults import inflict
from outreach_ops.sandbox.spec import SiteSpec
from outreach_ops.sandbox.state import CONTROL

VIEWER_HOSTS = (".cloudfront.net", ".on.aws")
OWN_PATHS = "/_"
"""ministack's and the wrapper's own endpoints start with this: they are no AWS calls."""


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
        inner: App,
        control: Control,
        sites: Mapping[int, SiteSpec],
        distribution: Callable[[str], str | None],
        mark_secure: Callable[[Scope], None],
    ) -> None:
        self._inner, self._control, self._sites = inner, control, sites
        self._distribution, self._mark_secure = distribution, mark_secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
        elif (site := self._sites.get(scope["server"][1])) is not None:
            await self._view(site, scope, receive, send)
        elif header(scope, "host").partition(":")[0].endswith(VIEWER_HOSTS):
            self._mark_secure(scope)
            # ministack takes the scheme for x-forwarded-proto when the viewer sends none.
            await self._inner({**scope, "scheme": "https"}, receive, send)
        elif scope["path"].startswith(CONTROL):
            await self._control(scope, receive, send)
        elif scope["path"].startswith(OWN_PATHS):
            await self._inner(scope, receive, send)
        else:
            await self._call(scope, receive, send)

    async def _view(self, site: SiteSpec, scope: Scope, receive: Receive, send: Send) -> None:
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
            await read_body(receive)
            await respond_json(send, 413, {"Message": TOO_LARGE})
            return
        translation = Translation.of(scope, distribution, site)

        async def outward(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": translation.response(list(message["headers"]))}
            await send(message)

        self._mark_secure(scope)
        headers = translation.request(list(scope["headers"]))
        await self._inner({**scope, "headers": headers}, receive, outward)

    async def _call(self, scope: Scope, receive: Receive, send: Send) -> None:
        call, receive = await _identify(scope, receive)
        self._control.calls.append(call)
        fault = self._control.faults.decide(call, scope)
        if fault is None:
            await self._inner(scope, receive, send)
        else:
            await inflict(fault, call, self._inner, scope, receive, send)


async def _identify(scope: Scope, receive: Receive) -> tuple[Call, Receive]:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    body = b""
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        body = await read_body(receive)
        receive = replay(body, receive)
    path, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
    return identify(scope["method"], path, query, headers, body), receive
