"""What the caller may do: by IAM's own simulation, or by harmless reads where that is denied."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from outreach_ops.aws import caller, cloudfront
from outreach_ops.aws.caller import Denied
from outreach_ops.aws.errors import DENIED, AwsError
from outreach_ops.aws.logs import Log
from outreach_ops.checks.subject import Subject
from outreach_ops.finding import Finding, failure, ok, warning
from outreach_ops.roles import ROLES, name_of
from outreach_ops.settings.model import Settings
from outreach_ops.site import world

FUNCTION = (
    "lambda:GetAlias",
    "lambda:GetFunctionConfiguration",
    "lambda:InvokeFunction",
    "lambda:PublishVersion",
    "lambda:UpdateAlias",
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
)
ASK = "ask for them, for the role or user that you work as"


def wanted(settings: Settings) -> list[tuple[str, Sequence[str]]]:
    """Each resource of a release with the actions on it."""
    account, region = settings.site.account_id, settings.site.region
    bucket = f"arn:aws:s3:::{settings.s3.bucket_name}"
    functions = [name_of(settings, role) for role in ROLES]
    distributions = f"arn:aws:cloudfront::{account}:distribution/{settings.cloudfront.distribution_id or '*'}"
    return [
        *((f"arn:aws:lambda:{region}:{account}:function:{name}", FUNCTION) for name in functions),
        # What a failure and --watch show of a version's log.
        *(
            (f"arn:aws:logs:{region}:{account}:log-group:/aws/lambda/{name}:*", ("logs:FilterLogEvents",))
            for name in functions
        ),
        (bucket, ("s3:ListBucket",)),
        (f"{bucket}/*", ("s3:GetObject", "s3:PutObject")),
        (
            f"arn:aws:dynamodb:{region}:{account}:table/{settings.dynamodb.ledger_table}",
            ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"),
        ),
        (f"arn:aws:sqs:{region}:{account}:{settings.isr.queue_name}", ("sqs:GetQueueUrl",)),
        (distributions, ("cloudfront:CreateInvalidation", "cloudfront:GetInvalidation")),
        ("*", ("cloudfront:ListDistributions",)),
    ]


def permissions(subject: Subject) -> Finding:
    """Whether the caller may do all that a release does."""
    who = caller.arn(subject.aws)
    if who.endswith(":root"):
        return ok("permissions", f"{who} may do everything")
    try:
        return judge(who, caller.denied(subject.aws, who, wanted(subject.settings)))
    except AwsError as error:
        if error.code not in DENIED:
            raise
    return judge_reads(who, _reads(subject))


def judge(who: str, denied: Sequence[Denied]) -> Finding:
    """By the simulation: what it does not allow fails half-way through a release."""
    if denied:
        named = ", ".join(f"{each.action} on {each.resource}" for each in denied)
        return failure("permissions", f"{who} lacks {named}", ASK)
    return ok("permissions", f"{who} may do all that a release does")


def judge_reads(who: str, refused: Sequence[str]) -> Finding:
    """Without the simulation only reading can be known."""
    if refused:
        return failure("permissions", f"{who} may not {', '.join(refused)}", ASK)
    return warning(
        "permissions",
        f"{who} may read all that a release reads; whether it may write could not be simulated",
        "ask for iam:SimulatePrincipalPolicy and iam:GetRole on yourself",
    )


def _log(subject: Subject) -> Log:
    name = subject.settings.lambda_.server_name
    return Log(subject.aws.api("logs"), f"/aws/lambda/{name}", name)


def _reads(subject: Subject) -> list[str]:
    """The reading actions that are refused."""
    door = world.door(subject.aws, subject.settings)
    alias = subject.settings.lambda_.alias
    reads: dict[str, Callable[[], object]] = {
        "lambda:GetAlias": lambda: door.functions["server"].alias(alias),
        "lambda:GetFunctionConfiguration": lambda: door.functions["server"].configuration(),
        "s3:ListBucket": lambda: door.objects.listing("_releases/"),
        "dynamodb:Query": door.ledger.entries,
        "logs:FilterLogEvents": lambda: list(_log(subject).events(time.time())),
        "cloudfront:ListDistributions": lambda: cloudfront.holder(
            subject.aws, subject.settings.cloudfront.domain
        ),
    }
    refused = []
    for action, read in reads.items():
        try:
            read()
        except AwsError as error:
            if error.code in DENIED:
                refused.append(action)
    return refused
