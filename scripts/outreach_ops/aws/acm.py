"""Certificates of us-east-1, where CloudFront looks for them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from outreach_ops.aws.session import Aws
from outreach_ops.settings.agree import covers

REGION = "us-east-1"
# ACM lists RSA 1024 and 2048 alone unless told otherwise; these are all that CloudFront takes.
KEY_TYPES = ("RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1")
STATUSES = ("ISSUED", "PENDING_VALIDATION")


def certificate(aws: Aws, domain: str) -> Mapping[str, Any] | None:
    """The best one for `domain`: issued before pending, exact before wildcard, in use, longest valid."""
    good = [each for each in _listed(aws, STATUSES) if any(covers(name, domain) for name in _names(each))]
    return _described(aws, max(good, key=lambda each: _rank(each, domain))) if good else None


def refused(aws: Aws, domain: str) -> Mapping[str, Any] | None:
    """The newest one requested for just `domain` that ACM will not issue, or None."""
    failed = [each for each in _listed(aws, ("FAILED",)) if each["DomainName"] == domain]
    return _described(aws, max(failed, key=lambda each: str(each["CreatedAt"]))) if failed else None


def issued_arn(aws: Aws, domain: str) -> str | None:
    """The ARN of the best issued certificate for `domain`, or None."""
    found = certificate(aws, domain)
    return None if found is None or found["Status"] != "ISSUED" else found["CertificateArn"]


def provable(aws: Aws, domain: str) -> Mapping[str, Any] | None:
    """The best certificate for `domain` once it has the records that prove it, which take some seconds."""
    found = certificate(aws, domain)
    options = [] if found is None else found.get("DomainValidationOptions", [])
    return found if options and all("ResourceRecord" in each for each in options) else None


def request(aws: Aws, domain: str, after: str = "") -> None:
    """Requests a certificate that is validated by DNS; `after` is the ARN of one that ACM has refused."""
    # A request that is repeated within the hour with the same token gives the same certificate.
    token = hashlib.sha256(f"{domain}{after}".encode()).hexdigest()[:32]
    aws.api("acm", REGION).call(
        "request_certificate", DomainName=domain, ValidationMethod="DNS", IdempotencyToken=token
    )


def _listed(aws: Aws, statuses: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    return aws.api("acm", REGION).pages(
        "list_certificates",
        "CertificateSummaryList",
        CertificateStatuses=list(statuses),
        Includes={"keyTypes": list(KEY_TYPES)},
    )


def _described(aws: Aws, summary: Mapping[str, Any]) -> Mapping[str, Any]:
    found = aws.api("acm", REGION).call("describe_certificate", CertificateArn=summary["CertificateArn"])
    described: Mapping[str, Any] = found["Certificate"]
    return described


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
