"""The door to AWS: who and where is checked before the first other call."""

from __future__ import annotations

import dataclasses
import functools
import os
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from outreach_ops.aws.api import Api, Guard, allow, refuse_writes
from outreach_ops.aws.bulk import Sender
from outreach_ops.aws.errors import LOGIN, UnreachableError, WrongAccountError
from outreach_ops.errors import UsageError

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
CONFIG = Config(
    retries={"mode": "standard", "max_attempts": 6},
    connect_timeout=5,
    read_timeout=60,
    max_pool_connections=32,
    s3={"addressing_style": "path"},
)
ONCE = {"mode": "standard", "total_max_attempts": 1}
# A local AWS that is stopped should say so at once.
LOCAL_CONFIG = CONFIG.merge(Config(retries={"mode": "standard", "max_attempts": 2}))


def local_endpoint(environ: Mapping[str, str] = os.environ) -> str | None:
    """The endpoint of the local AWS when the ambient AWS environment points to one, else None.

    Raises UsageError when some calls would go to it and others elsewhere.
    """
    endpoint = environ.get("AWS_ENDPOINT_URL")
    if not endpoint:
        return None
    try:
        host, _ = urlsplit(endpoint).hostname, urlsplit(endpoint).port
    except ValueError:
        host = None
    if host is None:
        raise UsageError(f"AWS_ENDPOINT_URL={endpoint} is no address", LOGIN)
    if host not in LOOPBACK:
        return None
    mixed = [name for name in environ if name.startswith("AWS_ENDPOINT_URL_") and environ[name] != endpoint]
    if environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        mixed.append("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
    if mixed:
        raise UsageError(f"{', '.join(mixed)} would send calls past the local AWS", LOGIN)
    return endpoint


def describe_target(environ: Mapping[str, str] = os.environ) -> str | None:
    """The first line of every command that does not work on the real AWS at its own addresses, else None."""
    if endpoint := local_endpoint(environ):
        return f"local AWS at {endpoint}: nothing here reaches the real AWS"
    other = environ.get("AWS_ENDPOINT_URL")
    return f"AWS at {other}, as AWS_ENDPOINT_URL says" if other else None


@dataclasses.dataclass(frozen=True)
class Aws:
    """The services of one account and region; made by `connect`, which has checked the account."""

    account_id: str
    region: str
    endpoint: str | None
    session: Any
    guard: Guard = allow
    bulk: Sender | None = None
    """What sends many uploads; None where boto3 alone knows the way to S3."""
    sleep: Callable[[float], None] = time.sleep

    def api(self, service: str, region: str | None = None) -> Api:
        """The calls of `service`; certificates and CloudFront live in us-east-1 whatever the region."""
        return self._api(service, region, CONFIG if self.endpoint is None else LOCAL_CONFIG)

    def patient(self, service: str, seconds: int) -> Api:
        """The calls of `service` when one may take so many seconds, and is not to be made a second time."""
        return self._api(service, None, CONFIG.merge(Config(read_timeout=seconds, retries=ONCE)))

    def _api(self, service: str, region: str | None, config: Config) -> Api:
        client = _client(self.session, service, region or self.region, config)
        return Api(service, client, self.guard, self.sleep)

    def guarded(self, guard: Guard) -> Aws:
        """The same account, where `guard` too is asked before each writing call."""

        def both(service: str, operation: str) -> None:
            self.guard(service, operation)
            guard(service, operation)

        return dataclasses.replace(self, guard=both)

    def read_only(self) -> Aws:
        """The same account, where each writing call is refused before it is made."""
        return dataclasses.replace(self, guard=refuse_writes)


def _client(session: Any, service: str, region: str, config: Config) -> Any:
    with _MAKING:
        return _made(session, service, region, config)


@functools.cache
def _made(session: Any, service: str, region: str, config: Config) -> Any:
    return session.client(service, region_name=region, config=config)


# Clients may be shared by threads, but a session makes one at a time.
_MAKING = threading.Lock()


def plain_way(environ: Mapping[str, str]) -> bool:
    """Whether nothing stands between here and AWS that boto3 alone would know how to pass."""
    others = {"http_proxy", "https_proxy", "all_proxy", "aws_ca_bundle"}
    return not any(value for name, value in environ.items() if name.lower() in others)


def connect(
    account_id: str,
    region: str,
    environ: Mapping[str, str] = os.environ,
    soon: Mapping[str, str | None] = MappingProxyType({}),
) -> Aws:
    """A checked connection: raises WrongAccountError before any call but sts:GetCallerIdentity.

    The clients of `soon`, regions by service, are made while AWS says who calls: that calls nothing.
    """
    endpoint = local_endpoint(environ)
    try:
        session = boto3.Session(region_name=region)
        aws = Aws(
            account_id,
            region,
            endpoint,
            session,
            bulk=Sender(session, region) if plain_way(environ) else None,
        )
        sts = aws.api("sts")
    except (BotoCoreError, ValueError) as error:
        raise UnreachableError(f"the AWS configuration cannot be used: {error}", LOGIN) from error
    with ThreadPoolExecutor(max_workers=1) as pool:
        # Not the other way round: Ctrl-C must not wait for an answer.
        made = pool.submit(lambda: [aws.api(service, where) for service, where in soon.items()])
        check_account(aws, sts)
        made.result()
    return aws.read_only() if "OUTREACH_DRY" in environ else aws


def check_account(aws: Aws, sts: Api) -> None:
    """Raises WrongAccountError when the credentials belong to another account than `aws` is for."""
    caller = sts.call("get_caller_identity")
    if caller["Account"] != aws.account_id:
        raise WrongAccountError(
            f"the credentials are of account {caller['Account']}, the inventory says {aws.account_id}",
            "log in to the account of this environment, or correct site_account_id in its inventory",
        )
