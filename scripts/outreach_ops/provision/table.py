"""The ledger's table: paid by request, protected against deletion, restorable to any second."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar

from outreach_ops.aws.dynamodb import backups, table
from outreach_ops.aws.session import Aws
from outreach_ops.errors import OpsError
from outreach_ops.provision.step import Act, Resource, Step, Values

KEYS = {"site": ("HASH", "S"), "entry": ("RANGE", "N")}


@dataclasses.dataclass(frozen=True)
class SeenTable:
    """A table as DescribeTable gives it, and whether it can be restored to a point in time."""

    description: Mapping[str, Any]
    restorable: bool

    @property
    def billing(self) -> str:
        return str(self.description.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"))

    @property
    def protected(self) -> bool:
        return bool(self.description.get("DeletionProtectionEnabled", False))

    @property
    def keys(self) -> dict[str, tuple[str, str]]:
        types = {
            each["AttributeName"]: each["AttributeType"] for each in self.description["AttributeDefinitions"]
        }
        schema = self.description["KeySchema"]
        return {each["AttributeName"]: (each["KeyType"], types[each["AttributeName"]]) for each in schema}


@dataclasses.dataclass(frozen=True)
class Table(Resource[SeenTable | None]):
    name: str
    patience: ClassVar[int] = 300

    def read(self, aws: Aws) -> SeenTable | None:
        description = table(aws, self.name)
        return None if description is None else SeenTable(description, backups(aws, self.name))

    def decide(self, seen: SeenTable | None, _known: Values) -> tuple[Step, ...]:
        resource, settings = f"table {self.name}", {"billing": "PAY_PER_REQUEST", "deletion protection": True}
        restorable = {"point-in-time recovery": True}
        if seen is None:
            return (
                Step("dynamodb:CreateTable", resource, None, {"keys": list(KEYS), **settings}),
                Step("dynamodb:UpdateContinuousBackups", resource, None, restorable),
            )
        if seen.keys != KEYS:
            raise OpsError(
                f"the table {self.name} has the keys {seen.keys}, the ledger needs {KEYS}",
                "AWS cannot change a table's keys: give dynamodb_ledger_table another name",
            )
        steps = []
        now = {"billing": seen.billing, "deletion protection": seen.protected}
        if changed := {name: value for name, value in settings.items() if now[name] != value}:
            before = {name: now[name] for name in changed}
            steps.append(Step("dynamodb:UpdateTable", resource, before, changed))
        if not seen.restorable:
            before = dict.fromkeys(restorable, False)
            steps.append(Step("dynamodb:UpdateContinuousBackups", resource, before, restorable))
        return tuple(steps)

    def pending(self, seen: SeenTable | None) -> str | None:
        status = None if seen is None else seen.description["TableStatus"]
        return None if status in (None, "ACTIVE") else f"the table {self.name} is {status}"

    def acts(self) -> Mapping[str, Act]:
        return {
            "dynamodb:CreateTable": self._create,
            "dynamodb:UpdateTable": self._update,
            "dynamodb:UpdateContinuousBackups": self._back_up,
        }

    def _create(self, aws: Aws, _step: Step, _seen: Any, _known: Values) -> None:
        aws.api("dynamodb").call(
            "create_table",
            TableName=self.name,
            AttributeDefinitions=[
                {"AttributeName": key, "AttributeType": kind} for key, (_, kind) in KEYS.items()
            ],
            KeySchema=[{"AttributeName": key, "KeyType": role} for key, (role, _) in KEYS.items()],
            BillingMode="PAY_PER_REQUEST",
            DeletionProtectionEnabled=True,
        )
        aws.api("dynamodb").wait("table_exists", 300, 2, TableName=self.name)

    def _update(self, aws: Aws, step: Step, _seen: Any, _known: Values) -> None:
        names = {"billing": "BillingMode", "deletion protection": "DeletionProtectionEnabled"}
        params = {names[name]: value for name, value in step.after.items()}
        aws.api("dynamodb").call("update_table", TableName=self.name, **params)
        aws.api("dynamodb").wait("table_exists", 300, 2, TableName=self.name)

    def _back_up(self, aws: Aws, _step: Step, _seen: Any, _known: Values) -> None:
        aws.api("dynamodb").call(
            "update_continuous_backups",
            TableName=self.name,
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )
