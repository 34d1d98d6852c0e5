"""Roles, which are looked up and never changed."""

from __future__ import annotations

from outreach_ops.aws.session import Aws


def role_arn(aws: Aws, name: str) -> str | None:
    """The ARN of the role `name`, or None when there is none."""
    found = aws.api("iam", "us-east-1").find("get_role", "NoSuchEntity", RoleName=name)
    return None if found is None else found["Role"]["Arn"]
