"""Certificates of us-east-1, where CloudFront looks for them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from outreach_ops.aws.session import Aws
from outreach_ops.settings.agree import covers

REGION = "us-east-1"
# ACM lists RSA 1024 and 2048 alone unless told otherwise; these are all that CloudFront takes.
KEY_TYPES = ("RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1")
STATUSES = ("ISSUED", "PENDING_VALIDATION")


def certificate(aws: Aws, domain: str) -> Mapping[str, Any] | None:
    """The best one for `domain`: issued before pending, exact before wildcard, in use, longest valid."""
    listing = aws.api("acm", REGION).pages(
        "list_certificates",
        "CertificateSummaryList",
        CertificateStatuses=list(STATUSES),
        Includes={"keyTypes": list(KEY_TYPES)},
    )
    good = [each for each in listing if any(covers(name, domain) for name in _names(each))]
    if not good:
        return None
    best = max(good, key=lambda each: _rank(each, domain))
    found = aws.api("acm", REGION).call("describe_certificate", CertificateArn=best["CertificateArn"])
    described: Mapping[str, Any] = found["Certificate"]
    return described


def issued_arn(aws: Aws, domain: str) -> str | None:
    """The ARN of the best issued certificate for `domain`, or None."""
    found = certificate(aws, domain)
    return None if found is None or found["Status"] != "ISSUED" else found["CertificateArn"]


def provable(aws: Aws, domain: str) -> Mapping[str, Any] | None:
    """The best certificate for `domain` once it has the records that prove it, which take some seconds."""
    found = certificate(aws, domain)
    options = [] if found is None else found.get("DomainValidationOptions", [])
    return found if options and all("ResourceRecord" in each for each in options) else None


def request(aws: Aws, domain: str) -> None:
    """Requests a certificate that is validated by DNS."""
    # A request that is repeated within the hour with the same token gives the same certificate.
    token = hashlib.sha256(domain.encode()).hexdigest()[:32]
    aws.api("acm", REGION).call(
        "request_certificate", DomainName=domain, ValidationMethod="DNS", IdempotencyToken=token
    )


def _names(summary: Mapping[str, Any]) -> tuple[str, ...]:
    return (summary["DomainName"], *summary.get("SubjectAlternativeNameSummaries", ()))


def _rank(summary: Mapping[str, Any], domain: str) -> tuple[bool, bool, bool, str, str]:
    return (
        summary["Status"] == "ISSUED",
        domain in _names(summary),
        bool(summary.get("InUse", False)),
        str(summary.get("NotAfter", "")),
        summary["CertificateArn"],
    )
