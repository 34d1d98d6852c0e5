"""What functions write: CloudWatch's log groups."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from outreach_ops.aws.api import Api

MISSING = "ResourceNotFoundException"


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
        events = self.api.pages(
            "filter_log_events", "events", logGroupName=self.group, startTime=int(since * 1000)
        )
        # Streams are named 2026/01/31/[VERSION]id, and 2026/01/31/FUNCTION[VERSION][id] in other groups than
        # Lambda's own.
        own, shared = f"/[{version}]", f"/{self.function}[{version}]"
        for event in events:
            if own in event["logStreamName"] or shared in event["logStreamName"]:
                yield event["message"]
