"""Append-only records of a DynamoDB table with the keys `site` and `entry`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from outreach_ops.aws.api import Api

MISSING = "ResourceNotFoundException"


class Records:
    """The records of one site, by rising number; a number is written once."""

    def __init__(self, api: Api, table: str, site: str) -> None:
        self._api, self.table, self._site = api, table, site

    def newest_first(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Every record with its number; raises AwsError when the table is missing."""
        pages = self._api.pages(
            "query",
            "Items",
            TableName=self.table,
            ConsistentRead=True,
            ScanIndexForward=False,
            KeyConditionExpression="site = :site",
            ExpressionAttributeValues={":site": {"S": self._site}},
        )
        for item in pages:
            yield int(item["entry"]["N"]), json.loads(item["data"]["S"])


def record(site: str, number: int, data: Mapping[str, Any]) -> dict[str, Any]:
    """A record as DynamoDB keeps it."""
    return {
        "site": {"S": site},
        "entry": {"N": str(number)},
        "data": {"S": json.dumps(data, sort_keys=True)},
    }
