"""The tag table of a site: which pages a purged tag makes stale, each item under the build that wrote it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from outreach_ops.aws.api import Api
from outreach_ops.aws.errors import AwsError
from outreach_ops.aws.records import MISSING

BATCH = 25
"""How many items one call deletes."""
TRIES = 8
# PATH is a word that DynamoDB reserves.
NAMES = {"#tag": "tag", "#path": "path"}


class Tag(NamedTuple):
    """The key of an item, both parts as OpenNext writes them: `build/name`."""

    tag: str
    path: str


class Tags:
    """The items of a table."""

    def __init__(self, api: Api, table: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._api, self._table, self._sleep = api, table, sleep

    def keys(self) -> Iterator[Tag]:
        """The key of every item; none when there is no table."""
        try:
            for item in self._api.pages(
                "scan",
                "Items",
                TableName=self._table,
                ProjectionExpression="#tag, #path",
                ExpressionAttributeNames=NAMES,
            ):
                yield Tag(item["tag"]["S"], item["path"]["S"])
        except AwsError as error:
            if error.code != MISSING:
                raise

    def delete(self, wanted: Sequence[Tag]) -> None:
        """Deletes the items that have these keys; raises AwsError when the table takes no more for now."""
        for at in range(0, len(wanted), BATCH):
            left = [_deletion(tag) for tag in wanted[at : at + BATCH]]
            for attempt in range(TRIES):
                answer = self._api.call("batch_write_item", RequestItems={self._table: left})
                left = (answer.get("UnprocessedItems") or {}).get(self._table) or []
                if not left:
                    break
                self._sleep(min(0.5 * 2**attempt, 20))
            else:
                raise AwsError(
                    "dynamodb:batch_write_item", "UnprocessedItems", f"{self._table} takes no more for now"
                )


def _deletion(tag: Tag) -> dict[str, object]:
    return {"DeleteRequest": {"Key": {"tag": {"S": tag.tag}, "path": {"S": tag.path}}}}
