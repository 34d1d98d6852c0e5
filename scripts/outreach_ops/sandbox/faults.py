"""The hook for latency and faults: rules decide for every API call what happens to it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import re
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol
from xml.sax.saxutils import escape

from outreach_ops.aws.operations import Call
from outreach_ops.sandbox.asgi import App, Message, Receive, Scope, Send, respond, respond_json

ACTIONS = ("proceed", "error", "drop")
MOMENTS = ("before", "after")
MATCHED = ("service", "operation", "method", "path")


@dataclasses.dataclass(frozen=True)
class Fault:
    """What happens to a call, before or after it takes effect: a delay, then answer, error or nothing."""

    action: str = "proceed"
    delay_ms: int = 0
    when: str = "before"
    status: int = 500
    code: str = "InternalFailure"
    message: str = "asked for by a fault rule"


class Faults(Protocol):
    """Decides the fate of each API call; None leaves it alone."""

    def decide(self, call: Call, scope: Scope) -> Fault | None: ...


@dataclasses.dataclass
class Rule:
    """A fault for the calls whose named fields all match a regular expression, at most `times` times."""

    match: Mapping[str, re.Pattern[str]]
    fault: Fault
    times: int | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Rule:
        """Raises ValueError or re.error that says what is wrong; nothing misspelt is ignored."""
        fault = {key: value for key, value in data.items() if key not in ("match", "times")}
        known = {field.name for field in dataclasses.fields(Fault)}
        match = data.get("match", {})
        if unknown := [*(fault.keys() - known), *(match.keys() - set(MATCHED))]:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        patterns = {name: re.compile(pattern) for name, pattern in match.items()}
        rule = cls(patterns, Fault(**fault), data.get("times"))
        if rule.fault.action not in ACTIONS or rule.fault.when not in MOMENTS:
            raise ValueError(f"action is one of {ACTIONS}, when one of {MOMENTS}")
        return rule

    def applies(self, call: Call) -> bool:
        """Whether this rule is for this call and not used up."""
        matches = all(pattern.fullmatch(getattr(call, name)) for name, pattern in self.match.items())
        return matches and self.times != 0


class Rules:
    """The faults that the control endpoint sets; without rules it does nothing."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def decide(self, call: Call, scope: Scope) -> Fault | None:  # noqa: ARG002 (the protocol offers it)
        """The fault of the first rule that applies."""
        rule = next((rule for rule in self.rules if rule.applies(call)), None)
        if rule is None:
            return None
        if rule.times is not None:
            rule.times -= 1
        return rule.fault


async def inflict(fault: Fault, call: Call, inner: App, scope: Scope, receive: Receive, send: Send) -> None:
    """Serves one call through a fault."""
    held: list[Message] = []

    async def hold(message: Message) -> None:
        held.append(message)

    if fault.when == "after":
        await inner(scope, receive, hold)
    await asyncio.sleep(fault.delay_ms / 1000)
    if fault.action == "drop":
        close_connection(scope)
    elif fault.action == "error":
        await respond_error(send, call, fault)
    elif fault.when == "before":
        await inner(scope, receive, send)
    for message in held if fault.action == "proceed" else []:
        await send(message)


async def respond_error(send: Send, call: Call, fault: Fault) -> None:
    """An error in the form that the service's clients read."""
    if call.service in ("s3", "cloudfront", "route53", "iam", "sns", "sts"):
        error = f"<Error><Code>{escape(fault.code)}</Code><Message>{escape(fault.message)}</Message></Error>"
        body = error if call.service == "s3" else f"<ErrorResponse>{error}</ErrorResponse>"
        await respond(send, fault.status, body.encode(), "text/xml")
        return
    await respond_json(
        send, fault.status, {"__type": fault.code, "code": fault.code, "message": fault.message}
    )


def close_connection(scope: Scope) -> None:
    """Closes the client's connection without an answer; ASGI has no way to say it, the socket has."""
    client, server = tuple(scope["client"]), tuple(scope["server"])
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(int(entry.name))) as found:
            if found.getpeername() == client and found.getsockname() == server:
                found.shutdown(socket.SHUT_RDWR)
