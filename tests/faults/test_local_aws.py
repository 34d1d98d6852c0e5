"""What may come to the port of the local AWS from elsewhere on this machine, and what becomes of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from outreach_ops.sandbox.asgi import Message, Receive, Scope, Send
from outreach_ops.sandbox.control import Control
from outreach_ops.sandbox.edge import Edge
from outreach_ops.sandbox.guard import Guard
from outreach_ops.sandbox.spec import SandboxSpec
from outreach_ops.sandbox.state import Running

fault = pytest.mark.fault
PORT = 4566
FORM = b"Action=CreateAccessKey&UserName=somebody&Version=2010-05-08"


async def never(scope: Scope, receive: Receive, send: Send) -> None:
    """Stands for everything behind the guard."""
    raise AssertionError(f"{scope['method']} {scope['path']} came through")


def answer(method: str, path: str, kind: str = "http", **headers: str) -> Message:
    """The beginning of the local AWS's answer to a request, or to a WebSocket."""
    running = Running(Path("state"), 1, "2026-01-01T00:00:00+00:00", PORT, {}, SandboxSpec())
    control = Control(running, lambda _: None, lambda *_: False)
    edge = Edge(never, never, Guard(lambda *_: "drawn"), control, {}, lambda _: None)
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": FORM}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, Any] = {
        "type": kind,
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "server": ("127.0.0.1", PORT),
        "client": ("127.0.0.1", 50000),
    }
    asyncio.run(edge(scope, receive, send))
    assert not control.calls
    return sent[0]


@fault(
    "a web page asks the local AWS of this machine, by a form, a script or under a name that leads here",
    "403; nothing is called, and the page can not read the answer",
)
@pytest.mark.parametrize("host", [f"127.0.0.1:{PORT}", f"localhost:{PORT}", f"evil.example:{PORT}"])
def test_a_web_page_reaches_nothing(host: str) -> None:
    for path in ("/", "/2015-03-31/functions", "/_ministack/reset", "/_sandbox/faults"):
        for method in ("GET", "POST", "PUT", "OPTIONS"):
            for headers in ({}, {"origin": "http://evil.example"}, {"origin": "null"}):
                start = answer(method, path, host=host, **headers)
                assert start["status"] == 403
                assert not [name for name, _ in start["headers"] if name.startswith(b"access-control-")]
    assert answer("GET", "/", "websocket", host=host)["type"] == "websocket.close"
