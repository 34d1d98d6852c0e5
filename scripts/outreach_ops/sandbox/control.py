"""The wrapper's own endpoints on the API port: status, recorded calls, faults, the upstream stand-in."""

from __future__ import annotations

import collections
import dataclasses
import json
import re
from collections.abc import Callable

from outreach_ops.aws.operations import Call
from outreach_ops.sandbox.asgi import Receive, Scope, Send, read_body, respond_json
from outreach_ops.sandbox.faults import Faults, Rule, Rules
from outreach_ops.sandbox.state import CONTROL, Running
from outreach_ops.sandbox.upstream import Upstream

REMEMBERED_CALLS = 10_000


class Control:
    """Answers below /_sandbox, and holds what the wrapper remembers."""

    def __init__(
        self,
        running: Running,
        distribution: Callable[[str], str | None],
        rename: Callable[[str, str], bool],
    ) -> None:
        self.calls: collections.deque[Call] = collections.deque(maxlen=REMEMBERED_CALLS)
        self.rules = Rules()
        self.faults: Faults = self.rules
        self._upstream = Upstream()
        self._running, self._distribution, self._rename = running, distribution, rename

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, body = scope["path"].removeprefix(CONTROL), await read_body(receive)
        if path.startswith("/upstream/"):
            headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
            status, answer = self._upstream.answer(
                scope["method"], path.removeprefix("/upstream"), headers, body
            )
        else:
            status, answer = self._answer(f"{scope['method']} {path}", body)
        await respond_json(send, status, answer)

    def _answer(self, request: str, body: bytes) -> tuple[int, object]:
        match request:
            case "GET /status":
                return 200, self._status()
            case "GET /calls":
                return 200, [dataclasses.asdict(call) for call in self.calls]
            case "DELETE /calls":
                self.calls.clear()
            case "POST /faults":
                return self._set_faults(body)
            case "DELETE /faults":
                self.rules.rules = []
            case "POST /distributions":
                wanted = json.loads(body)
                if not self._rename(wanted["from"], wanted["to"]):
                    return 404, {"error": f"there is no distribution {wanted['from']}"}
            case _:
                return 404, {"error": f"there is no {request}"}
        return 200, {}

    def _set_faults(self, body: bytes) -> tuple[int, object]:
        try:
            self.rules.rules = [Rule.from_json(rule) for rule in json.loads(body)]
        except (ValueError, TypeError, AttributeError, re.error) as error:
            return 400, {"error": str(error)}
        return 200, {"rules": len(self.rules.rules)}

    def _status(self) -> dict[str, object]:
        running = self._running
        return {
            "pid": running.pid,
            "account": running.spec.account_id,
            "region": running.spec.region,
            "endpoint": running.endpoint_url,
            "upstream": running.upstream_url,
            "state_dir": str(running.state_dir),
            "sites": [
                {
                    "name": site.name,
                    "domain": site.domain,
                    "url": running.site_url(site.name),
                    "distribution": self._distribution(site.domain),
                }
                for site in running.spec.sites
            ],
        }
