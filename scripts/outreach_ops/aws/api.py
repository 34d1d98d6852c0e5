"""One service's calls, through one door: retried by name, guarded before writes, failures typed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    WaiterError,
)
from botocore.parsers import ResponseParserError

from outreach_ops.aws.errors import LOGIN, AwsError, UnreachableError, WriteRefusedError

READ_PREFIXES = (
    "get_",
    "list_",
    "describe_",
    "head_",
    "simulate_",
    "batch_get_",
    "query",
    "scan",
    "filter_",
    "start_query",
)
"""boto3 operations that start so change nothing in AWS; all others are writing calls."""

BUCKET_SETTINGS = (
    "public_access_block",
    "bucket_ownership_controls",
    "bucket_encryption",
    "bucket_versioning",
    "bucket_lifecycle_configuration",
    "bucket_policy",
)
# Not in botocore's own retry lists; each clears by itself within seconds to minutes.
RETRIED = {
    ("lambda", "update_function_code"): {"ResourceConflictException"},
    ("lambda", "update_function_configuration"): {"ResourceConflictException"},
    ("lambda", "publish_version"): {"ResourceConflictException"},
    ("lambda", "update_alias"): {"ResourceConflictException"},
    ("cloudfront", "create_invalidation"): {"TooManyInvalidationsInProgress"},
    # Another write of the same key is under way; once it has ended, the condition tells who was first.
    ("s3", "put_object"): {"ConditionalRequestConflict"},
    ("s3", "copy_object"): {"ConditionalRequestConflict"},
    # It tries the role at the queue, whose policy of a moment ago takes up to a minute to be known.
    ("lambda", "create_event_source_mapping"): {"InvalidParameterValueException"},
    ("dynamodb", "update_continuous_backups"): {"ContinuousBackupsUnavailableException"},
    # A bucket's settings are one object to AWS, for a moment after each change.
    **{("s3", f"put_{setting}"): {"OperationAborted"} for setting in BUCKET_SETTINGS},
}
RETRIES = 8
# Those under way end in minutes: a release or a rollback that gave up before would be taken back.
PATIENCE = {("cloudfront", "create_invalidation"): 37}
"""More tries than RETRIES: so many take ten minutes."""

Guard = Callable[[str, str], None]
"""Called with service and operation before each writing call; raises to forbid it."""


def allow(_service: str, _operation: str) -> None:
    """The guard that lets every writing call through."""


def refuse_writes(service: str, operation: str) -> None:
    """The guard of --check, --plan and --dry: a writing call there stops before it is made."""
    raise WriteRefusedError(
        f"{service}:{operation} would write, and this run may only read",
        "run the command without --check, --plan or --dry",
    )


class Api:
    """The calls of one AWS service in one account and region."""

    def __init__(
        self, service: str, client: Any, guard: Guard = allow, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.service, self.client, self._guard, self._sleep = service, client, guard, sleep

    def ask(self, operation: str) -> None:
        """Raises when `operation` would write, and that may not be done now."""
        if not operation.startswith(READ_PREFIXES):
            self._guard(self.service, operation)

    def call(self, operation: str, /, **params: Any) -> dict[str, Any]:
        """The answer of `operation`; raises AwsError with AWS's code, UnreachableError without an answer."""
        name = self.service, operation
        retried, tries = RETRIED.get(name, set()), PATIENCE.get(name, RETRIES)
        for attempt in range(tries):
            # Each time anew: what may be written now may be forbidden after a pause.
            self.ask(operation)
            try:
                return self._once(operation, params)
            except AwsError as error:
                if error.code not in retried or attempt == tries - 1:
                    raise
                self._sleep(min(0.5 * 2**attempt, 20))
        raise AssertionError("unreachable: the last attempt returns or raises")

    def find(self, operation: str, missing: str | tuple[str, ...], /, **params: Any) -> dict[str, Any] | None:
        """Like `call`, but None when AWS answers with one of the error codes `missing`, and only then."""
        codes = (missing,) if isinstance(missing, str) else missing
        try:
            return self.call(operation, **params)
        except AwsError as error:
            if error.code in codes:
                return None
            raise

    def pages(self, operation: str, key: str, /, **params: Any) -> Iterator[dict[str, Any]]:
        """Every item under the dotted `key` of every page of a listing."""
        outer, _, inner = key.partition(".")
        name = f"{self.service}:{operation}"
        with _translated(name):
            for page in self.client.get_paginator(operation).paginate(**params):
                found: Any = page.get(outer) or {}
                yield from (found.get(inner) or []) if inner else found

    def content(self, body: Any) -> bytes:
        """All of an answer's body; raises UnreachableError when it breaks off."""
        with _translated(f"{self.service}:body"):
            return bytes(body.read())

    def wait(self, waiter: str, seconds: int, delay: int, /, **params: Any) -> None:
        """Returns when boto3's `waiter` is satisfied; raises AwsError after `seconds`."""
        attempts = max(1, seconds // delay)
        with _translated(f"{self.service}:{waiter}"):
            for attempt in range(attempts):
                try:
                    # One look at a time: boto3's own pauses can not be passed in.
                    config = {"Delay": 0, "MaxAttempts": 1}
                    self.client.get_waiter(waiter).wait(WaiterConfig=config, **params)
                    return
                except WaiterError as error:
                    last = attempt == attempts - 1
                    if last or not error.kwargs["reason"].startswith("Max attempts exceeded"):
                        raise
                self._sleep(delay)

    def _once(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        with _translated(f"{self.service}:{operation}"):
            answer: dict[str, Any] = getattr(self.client, operation)(**params)
            return answer


class _translated:
    """Turns botocore's exceptions into ours; `name` is service:operation."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None: ...

    def __exit__(self, kind: Any, error: BaseException | None, _trace: Any) -> None:
        if isinstance(error, ClientError):
            said = error.response.get("Error", {})
            # Lambda quotes all variables behind this when it refuses their size; so would the error itself.
            message, quoted, _ = said.get("Message", "").partition("String measured")
            failed = AwsError(self.name, said.get("Code", "Unknown"), message.rstrip())
            raise failed from None if quoted else error
        if isinstance(error, WaiterError):
            raise AwsError(
                self.name, "WaiterError", str(error), "run the command again: it resumes"
            ) from error
        if isinstance(error, NoCredentialsError):
            raise UnreachableError("no AWS credentials were found", LOGIN) from error
        if isinstance(error, EndpointConnectionError):
            raise UnreachableError(
                f"{self.name}: nothing answers at {error.kwargs.get('endpoint_url')}",
                "invoke sandbox.start for the local AWS, or check the network",
            ) from error
        if isinstance(error, ParamValidationError):
            # Its text holds the values that were given, which may be secrets.
            raise AwsError(self.name, "ParamValidation", "boto3 refused the parameters") from None
        if isinstance(error, BotoCoreError | ResponseParserError):
            raise UnreachableError(f"{self.name}: {error}", LOGIN) from error
