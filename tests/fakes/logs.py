"""CloudWatch Logs: groups with streams, read in pages."""

from __future__ import annotations

import dataclasses
import json
import time
from typing import Any

from fakes.client import RefusedError


@dataclasses.dataclass(frozen=True)
class Event:
    """A line as a stream has it; `at` is in milliseconds since 1970."""

    stream: str
    at: int
    message: str


class Logs:
    """The calls of the service; a page has one event."""

    def __init__(self) -> None:
        self.groups: dict[str, list[Event]] = {}

    def write(self, function: str, version: str, *lines: str) -> None:
        """What Lambda writes for one invocation; the group is made with the first."""
        stream = f"2026/01/31/[{version}]0123456789abcdef"
        at, group = int(time.time() * 1000), self.groups.setdefault(f"/aws/lambda/{function}", [])
        group.extend(Event(stream, at, each) for each in lines)

    def FilterLogEvents(
        self, logGroupName: str, startTime: int, nextToken: str = "0", filterPattern: str = '""'
    ) -> dict[str, Any]:
        if logGroupName not in self.groups:
            raise RefusedError("ResourceNotFoundException", "The specified log group does not exist.")
        # Without quotes a pattern is a language of its own.
        text = json.loads(filterPattern)
        group = enumerate(self.groups[logGroupName])
        found = [(id_, event) for id_, event in group if event.at >= startTime and text in event.message]
        at = int(nextToken)
        events = [
            {"eventId": str(id_), "logStreamName": each.stream, "timestamp": each.at, "message": each.message}
            for id_, each in found[at : at + 1]
        ]
        return {"events": events, **({"nextToken": str(at + 1)} if at + 1 < len(found) else {})}
