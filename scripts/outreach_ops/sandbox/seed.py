"""What AWS would already hold before any playbook runs: roles, zones and SleepConnect."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from outreach_ops.sandbox.parent import Parent
from outreach_ops.sandbox.spec import SandboxSpec

LAMBDA_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}

WRITES_LOGS = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def seed(spec: SandboxSpec, iam: Any, route53: Any) -> list[str]:
    """Creates what is missing, through boto3 clients of the caller; says what it created."""
    created = [f"role {name}" for name in spec.execution_roles if _create_role(iam, name)]
    return created + [f"zone {name}" for name in spec.zones if _create_zone(route53, name)]


def seed_parents(spec: SandboxSpec, client: Callable[[str], Any]) -> list[str]:
    """Puts SleepConnect where it is missing; `client` gives boto3 clients by service."""
    role = f"arn:aws:iam::{spec.account_id}:role/"
    return [
        f"function {parent.function_name}"
        for parent in spec.parents
        if Parent(parent, role + spec.execution_roles[0], client).stand()
    ]


def _create_role(iam: Any, name: str) -> bool:
    try:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(LAMBDA_TRUST))
    except iam.exceptions.EntityAlreadyExistsException:
        return False
    iam.attach_role_policy(RoleName=name, PolicyArn=WRITES_LOGS)
    return True


def _create_zone(route53: Any, name: str) -> bool:
    domain = name.rstrip(".") + "."
    found = route53.list_hosted_zones_by_name(DNSName=domain, MaxItems="1")["HostedZones"]
    # The list starts at the name; it does not end there.
    if any(zone["Name"] == domain for zone in found):
        return False
    route53.create_hosted_zone(Name=domain, CallerReference=f"sandbox {domain}")
    return True
