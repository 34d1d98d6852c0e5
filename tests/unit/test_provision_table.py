from __future__ import annotations

from typing import Any

import pytest

from outreach_ops.errors import OpsError
from outreach_ops.provision.table import SeenTable, Table

TABLE = Table("ledger")
RIGHT: dict[str, Any] = {
    "AttributeDefinitions": [
        {"AttributeName": "entry", "AttributeType": "N"},
        {"AttributeName": "site", "AttributeType": "S"},
    ],
    "KeySchema": [
        {"AttributeName": "site", "KeyType": "HASH"},
        {"AttributeName": "entry", "KeyType": "RANGE"},
    ],
    "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
    "DeletionProtectionEnabled": True,
    "TableStatus": "ACTIVE",
}


def test_a_table_as_wanted_needs_nothing() -> None:
    assert TABLE.decide(SeenTable(RIGHT, True), {}) == ()


def test_a_missing_table_is_made_protected_and_restorable() -> None:
    create, backups = TABLE.decide(None, {})
    assert (create.call, create.after["deletion protection"]) == ("dynamodb:CreateTable", True)
    assert (backups.call, backups.before) == ("dynamodb:UpdateContinuousBackups", None)


@pytest.mark.parametrize(
    ("change", "restorable", "call", "before", "after"),
    [
        (
            {"DeletionProtectionEnabled": False},
            True,
            "dynamodb:UpdateTable",
            {"deletion protection": False},
            {"deletion protection": True},
        ),
        (
            {"BillingModeSummary": {}},
            True,
            "dynamodb:UpdateTable",
            {"billing": "PROVISIONED"},
            {"billing": "PAY_PER_REQUEST"},
        ),
        (
            {},
            False,
            "dynamodb:UpdateContinuousBackups",
            {"point-in-time recovery": False},
            {"point-in-time recovery": True},
        ),
    ],
)
def test_one_changed_setting_is_named_and_only_that(
    change: dict[str, Any], restorable: bool, call: str, before: Any, after: Any
) -> None:
    (step,) = TABLE.decide(SeenTable({**RIGHT, **change}, restorable), {})
    assert (step.call, step.before, step.after) == (call, before, after)


def test_other_keys_are_refused_because_aws_would_replace_the_table() -> None:
    keys = {"KeySchema": [{"AttributeName": "site", "KeyType": "HASH"}]}
    with pytest.raises(OpsError, match="and must have") as refusal:
        TABLE.decide(SeenTable({**RIGHT, **keys}, True), {})
    assert "dynamodb_ledger_table" in refusal.value.fix


def test_a_table_that_is_being_made_is_waited_for() -> None:
    assert (
        TABLE.pending(SeenTable({**RIGHT, "TableStatus": "CREATING"}, False))
        == "the table ledger is CREATING"
    )
    assert TABLE.pending(SeenTable(RIGHT, True)) is None
