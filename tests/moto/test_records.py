"""Records on DynamoDB as moto knows it: written once, read newest first."""

from __future__ import annotations

from typing import Any

import pytest

from outreach_ops.aws.errors import AwsError
from outreach_ops.aws.records import MISSING, Records
from support.account import Account

TABLE = "made-up-ledger"


@pytest.fixture
def records(account: Account) -> Records:
    """The records of one site of two, in a table as provisioning makes it."""
    keys = {"site": ("S", "HASH"), "entry": ("N", "RANGE")}
    account.client("dynamodb").create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": key, "AttributeType": kind} for key, (kind, _) in keys.items()
        ],
        KeySchema=[{"AttributeName": key, "KeyType": role} for key, (_, role) in keys.items()],
    )
    other = Records(account.aws.api("dynamodb"), TABLE, "another-site")
    assert other.append(1, {"of": "another"})
    return Records(account.aws.api("dynamodb"), TABLE, "this-site")


def test_records_are_read_newest_first_by_number_not_by_text(records: Records) -> None:
    for number in (1, 2, 9, 10, 11):
        assert records.append(number, {"n": number})
    assert [number for number, _ in records.newest_first()] == [11, 10, 9, 2, 1]


def test_a_record_reads_back_as_it_was_written(records: Records) -> None:
    data: dict[str, Any] = {"text": "ünïcode", "none": None, "number": 1.5, "nested": {"list": [1, "two"]}}
    records.append(1, data)
    assert list(records.newest_first()) == [(1, data)]


def test_a_number_is_written_once(records: Records) -> None:
    assert records.append(1, {"first": True}) is True
    assert records.append(1, {"first": False}) is False
    assert list(records.newest_first()) == [(1, {"first": True})]


def test_other_sites_are_not_seen(records: Records) -> None:
    assert list(records.newest_first()) == []


def test_records_beyond_one_answer_are_read_too(records: Records) -> None:
    for number in range(1, 6):
        records.append(number, {"text": "x" * 300_000})
    assert [number for number, _ in records.newest_first()] == [5, 4, 3, 2, 1]


def test_a_missing_table_is_told_by_its_code(account: Account) -> None:
    records = Records(account.aws.api("dynamodb"), "no-such-table", "this-site")
    with pytest.raises(AwsError) as caught:
        list(records.newest_first())
    assert caught.value.code == MISSING
    with pytest.raises(AwsError):
        records.append(1, {})
