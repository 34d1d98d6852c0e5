"""The site's name in the zone: A and AAAA, both pointing to the distribution."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from outreach_ops.aws import cloudfront, route53
from outreach_ops.aws.session import Aws
from outreach_ops.errors import OpsError
from outreach_ops.provision.step import KNOWN_LATER, MissingError, Resource, Step, Values

KINDS = ("A", "AAAA")
Records = tuple[Mapping[str, Any], ...]


@dataclasses.dataclass(frozen=True)
class SeenRecords:
    """Everything that stands at the name; `zone` is None when there is no such zone.

    `leads_to` is the id of a distribution of the account that it leads to and that does not carry it.
    """

    zone: str | None
    records: Records
    leads_to: str | None = None


@dataclasses.dataclass(frozen=True)
class SiteRecords(Resource[SeenRecords]):
    """Written by the role with amazon.aws.route53, from the steps' `after`."""

    stock = True
    zone: str
    name: str
    take_over: bool

    def read(self, aws: Aws) -> SeenRecords:
        zone = route53.zone_id(aws, self.zone)
        found = () if zone is None else route53.records(aws, zone, self.name)
        aliases = (target(each) for each in found if "AliasTarget" in each)
        lost = (cloudfront.nameless(aws, each, self.name) for each in aliases)
        return SeenRecords(zone, found, next((each for each in lost if each is not None), None))

    def decide(self, seen: SeenRecords, known: Values) -> tuple[Step, ...]:
        if seen.zone is None:
            raise MissingError(
                f"there is no public hosted zone {self.zone} in this account",
                "correct route53_zone, or use the credentials of the account that holds the zone",
            )
        there = {each["Type"]: target(each) for each in seen.records}
        wanted = known.get("distribution_domain", KNOWN_LATER)
        # One of before this tool that leads here does what both would, and taking it away would be an outage.
        if there.get("CNAME", "").rstrip(".").lower() == wanted:
            return ()
        self._refuse_unlike(seen.records, there)
        if wanted == KNOWN_LATER and seen.leads_to is not None:
            # A new one beside it has no path of any build yet: taking the name over would be an outage.
            raise OpsError(
                f"{self.name} leads to the distribution {seen.leads_to}, which does not carry that name, "
                "and a new one would be made",
                f"write cloudfront_distribution_id: {seen.leads_to}, which brings the name back to it",
            )
        steps = []
        for kind in KINDS:
            if there.get(kind) == wanted:
                continue
            if kind in there and not self.take_over:
                raise OpsError(
                    f"{self.name} {kind} points to {there[kind]}, not to the distribution {wanted}",
                    "check who uses that name, then set route53_take_over: true to point it here",
                )
            before = {"value": there[kind]} if kind in there else None
            after = {"record": self.name, "type": kind, "value": wanted}
            steps.append(Step("route53:ChangeResourceRecordSets", f"{self.name} {kind}", before, after))
        return tuple(steps)

    def _refuse_unlike(self, records: Records, there: Mapping[str, str]) -> None:
        """Raises OpsError for what AWS keeps no plain A and AAAA beside."""
        if "CNAME" in there:
            raise OpsError(
                f"{self.name} is a CNAME to {there['CNAME']}, and no other record can stand beside it",
                "delete that record when nothing needs it, then run the command again",
            )
        if routed := [each for each in records if each["Type"] in KINDS and "SetIdentifier" in each]:
            named = ", ".join(f"{each['SetIdentifier']} ({target(each)})" for each in routed)
            raise OpsError(
                f"{self.name} has records with a routing policy, {named}: no plain one can stand beside them",
                "delete those records when nothing needs them, then run the command again",
            )


def target(record: Mapping[str, Any]) -> str:
    """Where a record points: the name behind an alias without its last dot, else its values."""
    if "AliasTarget" in record:
        return str(record["AliasTarget"]["DNSName"]).rstrip(".").lower()
    return ", ".join(each["Value"] for each in record.get("ResourceRecords", ()))
