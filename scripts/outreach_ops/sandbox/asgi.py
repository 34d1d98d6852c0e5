"""The few ASGI shapes and helpers that the wrapper's parts share."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from outreach_ops.aws.signing import Request

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]


def head(scope: Scope) -> Request:
    """Return the request without its body; a header that came more than once has its values joined."""
    headers: dict[str, str] = {}
    for key, value in scope["headers"]:
        name, text = key.decode("latin-1").lower(), _text(value)
        headers[name] = f"{headers[name]},{text}" if name in headers else text
    path, query = (scope[part].decode("latin-1") for part in ("raw_path", "query_string"))
    return Request(scope["method"], path, query, headers)


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def header(scope: Scope, name: str) -> str:
    """A request header's first value, or an empty string."""
    wanted = name.encode()
    return next((value.decode("latin-1") for key, value in scope["headers"] if key.lower() == wanted), "")


def without(headers: Iterable[tuple[bytes, bytes]], *names: bytes) -> Headers:
    """The headers that have none of these lower-case names."""
    return [(name, value) for name, value in headers if name.lower() not in names]


async def read_body(receive: Receive) -> bytes:
    """The whole request body."""
    chunks: list[bytes] = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)


async def discard_body(receive: Receive) -> None:
    """Receives the body and keeps nothing of it: a client that still sends would not read the answer."""
    while (await receive()).get("more_body", False):
        pass


def replay(body: bytes, receive: Receive) -> Receive:
    """A receive that gives an already read body first."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return pending.pop() if pending else await receive()

    return again


async def respond(send: Send, status: int, body: bytes, content_type: str) -> None:
    """Sends one whole response."""
    headers = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def respond_json(send: Send, status: int, body: object) -> None:
    """Sends one JSON response."""
    await respond(send, status, json.dumps(body).encode(), "application/json")
