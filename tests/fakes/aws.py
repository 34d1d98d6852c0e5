"""An account in memory: the services, every call made of them, and what is to go wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from fakes.client import Call, Line, RefusedError, at_once
from fakes.cloudfront import Cloudfront, distribution
from fakes.functions import Function, Lambda
from fakes.objects import S3
from fakes.queues import Sqs
from fakes.records import Dynamodb
from outreach_ops.aws.api import Guard, allow
from outreach_ops.aws.session import Aws
from outreach_ops.settings.model import Settings

FIRST_SECRET = "made-up-first-secret"
"""What CloudFront sends to the functions, as provisioning made it."""

Hook = Callable[[Call], None]
Wire = Callable[[Call, Callable[[], Any]], Any]
"""What a call goes through on its way, beside others: it may let it take time."""


class FakeAws:
    """What provisioning leaves for a site; `before` and `after` see each call, and may raise."""

    def __init__(self, settings: Settings) -> None:
        names, alias = settings.lambda_, settings.lambda_.alias
        self.account_id, self.region = settings.site.account_id, settings.site.region
        self.s3 = S3(settings.s3.bucket_name)
        self.lambda_ = Lambda(
            self.s3.read,
            Function(names.server_name, alias),
            Function(names.image_name, alias),
            Function(settings.isr.revalidation_name, alias),
            Function(settings.isr.initialization_name, alias),
            Function(settings.sleepconnect.function_name, alias),
        )
        self._identity: Callable[[Call], Mapping[str, Any]]
        self._parent = settings.sleepconnect.function_name
        self.sqs = Sqs(settings.isr.queue_name)
        self.dynamodb = Dynamodb(settings.dynamodb.ledger_table, settings.isr.tag_table)
        self.lambda_.fill = self.dynamodb.tags.update
        base = settings.site.base_path
        self.cloudfront = Cloudfront(
            distribution("EOTHER", "other.example.com"),
            distribution(
                "ESITE",
                settings.cloudfront.domain,
                f"{base}/api/*",
                f"{base}/_next/*",
                secret=FIRST_SECRET,
            ),
        )
        self.calls: list[Call] = []
        self.wire: Wire = lambda _call, answer: answer()
        self.before: list[Hook] = []
        self.after: list[Hook] = []
        self._lock = threading.RLock()
        self.line = Line.to(self.answer)

    def connect(self, guard: Guard = allow, line: Line | None = None) -> Aws:
        """A connection to it, as `session.connect` makes one; by `line` it is somebody else's."""
        return Aws(self.account_id, self.region, None, (line or self.line).session, guard, sleep=at_once)

    def close(self) -> None:
        """Ends it: its connections answer no more."""
        self.line.close()

    def identity(self, answer: Callable[[Call], Mapping[str, Any]]) -> None:
        """Lets `answer` speak for STS and IAM."""
        self._identity = answer

    def parent(self, variables: Mapping[str, str]) -> None:
        """Gives SleepConnect's function these variables."""
        self.lambda_.functions[self._parent].latest.variables = dict(variables)

    @property
    def writes(self) -> list[str]:
        """Every writing call that was carried out, in order, but for those that keep the lease."""
        return [str(call) for call in self.calls if call.writes and not _keeps_the_lease(call)]

    def refuse(self, operation: str, code: str, *, containing: str = "", message: str = "made up") -> None:
        """Lets calls of `operation` fail from now on, all or those whose text has `containing`."""

        def hook(call: Call) -> None:
            if call.operation == operation and containing in str(call):
                raise RefusedError(code, message)

        self.before.append(hook)

    def answer(self, call: Call) -> Mapping[str, Any]:
        """What AWS says to a call."""
        answer: Mapping[str, Any] = self.wire(call, lambda: self._answered(call))
        return answer

    def _answered(self, call: Call) -> Mapping[str, Any]:
        services = {
            "lambda": self.lambda_,
            "s3": self.s3,
            "dynamodb": self.dynamodb,
            "sqs": self.sqs,
            "cloudfront": self.cloudfront,
            "logs": self.lambda_.logs,
        }
        if call.service in ("iam", "sts"):
            return self._identity(call)
        with self._lock:
            for hook in self.before:
                hook(call)
            answer: Mapping[str, Any] = getattr(services[call.service], call.operation)(**call.params)
            self.calls.append(call)
            for hook in self.after:
                hook(call)
            return answer


def _keeps_the_lease(call: Call) -> bool:
    return call.operation == "PutItem" and call.params["Item"]["site"]["S"].endswith("#lock")
