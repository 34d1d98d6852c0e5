"""The certificate that the distribution shows, and the records that keep it renewing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from outreach_ops import public_dns
from outreach_ops.aws import acm, route53
from outreach_ops.aws.session import Aws
from outreach_ops.errors import OpsError
from outreach_ops.provision.step import KNOWN_LATER, Act, MissingError, Resource, Step, Values, appear
from outreach_ops.public_dns import plain

Record = Mapping[str, str]


@dataclasses.dataclass(frozen=True)
class SeenCertificate:
    """The best certificate for the domain, and its validation records that the zone lacks.

    While it is pending `proofs` are all of them, `servers` the zone's, and `seen` those that public DNS names
    for the zone, None when it gave no answer. `refused` is the ARN of one that ACM will not issue, and why.
    """

    zone: str | None
    arn: str | None
    status: str | None
    lacking: tuple[Record, ...]
    proofs: tuple[Record, ...] = ()
    servers: tuple[str, ...] = ()
    seen: tuple[str, ...] | None = None
    refused: tuple[str, str] | None = None


@dataclasses.dataclass(frozen=True)
class Certificate(Resource[SeenCertificate]):
    """Gives the values `certificate_arn`, known once it is issued, and `validation_records` to be written."""

    domain: str
    zone: str
    ask: Callable[[str], tuple[str, ...] | None] = public_dns.name_servers
    patience: ClassVar[int] = 1800

    def read(self, aws: Aws) -> SeenCertificate:
        zone, found = route53.zone_id(aws, self.zone), acm.certificate(aws, self.domain)
        if found is None or zone is None:
            return SeenCertificate(zone, None, None, (), refused=self._refused(aws))
        # An issued one needs them too: ACM looks for them at each renewal.
        proofs = tuple(_records(found, self.zone))
        lacking = tuple(each for each in proofs if not _there(aws, zone, each))
        if found["Status"] == "ISSUED":
            return SeenCertificate(zone, found["CertificateArn"], found["Status"], lacking)
        servers = route53.name_servers(aws, zone)
        # The local AWS has zones that the world knows nothing of.
        seen = self.ask(self.zone) if aws.endpoint is None else None
        return SeenCertificate(zone, found["CertificateArn"], found["Status"], lacking, proofs, servers, seen)

    def _refused(self, aws: Aws) -> tuple[str, str] | None:
        found = acm.refused(aws, self.domain)
        return (
            None
            if found is None
            else (found["CertificateArn"], found.get("FailureReason", "no reason given"))
        )

    def decide(self, seen: SeenCertificate, _known: Values) -> tuple[Step, ...]:
        if seen.zone is None:
            raise MissingError(
                f"there is no public hosted zone {self.zone} in this account",
                "correct route53_zone, or use the credentials of the account that holds the zone",
            )
        if seen.arn is not None:
            return ()
        after = {"domain": self.domain, "validation": "DNS"}
        return (Step("acm:RequestCertificate", f"certificate for {self.domain}", None, after),)

    def values(self, seen: SeenCertificate) -> Values:
        unknown = {"record": KNOWN_LATER, "type": "CNAME", "value": KNOWN_LATER}
        return {
            "certificate_arn": seen.arn if seen.arn and seen.status == "ISSUED" else KNOWN_LATER,
            "validation_records": (unknown,) if seen.arn is None else seen.lacking,
        }

    def pending(self, seen: SeenCertificate) -> str | None:
        if seen.status == "ISSUED":
            return None
        proofs = ", ".join(f"{each['record']} CNAME {each['value']}" for each in seen.proofs)
        return (
            f"the certificate for {self.domain} waits for ACM to see {proofs or 'its validation record'}; "
            f"{delegation(self.zone, seen.servers, seen.seen)}"
        )

    def gone(self, seen: SeenCertificate) -> OpsError | None:
        if seen.refused is None:
            return None
        return OpsError(
            f"ACM will not issue a certificate for {self.domain}: {seen.refused[1]}",
            "correct that (CAA_ERROR: the domain's CAA records must let amazon.com issue), "
            "then run the command again: it requests another",
        )

    def acts(self) -> Mapping[str, Act]:
        return {"acm:RequestCertificate": self._request}

    def _request(self, aws: Aws, step: Step, seen: SeenCertificate, _known: Values) -> None:
        acm.request(aws, self.domain, seen.refused[0] if seen.refused else "")
        appear(lambda: acm.provable(aws, self.domain), step.resource)


def delegation(zone: str, servers: Sequence[str], seen: Sequence[str] | None) -> str:
    """Whether the world asks the zone's own `servers`, as far as it is `seen`, in words."""
    must = f"the registrar must delegate {zone} to {', '.join(servers) or 'its name servers'}"
    if seen is None:
        return f"{must}, and public DNS could not be asked whether it does"
    if {plain(each) for each in servers} == {plain(each) for each in seen}:
        return f"{zone} is delegated to its own servers, {', '.join(servers)}"
    return f"public DNS names {', '.join(seen) or 'no servers'} for {zone}: {must}"


class ValidationRecords(Resource[None]):
    """The records in the zone that prove the domain; written by the role with amazon.aws.route53."""

    stock = True

    def read(self, _aws: Aws) -> None:
        return None

    def decide(self, _seen: None, known: Values) -> tuple[Step, ...]:
        return tuple(
            Step("route53:ChangeResourceRecordSets", "validation record", None, dict(record))
            for record in known["validation_records"]
        )


def _records(certificate: Mapping[str, Any], zone: str) -> list[Record]:
    options = certificate.get("DomainValidationOptions", ())
    found = {
        each["ResourceRecord"]["Name"]: each["ResourceRecord"] for each in options if "ResourceRecord" in each
    }
    return [
        {"record": name, "type": record["Type"], "value": record["Value"]}
        for name, record in found.items()
        if name.rstrip(".").endswith(f".{zone}")
    ]


def _there(aws: Aws, zone: str, wanted: Record) -> bool:
    values = {
        value["Value"].rstrip(".")
        for each in route53.records(aws, zone, wanted["record"])
        if each["Type"] == wanted["type"]
        for value in each.get("ResourceRecords", ())
    }
    return values == {wanted["value"].rstrip(".")}
