"""The distribution: compression, cache key, origin protection, certificate and DNS."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from outreach_ops import commands
from outreach_ops.aws import acm, cloudfront, route53
from outreach_ops.aws.session import Aws
from outreach_ops.checks.subject import Subject
from outreach_ops.finding import Finding, failure, ok, warning
from outreach_ops.provision import adoption
from outreach_ops.provision.cache_policies import PAGE_HEADERS
from outreach_ops.provision.origin_secret import of_origin, origin_id
from outreach_ops.provision.quantities import items
from outreach_ops.roles import GUARDED, Role, name_of
from outreach_ops.settings.model import Settings
from outreach_ops.variables import origin
from outreach_ops.variables.fingerprint import Fingerprints

Live = Mapping[Role, Mapping[str, str]]
DAYS = 30
"""A certificate that AWS has not renewed by then will end."""
BEFORE = "live before this tool: the first deploy brings its own origins and paths"


@dataclasses.dataclass(frozen=True)
class Edge:
    """The site's distribution and the policy by which it caches pages."""

    domain: str
    config: Mapping[str, Any]
    policy: Mapping[str, Any]


def read(subject: Subject) -> Edge | None:
    """The distribution, None when there is none."""
    wanted = subject.settings.cloudfront
    identity = cloudfront.identify(subject.aws, wanted.distribution_id, wanted.domain)
    found = cloudfront.distribution(subject.aws, identity) if identity else None
    if found is None:
        return None
    config = found["Distribution"]["DistributionConfig"]
    policy = cloudfront.cache_policy(subject.aws, config["DefaultCacheBehavior"].get("CachePolicyId"))
    return Edge(found["Distribution"]["DomainName"], config, policy)


def distribution(subject: Subject) -> list[Finding]:
    """Compression, cache key and origin protection of the site's distribution."""
    fix = commands.provision(subject.settings.site.environment)
    edge = read(subject)
    if edge is None:
        return [failure("cloudfront", f"no distribution serves {subject.settings.cloudfront.domain}", fix)]
    if not adoption.ours(edge.config, subject.settings.site.project):
        return [ok("cloudfront", BEFORE)]
    return [
        judge_compression(edge, fix),
        judge_cache_key(edge, fix),
        judge_protection(edge, subject.settings, subject.live),
    ]


def judge_compression(edge: Edge, fix: str) -> Finding:
    """Pages must be compressed, or large answers meet Lambda's 6 MB limit."""
    key = edge.policy.get("ParametersInCacheKeyAndForwardedToOrigin", {})
    switches = {
        "gzip": key.get("EnableAcceptEncodingGzip"),
        "brotli": key.get("EnableAcceptEncodingBrotli"),
        "Compress": edge.config["DefaultCacheBehavior"].get("Compress"),
    }
    if off := [name for name, on in switches.items() if not on]:
        return failure("compression", f"{', '.join(off)} is off for pages", fix)
    return ok("compression", "gzip and brotli for pages")


def judge_cache_key(edge: Edge, fix: str) -> Finding:
    """What changes a page must be in its cache key, or RSC answers requests for HTML."""
    key = edge.policy.get("ParametersInCacheKeyAndForwardedToOrigin", {})
    headers = {name.lower() for name in items(key.get("HeadersConfig", {}).get("Headers"))}
    if lacking := [name for name in PAGE_HEADERS if name.lower() not in headers]:
        return failure("cache key", f"pages are cached without regard to {', '.join(lacking)}", fix)
    return ok("cache key", "HTML and RSC are kept apart")


def judge_protection(edge: Edge, settings: Settings, live: Live) -> Finding:
    """CloudFront must show each function a header that its live version accepts, or visitors get 403."""
    project, environment = settings.site.project, settings.site.environment
    origins = {each["Id"]: each for each in items(edge.config.get("Origins"))}
    open_, unlike = [], []
    for role in GUARDED:
        found, accepted = origins.get(origin_id(project, role), {}), origin.accepted(live[role])
        sent = of_origin(found)
        if accepted and sent not in accepted:
            unlike.append(_unlike(name_of(settings, role), sent, accepted, Fingerprints(live["server"])))
        elif not accepted and not found.get("OriginAccessControlId"):
            open_.append(name_of(settings, role))
    if unlike:
        return failure("origin", f"visitors get 403: {'; '.join(unlike)}", commands.provision(environment))
    if open_ and settings.cloudfront.origin_protection == "secret_header":
        cause = f"requests that go around CloudFront are answered by {', '.join(open_)}"
        return warning("origin", cause, commands.deploy(environment))
    if open_:
        return ok("origin", "open to everybody, as cloudfront_origin_protection says")
    return ok("origin", "CloudFront shows each function a header or signature that it accepts")


def _unlike(function: str, sent: str | None, accepted: Sequence[str], fingerprints: Fingerprints) -> str:
    """What is sent to a function and what it accepts, by fingerprint."""
    known = ", ".join(fingerprints.of(origin.HEADER, each) for each in accepted)
    shown = "no header" if sent is None else f"the header {fingerprints.of(origin.HEADER, sent)}"
    return f"{function} is sent {shown}, and accepts {known}"


def certificate(subject: Subject) -> Finding:
    """Whether the certificate is issued, and renewed in time."""
    domain = subject.settings.acm.domain
    fix = commands.provision(subject.settings.site.environment)
    return judge_certificate(domain, acm.certificate(subject.aws, domain), _now(), fix)


def ending(aws: Aws, settings: Settings) -> list[Finding]:
    """That of an issued certificate; one that is missing or pending is for provisioning to see to."""
    found = acm.certificate(aws, settings.acm.domain)
    if found is None or found["Status"] != "ISSUED":
        return []
    fix = commands.provision(settings.site.environment)
    return [judge_certificate(settings.acm.domain, found, _now(), fix)]


def judge_certificate(
    domain: str, found: Mapping[str, Any] | None, now: datetime.datetime, fix: str
) -> Finding:
    """One that waits or has ended serves nobody."""
    if found is None:
        return failure("certificate", f"there is none for {domain}", fix)
    if found["Status"] != "ISSUED":
        return failure("certificate", f"that of {domain} is {found['Status']}", fix)
    end = found.get("NotAfter")
    if end is not None and end - now < datetime.timedelta(days=DAYS):
        if found.get("Type") == "IMPORTED":
            fix = "import its successor into ACM, in us-east-1: AWS renews none that was imported"
        return warning("certificate", f"that of {domain} ends on {end:%Y-%m-%d} and was not renewed", fix)
    return ok("certificate", f"issued for {domain}")


def dns(subject: Subject) -> Finding:
    """Whether the site's name points to its distribution."""
    wanted, name = subject.settings.cloudfront, subject.settings.route53.record
    fix = commands.provision(subject.settings.site.environment)
    zone = route53.zone_id(subject.aws, subject.settings.route53.zone)
    target = cloudfront.find(subject.aws, wanted.distribution_id, wanted.domain, "DomainName")
    records = () if zone is None else route53.records(subject.aws, zone, name)
    return judge_dns(name, target, records, fix)


def judge_dns(name: str, target: str | None, records: Sequence[Mapping[str, Any]], fix: str) -> Finding:
    """The record is an alias of the distribution's own name."""
    points = {each["AliasTarget"]["DNSName"].rstrip(".") for each in records if "AliasTarget" in each}
    points |= {
        value["Value"].rstrip(".")
        for each in records
        if each["Type"] == "CNAME"
        for value in each.get("ResourceRecords", ())
    }
    if target is None or points != {target}:
        shown = ", ".join(sorted(points)) or "nothing"
        return failure("dns", f"{name} points to {shown}, not to {target or 'a distribution'}", fix)
    return ok("dns", f"{name} points to {target}")


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
