"""Which resources each role keeps, from the inventory: the table of contents of provisioning."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from outreach_ops import commands
from outreach_ops.aws import acm, cloudfront, lambda_shell
from outreach_ops.provision.access_control import AccessControl
from outreach_ops.provision.bucket import Bucket
from outreach_ops.provision.bucket_lock import BucketLock, Readers
from outreach_ops.provision.bucket_policy import BucketPolicy
from outreach_ops.provision.cache_policies import images_policy, pages_policy
from outreach_ops.provision.certificate import Certificate, ValidationRecords
from outreach_ops.provision.distribution import Distribution
from outreach_ops.provision.distribution_needs import LogBucket, WebAcl
from outreach_ops.provision.dns import SiteRecords
from outreach_ops.provision.host_function import HostFunction
from outreach_ops.provision.parts_functions import (
    isr_part,
    isr_queue_part,
    lambda_part,
    lambda_settings_part,
    role,
)
from outreach_ops.provision.policies import ManagedPolicies
from outreach_ops.provision.role_needs import own_needs, policy_name
from outreach_ops.provision.role_policy import RolePolicy
from outreach_ops.provision.security_headers import headers_policy
from outreach_ops.provision.step import Lookup, Resource
from outreach_ops.provision.table import Table
from outreach_ops.settings.model import Settings

Part = Callable[[Settings], Sequence[Resource[Any]]]


def iam_part(settings: Settings) -> Sequence[Resource[Any]]:
    """The execution role, which is looked up and never made, and a policy in it where that is asked for."""
    want = settings.iam
    policy = RolePolicy(want.role_name, policy_name(settings), own_needs(settings))
    return [role(settings), policy] if want.grant_inline else [role(settings)]


def s3_part(settings: Settings) -> Sequence[Resource[Any]]:
    """The bucket."""
    return [Bucket(settings.s3.bucket_name, settings.s3.replaced_days)]


def dynamodb_part(settings: Settings) -> Sequence[Resource[Any]]:
    """The ledger's table."""
    return [Table(settings.dynamodb.ledger_table)]


def acm_part(settings: Settings) -> Sequence[Resource[Any]]:
    """The certificate and its validation records."""
    return [Certificate(settings.acm.domain, settings.route53.zone), ValidationRecords()]


def cloudfront_part(settings: Settings) -> Sequence[Resource[Any]]:
    """The distribution and all that it refers to."""
    want = settings.lambda_
    fix, project = commands.provision(settings.site.environment), settings.site.project
    urls = [
        Lookup(
            f"{kind}_domain",
            f"function URL of {name}:{want.alias}",
            fix,
            functools.partial(lambda_shell.url_domain, name=name, alias=want.alias),
        )
        for kind, name in (("server", want.server_name), ("image", want.image_name))
    ]
    domain = settings.acm.domain
    certificate = Lookup(
        "certificate_arn", f"issued certificate for {domain}", fix, lambda aws: acm.issued_arn(aws, domain)
    )
    return [
        *urls,
        certificate,
        ManagedPolicies(),
        AccessControl(settings.cloudfront.oac_name),
        pages_policy(project),
        images_policy(project),
        *_asked_of_the_edge(settings),
        HostFunction(settings.cloudfront.host_function_name, settings.cloudfront.forwarded_hosts),
        Distribution(settings),
    ]


def _asked_of_the_edge(settings: Settings) -> list[Resource[Any]]:
    want, found = settings.cloudfront, list[Resource[Any]]()
    if want.security_headers is not None:
        found.append(headers_policy(settings.site.project, want.security_headers))
    if want.access_logs is not None:
        found.append(LogBucket(want.access_logs.bucket))
    if want.web_acl is not None:
        found.append(WebAcl(want.web_acl))
    return found


def s3_policy_part(settings: Settings) -> Sequence[Resource[Any]]:
    """Who may read the bucket; the distribution must be there."""
    bucket = settings.s3.bucket_name
    return [
        role(settings),
        _distribution(settings, "distribution_arn", "ARN"),
        Readers(settings),
        BucketPolicy(bucket),
        BucketLock(bucket),
    ]


def route53_part(settings: Settings) -> Sequence[Resource[Any]]:
    """The site's name; the distribution must be there."""
    want = settings.route53
    return [
        _distribution(settings, "distribution_domain", "DomainName"),
        SiteRecords(want.zone, want.record, want.take_over),
    ]


PARTS: Mapping[str, Part] = {
    "iam": iam_part,
    "s3": s3_part,
    "dynamodb": dynamodb_part,
    "lambda": lambda_part,
    "isr_queue": isr_queue_part,
    "isr": isr_part,
    "acm": acm_part,
    "cloudfront": cloudfront_part,
    "lambda_settings": lambda_settings_part,
    "s3_policy": s3_policy_part,
    "route53": route53_part,
}
"""By role, in the order of the playbook."""


def _distribution(settings: Settings, value: str, attribute: str) -> Lookup:
    want = settings.cloudfront
    return Lookup(
        value,
        f"distribution for {want.domain}",
        commands.provision(settings.site.environment),
        lambda aws: cloudfront.find(aws, want.distribution_id, want.domain, attribute),
    )
