from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from fakes.client import Call, session
from outreach_ops import public_dns
from outreach_ops.aws import acm
from outreach_ops.aws.session import Aws
from outreach_ops.errors import OpsError
from outreach_ops.provision.certificate import Certificate, SeenCertificate, ValidationRecords
from outreach_ops.provision.step import KNOWN_LATER, MissingError, converge

CERTIFICATE = Certificate("site.example.com", "example.com")
ARN = "arn:aws:acm:us-east-1:123456789012:certificate/one"
RECORD = {"record": "_x.site.example.com.", "type": "CNAME", "value": "_y.acm-validations.aws."}


@pytest.mark.parametrize(
    ("name", "domain", "expected"),
    [
        ("site.example.com", "site.example.com", True),
        ("*.example.com", "site.example.com", True),
        ("*.example.com", "a.site.example.com", False),
        ("*.example.com", "example.com", False),
        ("example.com", "site.example.com", False),
    ],
)
def test_a_wildcard_covers_one_label(name: str, domain: str, expected: bool) -> None:
    assert acm.covers(name, domain) is expected


class Certificates:
    """ACM with the certificates `summaries`; it lists other key types than RSA 2048 only when asked for."""

    def __init__(self, *summaries: dict[str, Any]) -> None:
        self.summaries = summaries

    def __call__(self, call: Call) -> Mapping[str, Any]:
        if call.operation == "ListCertificates":
            asked = call.params.get("Includes", {}).get("keyTypes", ["RSA_1024", "RSA_2048"])
            listed = [each for each in self.summaries if each.get("KeyAlgorithm", "RSA_2048") in asked]
            wanted = call.params["CertificateStatuses"]
            return {"CertificateSummaryList": [each for each in listed if each["Status"] in wanted]}
        (found,) = (
            each for each in self.summaries if each["CertificateArn"] == call.params["CertificateArn"]
        )
        return {"Certificate": found}


def summary(arn: str, domain: str, status: str = "ISSUED", **more: Any) -> dict[str, Any]:
    return {"CertificateArn": ARN.replace("one", arn), "DomainName": domain, "Status": status, **more}


@pytest.mark.parametrize(
    ("expected", "summaries"),
    [
        ("a", [summary("a", "site.example.com"), summary("z", "other.example.com")]),
        ("a", [summary("a", "*.example.com"), summary("z", "site.example.com", "PENDING_VALIDATION")]),
        ("a", [summary("a", "site.example.com"), summary("z", "*.example.com")]),
        ("a", [summary("a", "site.example.com", InUse=True), summary("z", "site.example.com")]),
        ("a", [summary("a", "site.example.com", NotAfter=2000000000), summary("z", "site.example.com")]),
        ("a", [summary("a", "x.org", SubjectAlternativeNameSummaries=["site.example.com"])]),
        ("a", [summary("a", "site.example.com", KeyAlgorithm="EC_prime256v1")]),
    ],
)
def test_the_best_certificate_is_used(expected: str, summaries: list[dict[str, Any]]) -> None:
    aws = Aws("123456789012", "us-east-1", None, session(Certificates(*summaries)))
    assert acm.issued_arn(aws, "site.example.com") == ARN.replace("one", expected)


def test_an_expired_certificate_does_not_count() -> None:
    aws = Aws(
        "123456789012", "us-east-1", None, session(Certificates(summary("a", "*.example.com", "EXPIRED")))
    )
    assert acm.certificate(aws, "site.example.com") is None


def test_an_issued_certificate_needs_nothing() -> None:
    seen = SeenCertificate("Z1", ARN, "ISSUED", ())
    assert CERTIFICATE.decide(seen, {}) == ()
    assert CERTIFICATE.values(seen) == {"certificate_arn": ARN, "validation_records": ()}
    assert CERTIFICATE.pending(seen) is None


def test_a_missing_certificate_is_requested_and_its_record_predicted() -> None:
    seen = SeenCertificate("Z1", None, None, ())
    assert [step.call for step in CERTIFICATE.decide(seen, {})] == ["acm:RequestCertificate"]
    (record,) = ValidationRecords().decide(None, CERTIFICATE.values(seen))
    assert (record.call, record.after["record"]) == ("route53:ChangeResourceRecordSets", KNOWN_LATER)


def test_a_pending_certificate_is_not_requested_again_but_proven_and_waited_for() -> None:
    seen = SeenCertificate("Z1", ARN, "PENDING_VALIDATION", (RECORD,))
    assert CERTIFICATE.decide(seen, {}) == ()
    values = CERTIFICATE.values(seen)
    assert values["certificate_arn"] == KNOWN_LATER
    assert ValidationRecords().decide(None, values)[0].after == RECORD
    assert "waits for ACM" in (CERTIFICATE.pending(seen) or "")


def test_what_is_waited_for_shows_the_record_and_where_the_zone_must_be_delegated_to() -> None:
    seen = SeenCertificate("Z1", ARN, "PENDING_VALIDATION", (), (RECORD,), ("ns-1.example.net",))
    said = CERTIFICATE.pending(seen) or ""
    assert "_x.site.example.com. CNAME _y.acm-validations.aws." in said
    assert "delegate example.com to ns-1.example.net" in said


OWN = ("ns-1.example.net", "ns-2.example.net")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (("NS-2.example.net.", "ns-1.example.net"), "example.com is delegated to its own servers"),
        (("ns.registrar.example",), "public DNS names ns.registrar.example for example.com: the registrar"),
        ((), "public DNS names no servers for example.com: the registrar must delegate"),
        (None, "and public DNS could not be asked"),
    ],
)
def test_what_is_waited_for_shows_the_delegation_as_the_world_sees_it(
    found: tuple[str, ...] | None, said: str
) -> None:
    seen = SeenCertificate("Z1", ARN, "PENDING_VALIDATION", (), (RECORD,), OWN, found)
    assert said in (CERTIFICATE.pending(seen) or "")


NAMED = {"Status": 0, "Answer": [{"type": 2, "data": "NS-1.Example.net."}, {"type": 5, "data": "other."}]}


@pytest.mark.parametrize(
    ("said", "servers"),
    [
        (NAMED, ("ns-1.example.net",)),
        ({"Status": 3}, ()),
        ({"Status": 2}, None),
        ({}, None),
        ([], None),
        (OSError("no network"), None),
        (ValueError("no JSON"), None),
    ],
)
def test_public_dns_is_believed_only_when_it_answers(said: Any, servers: tuple[str, ...] | None) -> None:
    def fetch(address: str) -> Any:
        assert address.endswith("type=NS&name=example.com")
        if isinstance(said, Exception):
            raise said
        return said

    assert public_dns.asked("example.com", fetch) == servers


@pytest.mark.parametrize(("endpoint", "asked"), [(None, ["example.com"]), ("http://127.0.0.1:1", [])])
def test_the_world_is_asked_of_a_pending_certificate_on_the_real_aws_alone(
    endpoint: str | None, asked: list[str]
) -> None:
    zones: list[str] = []

    def ask(zone: str) -> tuple[str, ...]:
        zones.append(zone)
        return OWN

    def answer(call: Call) -> Mapping[str, Any]:
        match call.operation:
            case "ListHostedZonesByName":
                return {"HostedZones": [{"Id": "/hostedzone/Z1", "Name": "example.com."}]}
            case "GetHostedZone":
                return {"DelegationSet": {"NameServers": list(OWN)}}
        return Certificates(summary("one", "site.example.com", "PENDING_VALIDATION"))(call)

    aws = Aws("123456789012", "us-east-1", endpoint, session(answer))
    seen = Certificate("site.example.com", "example.com", ask).read(aws)
    assert (zones, seen.servers) == (asked, OWN)


def test_a_missing_zone_is_refused_before_anything_is_requested() -> None:
    with pytest.raises(MissingError, match=r"no public hosted zone example\.com"):
        CERTIFICATE.decide(SeenCertificate(None, None, None, ()), {})


class RefusingAcm:
    """ACM that refuses each certificate for want of a CAA record, `looks` looks after its request."""

    def __init__(self) -> None:
        self.certificates: dict[str, dict[str, Any]] = {}
        self.looks = 2

    def __call__(self, call: Call) -> Mapping[str, Any]:
        match call.operation:
            case "ListHostedZonesByName":
                return {"HostedZones": [{"Id": "/hostedzone/Z1", "Name": "example.com."}]}
            case "GetHostedZone":
                return {"DelegationSet": {"NameServers": list(OWN)}}
            case "ListResourceRecordSets":
                return {"ResourceRecordSets": []}
            case "RequestCertificate":
                token, proof = call.params["IdempotencyToken"], {"Name": RECORD["record"], "Type": "CNAME"}
                made = summary(token, call.params["DomainName"], "PENDING_VALIDATION", CreatedAt=1800000000)
                options = [{"DomainName": "x", "ResourceRecord": {**proof, "Value": RECORD["value"]}}]
                self.certificates.setdefault(token, made | {"DomainValidationOptions": options})
                return {"CertificateArn": made["CertificateArn"]}
        self.looks -= call.operation == "ListCertificates"
        if self.looks <= 0:
            for each in self.certificates.values():
                each |= {"Status": "FAILED", "FailureReason": "CAA_ERROR"}
        return Certificates(*self.certificates.values())(call)


def test_a_certificate_that_acm_refuses_is_not_waited_for_and_the_next_run_requests_another() -> None:
    refusing = RefusingAcm()
    aws = Aws("123456789012", "us-east-1", "http://127.0.0.1:1", session(refusing))
    for requested in (1, 2):
        refusing.looks = 4
        with pytest.raises(OpsError, match=r"will not issue .*: CAA_ERROR"):
            converge(aws, [CERTIFICATE], check=False, notify=lambda _: None, sleep=lambda _: None)
        assert len(refusing.certificates) == requested
