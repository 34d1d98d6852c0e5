"""The execution role, which is looked up, and a policy of ours in it where that is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from outreach_ops.aws.api import Api
from outreach_ops.aws.session import Aws

MISSING = "NoSuchEntity"


def iam(aws: Aws) -> Api:
    """IAM's calls; it has one home whatever the site's region."""
    return aws.api("iam", "us-east-1")


def role_arn(aws: Aws, name: str) -> str | None:
    """The ARN of the role `name`, or None when there is none."""
    found = iam(aws).find("get_role", MISSING, RoleName=name)
    return None if found is None else found["Role"]["Arn"]


def inline_policy(aws: Aws, role: str, name: str) -> Mapping[str, Any] | None:
    """The document of a role's inline policy, or None when it or the role is missing."""
    found = iam(aws).find("get_role_policy", MISSING, RoleName=role, PolicyName=name)
    return None if found is None else found["PolicyDocument"]
