"""The door to AWS: who and where is checked before the first other call."""

from __future__ import annotations

import dataclasses
import functools
import os
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import ProfileNotFound

from outreach_ops.aws.api import Api, Guard, allow, refuse_writes
from outreach_ops.aws.errors import LOGIN, UnreachableError, WrongAccountError

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
CONFIG = Config(
    retries={"mode": "standard", "max_attempts": 6},
    connect_timeout=5,
    read_timeout=60,
    max_pool_connections=32,
    s3={"addressing_style": "path"},
)
# A local AWS that is stopped should say so at once.
LOCAL_CONFIG = CONFIG.merge(Config(retries={"mode": "standard", "max_attempts": 2}))


def local_endpoint(environ: Mapping[str, str] = os.environ) -> str | None:
    """The endpoint of the local AWS when the ambient AWS environment points to one, else None."""
    endpoint = environ.get("AWS_ENDPOINT_URL")
    return endpoint if endpoint and urlsplit(endpoint).hostname in LOOPBACK else None


def describe_target(environ: Mapping[str, str] = os.environ) -> str | None:
    """The first line of every command that works on the local AWS; None on the real one."""
    endpoint = local_endpoint(environ)
    return f"local AWS at {endpoint}: nothing here reaches the real AWS" if endpoint else None


@dataclasses.dataclass(frozen=True)
class Aws:
    """The services of one account and region; made by `connect`, which has checked the account."""

    account_id: str
    region: str
    endpoint: str | None
    session: Any
    guard: Guard = allow

    def api(self, service: str, region: str | None = None) -> Api:
        """The calls of `service`; certificates and CloudFront live in us-east-1 whatever the region."""
        config = CONFIG if self.endpoint is None else LOCAL_CONFIG
        return Api(service, _client(self.session, service, region or self.region, config), self.guard)

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


def connect(account_id: str, region: str, environ: Mapping[str, str] = os.environ) -> Aws:
    """A checked connection: raises WrongAccountError before any call but sts:GetCallerIdentity."""
    try:
        session = boto3.Session(region_name=region)
    except ProfileNotFound as error:
        raise UnreachableError(str(error), LOGIN) from error
    aws = Aws(account_id, region, local_endpoint(environ), session)
    caller = aws.api("sts").call("get_caller_identity")
    if caller["Account"] != account_id:
        raise WrongAccountError(
            f"the credentials are of account {caller['Account']}, the inventory says {account_id}",
            "log in to the account of this environment, or correct site_account_id in its inventory",
        )
    return aws
