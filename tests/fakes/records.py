"""DynamoDB, as far as a site asks: the ledger with conditional puts and queries in pages, the tag table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes.client import RefusedError

PAGE = 2
ITEM_LIMIT = 400 * 1024

Item = Mapping[str, Mapping[str, str]]


class Dynamodb:
    """The calls of the service: on the ledger's table, with the keys `site` and `entry`, and on the tags'.

    `tags` are the keys in that one; of a batch it takes so many as `takes` says.
    """

    def __init__(self, table: str, tag_table: str) -> None:
        self.table, self.tag_table = table, tag_table
        self.items: dict[tuple[str, int], Item] = {}
        self.tags: set[tuple[str, str]] = set()
        self.page = PAGE
        self.takes = 25

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

    def Scan(
        self,
        TableName: str,
        ProjectionExpression: str,
        ExpressionAttributeNames: Mapping[str, str],
        ExclusiveStartKey: Item | None = None,
    ) -> dict[str, Any]:
        if TableName != self.tag_table:
            raise RefusedError("ResourceNotFoundException", "Requested resource not found")
        names = [ExpressionAttributeNames[each] for each in ProjectionExpression.split(", ")]
        assert names == ["tag", "path"]
        last = ExclusiveStartKey and (ExclusiveStartKey["tag"]["S"], ExclusiveStartKey["path"]["S"])
        found = [key for key in sorted(self.tags) if last is None or key > last]
        shown = [{"tag": {"S": tag}, "path": {"S": path}} for tag, path in found[: self.page]]
        return {"Items": shown, **({"LastEvaluatedKey": shown[-1]} if len(found) > self.page else {})}

    def BatchWriteItem(self, RequestItems: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
        """Only deletions from the tag table are known; what it does not take comes back."""
        ((table, wanted),) = RequestItems.items()
        if table != self.tag_table or not 1 <= len(wanted) <= 25:
            raise RefusedError("ValidationException", "Member must have length less than or equal to 25")
        for each in wanted[: self.takes]:
            key = each["DeleteRequest"]["Key"]
            self.tags.discard((key["tag"]["S"], key["path"]["S"]))
        left = wanted[self.takes :]
        return {"UnprocessedItems": {table: left} if left else {}}

    def _check(self, table: str) -> None:
        if table != self.table:
            raise RefusedError("ResourceNotFoundException", "Requested resource not found")


def _key(item: Item) -> tuple[str, int]:
    return item["site"]["S"], int(item["entry"]["N"])
