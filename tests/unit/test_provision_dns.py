from __future__ import annotations

from typing import Any

import pytest

from outreach_ops.errors import OpsError
from outreach_ops.provision.dns import SeenRecords, SiteRecords
from outreach_ops.provision.step import KNOWN_LATER, MissingError

NAME, HERE = "site.example.com", "d1.cloudfront.net"
RECORDS, TAKING_OVER = SiteRecords("example.com", NAME, False), SiteRecords("example.com", NAME, True)
KNOWN = {"distribution_domain": HERE}


def alias(kind: str, target: str) -> dict[str, Any]:
    return {"Name": f"{NAME}.", "Type": kind, "AliasTarget": {"DNSName": f"{target}.", "HostedZoneId": "Z2"}}


def test_records_that_point_here_need_nothing() -> None:
    seen = SeenRecords("Z1", (alias("A", HERE), alias("AAAA", HERE.upper())))
    assert RECORDS.decide(seen, KNOWN) == ()


def test_what_is_missing_is_made_beside_what_stands_there() -> None:
    text = {"Name": f"{NAME}.", "Type": "TXT", "ResourceRecords": [{"Value": '"x"'}]}
    (step,) = RECORDS.decide(SeenRecords("Z1", (alias("A", HERE), text)), KNOWN)
    assert (step.before, step.after) == (None, {"record": NAME, "type": "AAAA", "value": HERE})


def test_both_are_predicted_before_the_distribution_exists() -> None:
    steps = RECORDS.decide(SeenRecords("Z1", ()), {"distribution_domain": KNOWN_LATER})
    assert [(step.after["type"], step.after["value"]) for step in steps] == [
        ("A", KNOWN_LATER),
        ("AAAA", KNOWN_LATER),
    ]


@pytest.mark.parametrize("known", [HERE, KNOWN_LATER])
def test_a_record_that_points_elsewhere_is_not_taken_over(known: str) -> None:
    seen = SeenRecords("Z1", (alias("A", "other.cloudfront.net"),))
    with pytest.raises(OpsError, match=r"points to other\.cloudfront\.net") as refusal:
        RECORDS.decide(seen, {"distribution_domain": known})
    assert "route53_take_over: true" in refusal.value.fix


def test_a_record_is_taken_over_when_the_inventory_says_so() -> None:
    plain = {"Name": f"{NAME}.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    first, _ = TAKING_OVER.decide(SeenRecords("Z1", (plain,)), KNOWN)
    assert (first.before, first.after["value"]) == ({"value": "192.0.2.1"}, HERE)


def test_a_distribution_that_lost_its_name_is_brought_back_and_never_replaced() -> None:
    seen = SeenRecords("Z1", (alias("A", HERE), alias("AAAA", HERE)), leads_to="E1")
    for records in (RECORDS, TAKING_OVER):
        with pytest.raises(OpsError, match="E1, which does not carry that name") as caught:
            records.decide(seen, {"distribution_domain": KNOWN_LATER})
        assert "cloudfront_distribution_id: E1" in caught.value.fix
        assert records.decide(seen, KNOWN) == ()


def test_a_cname_of_before_that_leads_to_the_distribution_stays() -> None:
    cname = {"Name": f"{NAME}.", "Type": "CNAME", "ResourceRecords": [{"Value": f"{HERE.upper()}."}]}
    assert RECORDS.decide(SeenRecords("Z1", (cname,)), KNOWN) == ()
    with pytest.raises(OpsError, match="is a CNAME"):
        RECORDS.decide(SeenRecords("Z1", (cname,)), {"distribution_domain": KNOWN_LATER})


def test_a_cname_that_leads_elsewhere_is_refused_even_then() -> None:
    cname = {"Name": f"{NAME}.", "Type": "CNAME", "ResourceRecords": [{"Value": "other.example.com"}]}
    with pytest.raises(OpsError, match=r"is a CNAME to other\.example\.com"):
        TAKING_OVER.decide(SeenRecords("Z1", (cname,)), KNOWN)


def test_records_with_a_routing_policy_are_refused_and_shown_even_then() -> None:
    half = {**alias("A", HERE), "SetIdentifier": "half", "Weight": 50}
    other = {**alias("A", "other.cloudfront.net"), "SetIdentifier": "other half", "Weight": 50}
    for records in (RECORDS, TAKING_OVER):
        with pytest.raises(OpsError, match=r"other half \(other\.cloudfront\.net\), half \(d1"):
            records.decide(SeenRecords("Z1", (other, half)), KNOWN)


def test_a_missing_zone_is_named() -> None:
    with pytest.raises(MissingError, match=r"example\.com"):
        RECORDS.decide(SeenRecords(None, ()), KNOWN)
