"""What the site's functions do with their execution role, and which policy of ours lets them. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from outreach_ops.provision import queue, table_policy
from outreach_ops.roles import ROLES, name_of
from outreach_ops.settings.model import Settings

WRITES_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
TRACES = ("xray:PutTelemetryRecords", "xray:PutTraceSegments")


@dataclasses.dataclass(frozen=True)
class Need:
    """Actions on a resource; `granted_by` is the policy of a resource of the site that allows them.

    Empty where no resource has a policy that could: then the role's own must.
    """

    sid: str
    actions: tuple[str, ...]
    resource: str
    granted_by: str = ""

    @property
    def statement(self) -> dict[str, Any]:
        """What the role's own policy would have to say."""
        actions = list(self.actions)
        return {"Sid": self.sid, "Effect": "Allow", "Action": actions, "Resource": self.resource}


def bucket_needs(bucket: str) -> tuple[Need, ...]:
    """What the server and image functions do with the bucket."""
    arn, policy = f"arn:aws:s3:::{bucket}", f"policy of bucket {bucket}"
    return (
        Need("OutreachPages", ("s3:GetObject", "s3:PutObject"), f"{arn}/_cache/*", policy),
        Need("OutreachImages", ("s3:GetObject",), f"{arn}/_assets/*", policy),
        # Without it S3 answers 403 for a page that is not cached yet.
        Need("OutreachUncached", ("s3:ListBucket",), arn, policy),
    )


def needs(settings: Settings) -> tuple[Need, ...]:
    """All that the site needs of its execution role."""
    site, isr = settings.site, settings.isr
    here = f"{site.region}:{site.account_id}"
    table = f"arn:aws:dynamodb:{here}:table/{isr.tag_table}"
    tags, fed = f"policy of table {isr.tag_table}", f"policy of queue {isr.queue_name}"
    return (
        *bucket_needs(settings.s3.bucket_name),
        Need("OutreachQueue", queue.ACTIONS, f"arn:aws:sqs:{here}:{isr.queue_name}", fed),
        Need("OutreachTags", table_policy.ACTIONS, table, tags),
        Need("OutreachTagsByPath", ("dynamodb:Query",), f"{table}/index/*", tags),
        *own_needs(settings),
    )


def own_needs(settings: Settings) -> tuple[Need, ...]:
    """What only the role's own policies can allow."""
    names = [name_of(settings, role) for role in ROLES]
    groups = f"arn:aws:logs:{settings.site.region}:{settings.site.account_id}:log-group:/aws/lambda/"
    # Where no retention is asked for, Lambda makes each group itself, in the role's name.
    makes = ("logs:CreateLogGroup",) if settings.lambda_.log_retention_days is None else ()
    logs = tuple(
        Need(f"OutreachLogs{at}", (*makes, *WRITES_LOGS), f"{groups}{name}:*")
        for at, name in enumerate(names, 1)
    )
    traced = settings.lambda_.tracing == "Active"
    return (*logs, Need("OutreachTraces", TRACES, "*")) if traced else logs


def document(lacking: Iterable[Need]) -> Mapping[str, Any]:
    """A policy that allows them."""
    return {"Version": "2012-10-17", "Statement": [need.statement for need in lacking]}


def policy_name(settings: Settings) -> str:
    """The site's policy in the role; the role is shared, so that each site has its own."""
    return f"{settings.site.project}-{settings.site.environment}"
