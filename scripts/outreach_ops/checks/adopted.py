"""What a site that was live before this tool still has of that time, and should lose."""

from __future__ import annotations

from collections.abc import Sequence

from outreach_ops.aws import lambda_shell
from outreach_ops.aws.session import Aws
from outreach_ops.finding import Finding, ok, warning
from outreach_ops.provision.bucket_lock import access_list
from outreach_ops.provision.bucket_policy import policy_of
from outreach_ops.provision.bucket_public import open_to_all, others
from outreach_ops.settings.model import Settings


def findings(aws: Aws, settings: Settings) -> list[Finding]:
    """Whether the bucket can be closed, and whether somebody may call `$LATEST`."""
    bucket = settings.s3.bucket_name
    names = (settings.lambda_.server_name, settings.lambda_.image_name)
    return [
        judge_open(bucket, open_to_all(policy_of(aws, bucket))),
        judge_lists(bucket, others(access_list(aws, bucket))),
        judge_latest([name for name in names if lambda_shell.latest_url_domain(aws, name) is not None]),
    ]


def judge_open(bucket: str, everybody: Sequence[str]) -> Finding:
    """Closing it would cut off whoever reads by such a statement."""
    if not everybody:
        return ok("bucket", "open to those alone whom its policy names")
    return warning(
        "bucket",
        f"{bucket} stays open to everybody, because its policy says so: {', '.join(everybody)}",
        "have SleepConnect read through its own distribution or the site's domain, then remove that",
    )


def judge_lists(bucket: str, grantees: Sequence[str]) -> Finding:
    """S3 takes access lists out of use only where the bucket's own lets nobody else in."""
    if not grantees:
        return ok("access list", "lets the bucket's owner in alone")
    return warning(
        "access list",
        f"that of {bucket} lets {', '.join(grantees)} in, so S3 keeps access lists in use there",
        f"once nobody needs it: aws s3api put-bucket-acl --bucket {bucket} --acl private, "
        "then the playbook again",
    )


def judge_latest(functions: Sequence[str]) -> Finding:
    """A release changes `$LATEST` some seconds before it moves the alias."""
    if not functions:
        return ok("latest", "every visitor comes through the alias")
    return warning(
        "latest",
        f"{', '.join(functions)} has a URL on $LATEST, where a release shows before it is live",
        "give whoever uses that URL (OUTREACH_APP_URL) the site's domain, then delete it in the console",
    )
