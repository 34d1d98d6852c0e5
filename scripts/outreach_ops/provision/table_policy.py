"""Who may use the tag table: the execution role, by the table's own policy; foreign statements stay."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from outreach_ops.aws.session import Aws
from outreach_ops.provision.statements import Statement, merged, normal
from outreach_ops.provision.step import Act, Resource, Step, Values

MISSING = ("PolicyNotFoundException", "ResourceNotFoundException")
ACTIONS = ("dynamodb:Query", "dynamodb:PutItem", "dynamodb:BatchWriteItem")


@dataclasses.dataclass(frozen=True)
class SeenPolicy:
    """The table's policy and its revision; None where there is none."""

    policy: Mapping[str, Any] | None
    revision: str | None


@dataclasses.dataclass(frozen=True)
class TablePolicy(Resource[SeenPolicy]):
    arn: str

    def read(self, aws: Aws) -> SeenPolicy:
        found = aws.api("dynamodb").find("get_resource_policy", MISSING, ResourceArn=self.arn)
        if found is None:
            return SeenPolicy(None, None)
        return SeenPolicy(json.loads(found["Policy"]), found["RevisionId"])

    def decide(self, seen: SeenPolicy, known: Values) -> tuple[Step, ...]:
        wanted = merged(seen.policy, (self._grant(known["role"]),))
        if seen.policy is not None and normal(seen.policy) == normal(wanted):
            return ()
        resource = f"policy of table {self.arn.rpartition('/')[2]}"
        before = None if seen.policy is None else dict(seen.policy)
        return (Step("dynamodb:PutResourcePolicy", resource, before, wanted),)

    def acts(self) -> Mapping[str, Act]:
        return {"dynamodb:PutResourcePolicy": self._put}

    def _put(self, aws: Aws, step: Step, seen: SeenPolicy, _known: Values) -> None:
        expected = {} if seen.revision is None else {"ExpectedRevisionId": seen.revision}
        aws.api("dynamodb").call(
            "put_resource_policy", ResourceArn=self.arn, Policy=json.dumps(step.after), **expected
        )

    def _grant(self, role: str) -> Statement:
        return {
            "Sid": "OutreachTags",
            "Effect": "Allow",
            "Principal": {"AWS": role},
            "Action": list(ACTIONS),
            "Resource": [self.arn, f"{self.arn}/index/*"],
        }
