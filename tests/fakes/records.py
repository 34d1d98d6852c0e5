"""DynamoDB, as far as the ledger asks: one table, conditional puts, queries in pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes.client import RefusedError

PAGE = 2
ITEM_LIMIT = 400 * 1024

Item = Mapping[str, Mapping[str, str]]


class Dynamodb:
    """The calls of the service on its one table, with the keys `site` and `entry`."""

    def __init__(self, table: str) -> None:
        self.table = table
        self.items: dict[tuple[str, int], Item] = {}
        self.page = PAGE

    def PutItem(self, TableName: str, **put: Any) -> dict[str, Any]:
        self._check(TableName)
        if not self._holds(**put):
            raise RefusedError("ConditionalCheckFailedException", "The conditional request failed")
        self._put(put["Item"])
        return {}

    def GetItem(self, TableName: str, Key: Item, ConsistentRead: bool = False) -> dict[str, Any]:
        """Without ConsistentRead what was just written is not there yet."""
        self._check(TableName)
        found = self.items.get(_key(Key)) if ConsistentRead else None
        return {} if found is None else {"Item": found}

    def TransactWriteItems(self, TransactItems: list[dict[str, Any]], **_token: Any) -> dict[str, Any]:
        """All or none; only puts are known."""
        puts = [{**item["Put"]} for item in TransactItems]
        for put in puts:
            self._check(put.pop("TableName"))
        held = [self._holds(**put) for put in puts]
        if not all(held):
            reasons = ", ".join("None" if each else "ConditionalCheckFailed" for each in held)
            raise RefusedError("TransactionCanceledException", f"Transaction cancelled [{reasons}]")
        for put in puts:
            self._put(put["Item"])
        return {}

    def _put(self, item: Item) -> None:
        if sum(len(name) + len(next(iter(value.values()))) for name, value in item.items()) > ITEM_LIMIT:
            raise RefusedError("ValidationException", "Item size has exceeded the maximum allowed size")
        self.items[_key(item)] = dict(item)

    def _holds(
        self,
        Item: Item,
        ConditionExpression: str | None = None,
        ExpressionAttributeNames: Mapping[str, str] | None = None,
        ExpressionAttributeValues: Item | None = None,
    ) -> bool:
        found, values = self.items.get(_key(Item)), ExpressionAttributeValues or {}
        if ("#token" in (ConditionExpression or "")) != (ExpressionAttributeNames == {"#token": "token"}):
            raise RefusedError("ValidationException", "An attribute name is not defined, or not used")
        match ConditionExpression:
            case None:
                return True
            case "attribute_not_exists(site)":
                return found is None
            case "#token = :token":
                return found is not None and found["token"] == values[":token"]
            case "#token = :token AND expires = :expires AND expires < :now":
                if found is None or found["token"] != values[":token"]:
                    return False
                expires = float(found["expires"]["N"])
                return float(values[":expires"]["N"]) == expires < float(values[":now"]["N"])
        raise NotImplementedError(f"the condition {ConditionExpression}")

    def Query(
        self,
        TableName: str,
        KeyConditionExpression: str,
        ExpressionAttributeValues: Mapping[str, Mapping[str, str]],
        ScanIndexForward: bool = True,
        ConsistentRead: bool = False,
        ExclusiveStartKey: Item | None = None,
    ) -> dict[str, Any]:
        """Without ConsistentRead the newest item is not there yet."""
        self._check(TableName)
        if KeyConditionExpression != "site = :site":
            raise NotImplementedError(f"the condition {KeyConditionExpression}")
        site = ExpressionAttributeValues[":site"]["S"]
        found = sorted(key for key in self.items if key[0] == site)
        found = found if ConsistentRead else found[:-1]
        found = found if ScanIndexForward else found[::-1]
        if ExclusiveStartKey is not None:
            last = (ExclusiveStartKey["site"]["S"], int(ExclusiveStartKey["entry"]["N"]))
            found = found[found.index(last) + 1 :]
        answer: dict[str, Any] = {"Items": [self.items[key] for key in found[: self.page]]}
        if len(found) > self.page:
            end = self.items[found[self.page - 1]]
            answer["LastEvaluatedKey"] = {name: end[name] for name in ("site", "entry")}
        return answer

    def _check(self, table: str) -> None:
        if table != self.table:
            raise RefusedError("ResourceNotFoundException", "Requested resource not found")


def _key(item: Item) -> tuple[str, int]:
    return item["site"]["S"], int(item["entry"]["N"])
