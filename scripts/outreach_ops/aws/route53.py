"""Hosted zones and their records, as far as provisioning reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from outreach_ops.aws.session import Aws
from outreach_ops.errors import OpsError

CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2"
"""The zone of every alias that points to CloudFront, the same for all accounts."""


def zone_id(aws: Aws, name: str) -> str | None:
    """The id of the public zone `name`, or None; raises OpsError when two carry that name."""
    answer = aws.api("route53", "us-east-1").call("list_hosted_zones_by_name", DNSName=name, MaxItems="10")
    zones = [
        zone["Id"].removeprefix("/hostedzone/")
        for zone in answer["HostedZones"]
        if zone["Name"] == f"{name}." and not zone.get("Config", {}).get("PrivateZone", False)
    ]
    if len(zones) > 1:
        raise OpsError(
            f"there are {len(zones)} public zones {name}: {', '.join(zones)}",
            "delete the one that the domain is not delegated to",
        )
    return zones[0] if zones else None


def name_servers(aws: Aws, zone: str) -> tuple[str, ...]:
    """The servers to which the registrar must delegate the zone."""
    found = aws.api("route53", "us-east-1").call("get_hosted_zone", Id=zone)
    return tuple(found.get("DelegationSet", {}).get("NameServers", ()))


def records(aws: Aws, zone: str, name: str) -> tuple[Mapping[str, Any], ...]:
    """The records of all types that stand at `name`."""
    answer = aws.api("route53", "us-east-1").call(
        "list_resource_record_sets", HostedZoneId=zone, StartRecordName=name, MaxItems="20"
    )
    # The listing goes on behind `name`; a * comes back as \052.
    found = answer["ResourceRecordSets"]
    return tuple(each for each in found if each["Name"].replace("\\052", "*").rstrip(".") == name.rstrip("."))
