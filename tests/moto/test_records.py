"""Records and the lease on DynamoDB as moto knows it: written once, read newest first, taken by one alone."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from outreach_ops.aws.errors import AwsError
from outreach_ops.aws.leases import Lease, Leases
from outreach_ops.aws.records import MISSING, Records
from support.account import Account

TABLE = "made-up-ledger"
OURS = Lease("ours", expires=100.0, owner="us", host="here", commit="abc123f", command="deploy", since="now")
THEIRS = Lease("theirs", expires=200.0, owner="them")


@dataclasses.dataclass(frozen=True)
class Site:
    """One site's records, and the lease under which they are written."""

    records: Records
    leases: Leases

    def write(self, number: int, data: dict[str, Any]) -> None:
        self.leases.conclude(OURS, number, data)


@pytest.fixture
def site(account: Account) -> Site:
    """One site of two, in a table as provisioning makes it; its lease is ours."""
    keys = {"site": ("S", "HASH"), "entry": ("N", "RANGE")}
    account.client("dynamodb").create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": key, "AttributeType": kind} for key, (kind, _) in keys.items()
        ],
        KeySchema=[{"AttributeName": key, "KeyType": role} for key, (_, role) in keys.items()],
    )
    api = account.aws.api("dynamodb")
    for name in ("another-site", "this-site"):
        leases = Leases(api, TABLE, name)
        assert leases.take(OURS, None, 0.0)
    Leases(api, TABLE, "another-site").conclude(OURS, 1, {"of": "another"})
    return Site(Records(api, TABLE, "this-site"), leases)


def test_records_are_read_newest_first_by_number_not_by_text(site: Site) -> None:
    for number in (1, 2, 9, 10, 11):
        site.write(number, {"n": number})
    assert [number for number, _ in site.records.newest_first()] == [11, 10, 9, 2, 1]


def test_a_record_reads_back_as_it_was_written(site: Site) -> None:
    data: dict[str, Any] = {"text": "ünïcode", "none": None, "number": 1.5, "nested": {"list": [1, "two"]}}
    site.write(1, data)
    assert list(site.records.newest_first()) == [(1, data)]


def test_a_number_is_written_once(site: Site) -> None:
    site.write(1, {"first": True})
    with pytest.raises(AwsError, match="TransactionCanceledException"):
        site.write(1, {"first": False})
    assert list(site.records.newest_first()) == [(1, {"first": True})]


def test_other_sites_are_not_seen(site: Site) -> None:
    assert list(site.records.newest_first()) == []


def test_records_beyond_one_answer_are_read_too(site: Site) -> None:
    for number in range(1, 6):
        site.write(number, {"text": "x" * 300_000})
    assert [number for number, _ in site.records.newest_first()] == [5, 4, 3, 2, 1]


def test_300_entries_of_a_ledger_are_read_newest_first(site: Site) -> None:
    for number in range(1, 301):
        # 1.5 MB in all: more than one answer holds.
        site.write(number, {"n": number, "cause": "x" * 5000})
    assert [number for number, _ in site.records.newest_first()] == list(range(300, 0, -1))


def test_a_missing_table_is_told_by_its_code_and_has_no_lease(account: Account) -> None:
    with pytest.raises(AwsError) as caught:
        list(Records(account.aws.api("dynamodb"), "no-such-table", "this-site").newest_first())
    assert caught.value.code == MISSING
    assert Leases(account.aws.api("dynamodb"), "no-such-table", "this-site").read() is None


def test_a_lease_reads_back_with_its_journal(site: Site) -> None:
    journal = {"stage": "alias", "after": {"server": "2"}}
    assert site.leases.keep(dataclasses.replace(OURS, journal=journal))
    assert site.leases.read() == dataclasses.replace(OURS, journal=journal)


def test_a_lease_is_taken_after_its_end_and_not_before(site: Site) -> None:
    assert not site.leases.take(THEIRS, OURS, now=100.0)
    assert not site.leases.take(THEIRS, None, now=100.1)
    assert site.leases.take(THEIRS, OURS, now=100.1)
    assert site.leases.read() == THEIRS


def test_a_lease_is_taken_only_as_it_was_read(site: Site) -> None:
    assert site.leases.keep(dataclasses.replace(OURS, expires=120.0, journal={"stage": "alias"}))
    assert not site.leases.take(THEIRS, OURS, now=150.0)
    assert site.leases.read() != THEIRS


def test_who_has_lost_the_lease_keeps_and_records_nothing(site: Site) -> None:
    assert site.leases.take(THEIRS, OURS, now=150.0)
    assert not site.leases.keep(OURS)
    with pytest.raises(AwsError, match="TransactionCanceledException"):
        site.write(1, {})
    assert site.leases.read() == THEIRS
    assert list(site.records.newest_first()) == []


def test_what_is_written_again_because_its_answer_was_lost_is_written_once(site: Site) -> None:
    site.write(1, {"n": 1})
    site.write(1, {"n": 1})
    assert site.leases.take(THEIRS, OURS, now=150.0)
    assert site.leases.take(THEIRS, OURS, now=150.0)
    assert list(site.records.newest_first()) == [(1, {"n": 1})]
