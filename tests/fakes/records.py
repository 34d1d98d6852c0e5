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

    def PutItem(self, TableName: str, Item: Item, ConditionExpression: str | None = None) -> dict[str, Any]:
        self._check(TableName)
        key = (Item["site"]["S"], int(Item["entry"]["N"]))
        if sum(len(name) + len(next(iter(value.values()))) for name, value in Item.items()) > ITEM_LIMIT:
            raise RefusedError("ValidationException", "Item size has exceeded the maximum allowed size")
        if ConditionExpression not in (None, "attribute_not_exists(site)", "attribute_not_exists(entry)"):
            raise NotImplementedError(f"the condition {ConditionExpression}")
        if ConditionExpression is not None and key in self.items:
            raise RefusedError("ConditionalCheckFailedException", "The conditional request failed")
        self.items[key] = dict(Item)
        return {}

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
        answer: dict[str, Any] = {"Items": [self.items[key] for key in found[:PAGE]]}
        if len(found) > PAGE:
            end = self.items[found[PAGE - 1]]
            answer["LastEvaluatedKey"] = {name: end[name] for name in ("site", "entry")}
        return answer

    def _check(self, table: str) -> None:
        if table != self.table:
            raise RefusedError("ResourceNotFoundException", "Requested resource not found")
