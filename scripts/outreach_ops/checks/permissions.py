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
    # What boto3 waits with until an update has settled.
    "lambda:GetFunction",
    "lambda:GetFunctionConfiguration",
    "lambda:PublishVersion",
    "lambda:UpdateAlias",
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
)
VERSION = ("lambda:GetFunctionConfiguration", "lambda:InvokeFunction")
"""To IAM a version is a resource of its own, which a policy for the function alone does not cover."""
ASK = "ask for them, for the role or user that you work as"


def wanted(settings: Settings, distribution: str) -> list[tuple[str, Sequence[str]]]:
    """Each resource of a release with the actions on it; `distribution` is the id of the site's."""
    account, region = settings.site.account_id, settings.site.region
    bucket = f"arn:aws:s3:::{settings.s3.bucket_name}"
    functions = [name_of(settings, role) for role in ROLES]
    served = f"arn:aws:cloudfront::{account}:distribution/{distribution}"
    return [
        *((f"arn:aws:lambda:{region}:{account}:function:{name}", FUNCTION) for name in functions),
        *((f"arn:aws:lambda:{region}:{account}:function:{name}:*", VERSION) for name in functions),
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
        (
            served,
            ("cloudfront:CreateInvalidation", "cloudfront:GetDistribution", "cloudfront:GetInvalidation"),
        ),
        ("*", ("cloudfront:ListDistributions",)),
    ]


def permissions(subject: Subject) -> Finding:
    """Whether the caller may do all that a release does."""
    who = caller.arn(subject.aws)
    if who.endswith(":root"):
        return ok("permissions", f"{who} may do everything")
    try:
        asked = wanted(subject.settings, _distribution(subject))
        return judge(who, caller.denied(subject.aws, who, asked))
    except AwsError as error:
        if error.code not in DENIED:
            raise
    return judge_reads(who, _reads(subject))


def _distribution(subject: Subject) -> str:
    """The id of the site's distribution, for a policy may name just that one; `*` while there is none."""
    settings = subject.settings.cloudfront
    return cloudfront.identify(subject.aws, settings.distribution_id, settings.domain) or "*"


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
        "lambda:GetFunction": lambda: subject.aws.api("lambda").call(
            "get_function", FunctionName=subject.settings.lambda_.server_name
        ),
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
