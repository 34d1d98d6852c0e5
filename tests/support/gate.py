"""A gate in front of the local AWS: counts API calls, and ends the process that makes the call chosen."""

from __future__ import annotations

import dataclasses
import http.client
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from outreach_ops.aws.operations import Call, identify
from outreach_ops.aws.signing import Request, read_signature, recompute
from outreach_ops.sandbox.state import Running

ARM_SECONDS = 10
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclasses.dataclass
class Trap:
    """Ends a process before or after one call takes effect, by number or operation; then nothing passes."""

    at: int | str
    moment: str
    call: Call | None = None
    _armed: threading.Event = dataclasses.field(default_factory=threading.Event)
    _pid: int = 0

    def arm(self, pid: int) -> None:
        """Says which process it is for; until then its call waits."""
        self._pid = pid
        self._armed.set()

    def is_for(self, number: int, call: Call) -> bool:
        """Whether this is the call that it waits for."""
        # Names of Lambda's operations end in a date.
        return number == self.at if isinstance(self.at, int) else call.operation.startswith(self.at)

    def spring(self) -> None:
        """Ends the process."""
        assert self._armed.wait(ARM_SECONDS)
        os.kill(self._pid, signal.SIGKILL)


class Gate:
    """Passes everything on, signed anew; `calls` are those of AWS's APIs, in the order of their coming."""

    def __init__(self, running: Running) -> None:
        self.calls: list[Call] = []
        self._running, self._trap, self._lock = running, None, threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.gate = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    _trap: Trap | None

    def set(self, trap: Trap | None) -> None:
        """Counts from now on, and springs `trap`."""
        with self._lock:
            self.calls, self._trap = [], trap

    def close(self) -> None:
        """Nothing listens any more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def pass_on(self, method: str, target: str, headers: dict[str, str], body: bytes) -> _Answer | None:
        """The answer of the local AWS; None when the process that asked is dead."""
        path, _, query = target.partition("?")
        call = identify(method, path, query, {name.lower(): each for name, each in headers.items()}, body)
        if not call.service:
            return self._ask(method, target, headers, body)
        with self._lock:
            self.calls.append(call)
            trap, number = self._trap, len(self.calls)
            if trap is not None and trap.call is not None:
                return None
            springs = trap is not None and trap.is_for(number, call)
            if trap is not None and springs:
                # Set first: what other threads of the dead process sent must not pass.
                trap.call = call
        if trap is None or not springs:
            return self._ask(method, target, headers, body)
        if trap.moment == "before":
            trap.spring()
            return None
        self._ask(method, target, headers, body)
        trap.spring()
        return None

    def _ask(self, method: str, target: str, headers: dict[str, str], body: bytes) -> _Answer:
        """The local AWS's answer; it is asked by its own name, which the signature covers."""
        path, _, query = target.partition("?")
        port = self._running.api_port
        named = {**{name.lower(): each for name, each in headers.items()}, "host": f"127.0.0.1:{port}"}
        request = Request(method, path, query, named)
        if signature := read_signature(request):
            value = recompute(request, signature, self._running.credentials.secret_key, body)
            named["authorization"] = named["authorization"].replace(signature.value, value)
        return _ask(port, method, target, named, body)


@contextmanager
def gate(running: Running) -> Iterator[Gate]:
    """A gate for as long as the body runs."""
    opened = Gate(running)
    try:
        yield opened
    finally:
        opened.close()


@dataclasses.dataclass(frozen=True)
class _Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


def _ask(port: int, method: str, target: str, headers: dict[str, str], body: bytes) -> _Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, target, body, headers)
        answer = connection.getresponse()
        return _Answer(answer.status, answer.getheaders(), answer.read())
    finally:
        connection.close()


class _Server(ThreadingHTTPServer):
    gate: Gate
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed leaves its connections broken."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name: each for name, each in self.headers.items() if name.lower() not in ("expect",)}
        answer = self.server.gate.pass_on(self.command, self.path, headers, body)
        if answer is None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response_only(answer.status)
        for name, each in answer.headers:
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, each)
        bodiless = self.command == "HEAD" or answer.status in (204, 304)
        length = dict((n.lower(), e) for n, e in answer.headers).get("content-length", "0")
        self.send_header("content-length", length if bodiless else str(len(answer.body)))
        self.end_headers()
        if not bodiless:
            self.wfile.write(answer.body)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_PATCH = _pass

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: pytest shows what matters."""
