"""What functions write: CloudWatch's log groups, read line by line or asked with Insights."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Iterator
from typing import Any

from outreach_ops.aws.api import Api

MISSING = "ResourceNotFoundException"
STREAM = re.compile(r"\[(\$LATEST|\d+)\]")


@dataclasses.dataclass(frozen=True)
class Event:
    """A line: `at` in milliseconds since 1970, and the version that wrote it, when it is known."""

    identity: str
    at: int
    version: str
    message: str


@dataclasses.dataclass(frozen=True)
class Answer:
    """What Insights has found: rows by field, newest or oldest first as asked."""

    status: str
    rows: tuple[dict[str, str], ...]
    scanned_bytes: int


@dataclasses.dataclass(frozen=True)
class Log:
    """The log group that a function writes to, by itself or with others."""

    api: Api
    group: str
    function: str

    def lines(self, version: str, since: float) -> Iterator[str]:
        """What the function's `version` has written since then, in seconds since 1970.

        Raises AwsError, with the code MISSING when there is no such group.
        """
        # Streams are named 2026/01/31/[VERSION]id, and 2026/01/31/FUNCTION[VERSION][id] in other groups than
        # Lambda's own.
        own, shared = f"/[{version}]", f"/{self.function}[{version}]"
        for event in self._events(since, ""):
            if own in event["logStreamName"] or shared in event["logStreamName"]:
                yield event["message"]

    def events(self, since: float, text: str = "") -> Iterator[Event]:
        """What the function has written since then, in seconds since 1970, as far as it has `text` in it.

        Raises AwsError, with the code MISSING when there is no such group.
        """
        own, shared = "/[", f"/{self.function}["
        for event in self._events(since, text):
            stream, message = event["logStreamName"], event["message"].rstrip()
            if (own in stream or shared in stream) and text in message:
                version = STREAM.search(stream)
                # The local AWS gives no id.
                identity = event.get("eventId") or f"{stream} {event['timestamp']} {message}"
                yield Event(identity, event["timestamp"], version[1] if version else "", message)

    def ask(self, query: str, since: float, until: float) -> str:
        """Starts an Insights query over the group; the answer's identity."""
        started = self.api.call(
            "start_query",
            logGroupName=self.group,
            startTime=int(since),
            endTime=math.ceil(until),
            queryString=query,
        )
        return str(started["queryId"])

    def answer(self, query: str) -> Answer:
        """What the query has found by now."""
        found = self.api.call("get_query_results", queryId=query)
        rows = ({each["field"]: each.get("value", "") for each in row} for row in found["results"])
        scanned = (found.get("statistics") or {}).get("bytesScanned", 0)
        return Answer(found["status"], tuple(rows), int(scanned))

    def _events(self, since: float, text: str) -> Iterator[dict[str, Any]]:
        # In quotes a pattern is the text itself, whatever characters it has.
        pattern = {"filterPattern": json.dumps(text, ensure_ascii=False)} if text else {}
        return self.api.pages(
            "filter_log_events", "events", logGroupName=self.group, startTime=int(since * 1000), **pattern
        )
