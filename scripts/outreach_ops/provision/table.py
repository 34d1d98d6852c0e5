"""A table: paid by request, protected against deletion, restorable to any second."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar

from outreach_ops.aws.dynamodb import backups, table
from outreach_ops.aws.session import Aws
from outreach_ops.errors import OpsError
from outreach_ops.provision.step import Act, Resource, Step, Values

Keys = Mapping[str, tuple[str, str]]
"""Each key attribute with its role and type, the hash key first."""

LEDGER: Keys = {"site": ("HASH", "S"), "entry": ("RANGE", "N")}
# As OpenNext's tag cache asks for them.
TAGS: Keys = {"tag": ("HASH", "S"), "path": ("RANGE", "S")}
BY_PATH: Keys = {"path": ("HASH", "S"), "revalidatedAt": ("RANGE", "N")}
INDEX = "revalidate"


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

    @property
    def indexes(self) -> tuple[str, ...]:
        return tuple(each["IndexName"] for each in self.description.get("GlobalSecondaryIndexes", ()))


@dataclasses.dataclass(frozen=True)
class Table(Resource[SeenTable | None]):
    """`index` are the keys of the index INDEX, where there is to be one; `variable` names the table."""

    name: str
    keys: Keys = dataclasses.field(default_factory=lambda: LEDGER)
    index: Keys | None = None
    variable: str = "dynamodb_ledger_table"
    patience: ClassVar[int] = 300

    def read(self, aws: Aws) -> SeenTable | None:
        description = table(aws, self.name)
        return None if description is None else SeenTable(description, backups(aws, self.name))

    def decide(self, seen: SeenTable | None, _known: Values) -> tuple[Step, ...]:
        resource, settings = f"table {self.name}", {"billing": "PAY_PER_REQUEST", "deletion protection": True}
        restorable = {"point-in-time recovery": True}
        if seen is None:
            return (
                Step(
                    "dynamodb:CreateTable",
                    resource,
                    None,
                    {"keys": list(self.keys), **self._indexed, **settings},
                ),
                Step("dynamodb:UpdateContinuousBackups", resource, None, restorable),
            )
        if seen.keys != self.keys:
            raise OpsError(
                f"the table {self.name} has the keys {seen.keys}, and must have {self.keys}",
                f"AWS cannot change a table's keys: give {self.variable} another name",
            )
        steps = []
        now = {"billing": seen.billing, "deletion protection": seen.protected}
        if changed := {name: value for name, value in settings.items() if now[name] != value}:
            before = {name: now[name] for name in changed}
            steps.append(Step("dynamodb:UpdateTable", resource, before, changed))
        if self.index is not None and INDEX not in seen.indexes:
            steps.append(Step("dynamodb:UpdateTable", resource, {"index": None}, self._indexed))
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

    @property
    def _indexed(self) -> dict[str, Any]:
        return {} if self.index is None else {"index": {INDEX: list(self.index)}}

    def _create(self, aws: Aws, _step: Step, _seen: Any, _known: Values) -> None:
        indexes = {} if self.index is None else {"GlobalSecondaryIndexes": [_index(self.index)]}
        aws.api("dynamodb").call(
            "create_table",
            TableName=self.name,
            AttributeDefinitions=self._attributes(),
            KeySchema=_schema(self.keys),
            BillingMode="PAY_PER_REQUEST",
            DeletionProtectionEnabled=True,
            **indexes,
        )
        aws.api("dynamodb").wait("table_exists", 300, 2, TableName=self.name)

    def _update(self, aws: Aws, step: Step, _seen: Any, _known: Values) -> None:
        names = {"billing": "BillingMode", "deletion protection": "DeletionProtectionEnabled"}
        params = {names[name]: value for name, value in step.after.items() if name in names}
        if "index" in step.after and self.index is not None:
            params["AttributeDefinitions"] = self._attributes()
            params["GlobalSecondaryIndexUpdates"] = [{"Create": _index(self.index)}]
        aws.api("dynamodb").call("update_table", TableName=self.name, **params)
        aws.api("dynamodb").wait("table_exists", 300, 2, TableName=self.name)

    def _attributes(self) -> list[dict[str, str]]:
        types = {name: kind for keys in (self.keys, self.index or {}) for name, (_, kind) in keys.items()}
        return [{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()]

    def _back_up(self, aws: Aws, _step: Step, _seen: Any, _known: Values) -> None:
        aws.api("dynamodb").call(
            "update_continuous_backups",
            TableName=self.name,
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )


def _schema(keys: Keys) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": role} for name, (role, _) in keys.items()]


def _index(keys: Keys) -> dict[str, Any]:
    return {"IndexName": INDEX, "KeySchema": _schema(keys), "Projection": {"ProjectionType": "ALL"}}
