"""The queue of pages to renew: in order by page, each once, and open to the execution role alone."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any, ClassVar

from outreach_ops.aws import queues
from outreach_ops.aws.session import Aws
from outreach_ops.provision.statements import Statement, merged, normal
from outreach_ops.provision.step import Resource, Step, Values

ACTIONS = (
    "sqs:SendMessage",
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueAttributes",
)
RETENTION = 600
"""Seconds that a page waits to be renewed at most: the next visitor asks for it again."""

# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
VISIBILITY_FACTOR = 6

FIXED = {"ContentBasedDeduplication": "false"}


@dataclasses.dataclass(frozen=True)
class SeenQueue:
    """The attributes of the queue, None when there is none, and its ARN."""

    attributes: Mapping[str, str] | None
    arn: str

    @property
    def policy(self) -> Mapping[str, Any] | None:
        text = (self.attributes or {}).get("Policy")
        return json.loads(text) if text else None


@dataclasses.dataclass(frozen=True)
class Queue(Resource[SeenQueue]):
    """`timeout` is that of the function that it feeds; written by the role with community.aws.sqs_queue.

    Gives `queue`, what the queue is to be.
    """

    name: str
    timeout: int
    stock: ClassVar[bool] = True

    def read(self, aws: Aws) -> SeenQueue:
        return SeenQueue(queues.attributes(aws, self.name), queues.arn(aws, self.name))

    def decide(self, seen: SeenQueue, known: Values) -> tuple[Step, ...]:
        resource, wanted = f"queue {self.name}", self._wanted(seen, known["role"])
        if seen.attributes is None:
            return (
                Step("sqs:CreateQueue", resource, None, {"name": self.name, "fifo": True}),
                Step("sqs:SetQueueAttributes", resource, None, wanted),
            )
        now = {**{name: seen.attributes.get(name) for name in wanted}, "Policy": seen.policy}
        changed = {name: value for name, value in wanted.items() if normal(now[name]) != normal(value)}
        if not changed:
            return ()
        before = {name: now[name] for name in changed}
        return (Step("sqs:SetQueueAttributes", resource, before, changed),)

    def values(self, seen: SeenQueue) -> Values:
        return {"queue_arn": seen.arn}

    def _wanted(self, seen: SeenQueue, role: str) -> dict[str, Any]:
        return {
            "VisibilityTimeout": str(self.timeout * VISIBILITY_FACTOR),
            "MessageRetentionPeriod": str(RETENTION),
            **FIXED,
            "Policy": merged(seen.policy, (grant(role, seen.arn),)),
        }


def grant(role: str, arn: str) -> Statement:
    """What the execution role may do here: it is shared, so that its own policies are never changed."""
    return {
        "Sid": "OutreachRevalidation",
        "Effect": "Allow",
        "Principal": {"AWS": role},
        "Action": list(ACTIONS),
        "Resource": arn,
    }
