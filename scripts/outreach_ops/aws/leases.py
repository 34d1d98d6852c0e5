"""One site's lease: who may change it, taken and kept by conditional writes alone."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from outreach_ops.aws.api import Api
from outreach_ops.aws.errors import AwsError, UnreachableError
from outreach_ops.aws.records import MISSING, record

DATA = ("owner", "host", "commit", "command", "since", "journal")
LOST = "ConditionalCheckFailedException"
CANCELED = "TransactionCanceledException"


@dataclasses.dataclass(frozen=True)
class Lease:
    """What the table holds; `expires` is in seconds since 1970, `journal` the work that was not concluded.

    `commit` is the one that is released or restored, empty for a command that does neither.
    """

    token: str
    expires: float
    owner: str = ""
    host: str = ""
    commit: str = ""
    command: str = ""
    since: str = ""
    journal: Mapping[str, Any] | None = None

    @property
    def holder(self) -> str:
        """Who holds it, and where."""
        # One that an earlier toolkit has left names both in one.
        return f"{self.owner}@{self.host}" if self.host else self.owner

    def item(self, site: str) -> dict[str, Any]:
        """The lease as DynamoDB keeps it."""
        data = {name: getattr(self, name) for name in DATA}
        return {
            "site": {"S": key(site)},
            "entry": {"N": "0"},
            "token": {"S": self.token},
            "expires": {"N": repr(self.expires)},
            "data": {"S": json.dumps(data, sort_keys=True)},
        }


def key(site: str) -> str:
    """The lease stands beside the site's records, under a key of its own."""
    return f"{site}#lock"


class Leases:
    """The lease of one site in a table."""

    def __init__(self, api: Api, table: str, site: str) -> None:
        self._api, self._table, self._site = api, table, site

    def read(self) -> Lease | None:
        """The lease as it stands, held or not; None when there never was one, or no table."""
        item = self._item(key(self._site), 0)
        if item is None:
            return None
        # A colleague's toolkit may be older or newer than this one.
        data = {name: each for name, each in json.loads(item["data"]["S"]).items() if name in DATA}
        return Lease(item["token"]["S"], float(item["expires"]["N"]), **data)

    def take(self, lease: Lease, before: Lease | None, now: float) -> bool:
        """Writes `lease` over `before`, if just that still stands and has expired; says whether it did."""
        if before is None:
            taken = self._put(lease, "attribute_not_exists(site)", {})
        else:
            # Each write of a holder changes `expires`: what is taken over is just what was read.
            expires, as_read = {"N": repr(before.expires)}, "#token = :token AND expires = :expires"
            values = {":token": {"S": before.token}, ":expires": expires, ":now": {"N": repr(now)}}
            taken = self._put(lease, f"{as_read} AND expires < :now", values)
        return taken or self.read() == lease

    def keep(self, lease: Lease) -> bool:
        """Writes `lease` over itself, if it is still ours; says whether it was."""
        return self.replace(lease, lease)

    def replace(self, lease: Lease, before: Lease) -> bool:
        """Writes `lease` over `before`, expired or not, if that still stands; says whether it did."""
        return self._put(lease, "#token = :token", {":token": {"S": before.token}})

    def conclude(self, lease: Lease, number: int, data: Mapping[str, Any]) -> None:
        """Writes record `number` and `lease`, if that is ours and the number free; both or neither."""
        entry = {"TableName": self._table, "Item": record(self._site, number, data)}
        ours = {
            "TableName": self._table,
            "Item": lease.item(self._site),
            "ConditionExpression": "#token = :token",
            "ExpressionAttributeNames": {"#token": "token"},
            "ExpressionAttributeValues": {":token": {"S": lease.token}},
        }
        unwritten = {**entry, "ConditionExpression": "attribute_not_exists(site)"}
        try:
            self._api.call("transact_write_items", TransactItems=[{"Put": unwritten}, {"Put": ours}])
        except (AwsError, UnreachableError):
            # What was written, though its answer was lost, must not be taken back as if it were not.
            if self._item(self._site, number) != entry["Item"]:
                raise

    def _item(self, site: str, number: int) -> dict[str, Any] | None:
        found = self._api.find(
            "get_item",
            MISSING,
            TableName=self._table,
            Key={"site": {"S": site}, "entry": {"N": str(number)}},
            ConsistentRead=True,
        )
        return (found or {}).get("Item") or None

    def _put(self, lease: Lease, condition: str, values: Mapping[str, Any]) -> bool:
        names = {"#token": "token"} if "#token" in condition else {}
        try:
            self._api.call(
                "put_item",
                TableName=self._table,
                Item=lease.item(self._site),
                ConditionExpression=condition,
                **({"ExpressionAttributeNames": names} if names else {}),
                **({"ExpressionAttributeValues": values} if values else {}),
            )
        except AwsError as error:
            if error.code == LOST:
                return False
            raise
        return True
