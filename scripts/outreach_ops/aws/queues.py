"""Queues, as far as provisioning and releases read them."""

from __future__ import annotations

from collections.abc import Mapping

from outreach_ops.aws.session import Aws

MISSING = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")


def url(aws: Aws, name: str) -> str | None:
    """The address of the queue `name`, or None when there is none."""
    found = aws.api("sqs").find("get_queue_url", MISSING, QueueName=name)
    return None if found is None else found["QueueUrl"]


def attributes(aws: Aws, name: str) -> Mapping[str, str] | None:
    """All attributes of the queue `name`, as texts, or None when there is none."""
    address = url(aws, name)
    if address is None:
        return None
    found: Mapping[str, str] = aws.api("sqs").call(
        "get_queue_attributes", QueueUrl=address, AttributeNames=["All"]
    )["Attributes"]
    return found


def arn(aws: Aws, name: str) -> str:
    """The queue's ARN, which is known before it exists."""
    return f"arn:aws:sqs:{aws.region}:{aws.account_id}:{name}"
