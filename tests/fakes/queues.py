"""SQS, as far as a release asks: where its one queue is."""

from __future__ import annotations

from fakes.client import RefusedError


class Sqs:
    """The calls of the service."""

    def __init__(self, *names: str) -> None:
        self.names = set(names)

    def GetQueueUrl(self, QueueName: str) -> dict[str, str]:
        if QueueName not in self.names:
            raise RefusedError(
                "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist."
            )
        return {"QueueUrl": f"https://sqs.us-east-1.amazonaws.com/123456789012/{QueueName}"}
