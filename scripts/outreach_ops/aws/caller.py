"""Who calls, and what IAM says they may do."""

from __future__ import annotations

import dataclasses
import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError, SSOError, TokenRetrievalError

from outreach_ops.aws.api import Api
from outreach_ops.aws.errors import LOGIN, UnreachableError
from outreach_ops.aws.session import Aws

SSO_LOGIN = "aws sso login"
ENDED = (SSOError, TokenRetrievalError)
"""What botocore raises when an SSO session has ended: one of a profile's own, one of an `sso-session`."""

ASSUMED = re.compile(r"arn:(aws[\w-]*):sts::(\d+):assumed-role/([^/]+)/.*")


@dataclasses.dataclass(frozen=True)
class Identity:
    """The caller; `expires` is None for credentials that do not say when they end."""

    account: str
    arn: str
    expires: datetime.datetime | None


def identity(region: str) -> Identity:
    """Who the ambient credentials are; raises UnreachableError, with SSO_LOGIN when a session has ended."""
    try:
        session = boto3.Session(region_name=region)
        sts = session.client("sts")
    except BotoCoreError as error:
        raise UnreachableError(str(error), LOGIN) from error
    end = expires(session)
    found = Api("sts", sts).call("get_caller_identity")
    return Identity(found["Account"], found["Arn"], end)


def expires(session: boto3.Session) -> datetime.datetime | None:
    """When the credentials of `session` end, renewed as far as they can be; None when they do not say.

    Raises UnreachableError for those that cannot be renewed, with SSO_LOGIN when their session has ended.
    """
    try:
        held = session.get_credentials()
        if held is None:
            return None
        # Those of a role or an SSO session are renewed here, by a call that AWS may refuse.
        held.get_frozen_credentials()
    except (BotoCoreError, ClientError) as error:
        raise UnreachableError(str(error), SSO_LOGIN if isinstance(error, ENDED) else LOGIN) from error
    # The only place where botocore keeps it.
    end: datetime.datetime | None = getattr(held, "_expiry_time", None)
    return end


@dataclasses.dataclass(frozen=True)
class Denied:
    """An action that IAM would refuse on a resource; `firmly` where no grant elsewhere outweighs that."""

    action: str
    resource: str
    firmly: bool = False


def arn(aws: Aws) -> str:
    """The caller's ARN, as STS knows it."""
    return str(aws.api("sts").call("get_caller_identity")["Arn"])


def policy_source(iam: Api, caller: str) -> str:
    """The user or role whose policies decide: of an assumed role, the role; its path only IAM knows."""
    assumed = ASSUMED.fullmatch(caller)
    return str(iam.call("get_role", RoleName=assumed[3])["Role"]["Arn"]) if assumed else caller


def denied(aws: Aws, caller: str, wanted: Iterable[tuple[str, Sequence[str]]]) -> tuple[Denied, ...]:
    """What of `wanted` (a resource and the actions on it) the caller's policies do not allow."""
    iam = aws.api("iam", "us-east-1")
    return simulate(iam, policy_source(iam, caller), wanted)


def simulate(iam: Api, source: str, wanted: Iterable[tuple[str, Sequence[str]]]) -> tuple[Denied, ...]:
    """What of `wanted` the policies of the user or role `source` do not allow, all asked at once."""
    with ThreadPoolExecutor(max_workers=8) as pool:
        asked = [pool.submit(_simulate, iam, source, resource, actions) for resource, actions in wanted]
        return tuple(found for each in asked for found in each.result())


def _simulate(iam: Api, source: str, resource: str, actions: Sequence[str]) -> list[Denied]:
    answer = iam.call(
        "simulate_principal_policy",
        PolicySourceArn=source,
        ActionNames=list(actions),
        ResourceArns=[resource],
        MaxItems=100,
    )
    return [
        Denied(each["EvalActionName"], resource, _firmly(each))
        for each in answer["EvaluationResults"]
        if each["EvalDecision"] != "allowed"
    ]


def _firmly(result: Mapping[str, Any]) -> bool:
    boundary = result.get("PermissionsBoundaryDecisionDetail", {}).get("AllowedByPermissionsBoundary", True)
    organisation = result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations", True)
    return result["EvalDecision"] == "explicitDeny" or not (boundary and organisation)
