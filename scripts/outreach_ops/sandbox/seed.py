"""What AWS would already hold before any playbook runs: roles, zones and SleepConnect."""

from __future__ import annotations

import json
import secrets
from typing import Any

from outreach_ops.provision.placeholder import placeholder
from outreach_ops.sandbox.spec import SandboxSpec

LAMBDA_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


def seed(spec: SandboxSpec, iam: Any, route53: Any) -> list[str]:
    """Creates what is missing, through boto3 clients of the caller; says what it created."""
    created = [f"role {name}" for name in spec.execution_roles if _create_role(iam, name)]
    return created + [f"zone {name}" for name in spec.zones if _create_zone(route53, name)]


def seed_parents(spec: SandboxSpec, lambda_: Any) -> list[str]:
    """Creates SleepConnect's functions where they are missing, with made-up values of what it shares."""
    created = []
    for name, shared in spec.parents:
        try:
            lambda_.create_function(
                FunctionName=name,
                Runtime="nodejs24.x",
                Role=f"arn:aws:iam::{spec.account_id}:role/{spec.execution_roles[0]}",
                Handler="index.handler",
                Code={"ZipFile": placeholder("index.handler")},
                Environment={"Variables": {each: secrets.token_hex(16) for each in shared}},
            )
        except lambda_.exceptions.ResourceConflictException:
            continue
        created.append(f"function {name}")
    return created


def _create_role(iam: Any, name: str) -> bool:
    try:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(LAMBDA_TRUST))
    except iam.exceptions.EntityAlreadyExistsException:
        return False
    return True


def _create_zone(route53: Any, name: str) -> bool:
    domain = name.rstrip(".") + "."
    found = route53.list_hosted_zones_by_name(DNSName=domain, MaxItems="1")["HostedZones"]
    # The list starts at the name; it does not end there.
    if any(zone["Name"] == domain for zone in found):
        return False
    route53.create_hosted_zone(Name=domain, CallerReference=f"sandbox {domain}")
    return True
