"""A policy of the site in the execution role, only where the inventory asks for it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from outreach_ops.aws import iam
from outreach_ops.aws.caller import simulate
from outreach_ops.aws.errors import DENIED, AwsError
from outreach_ops.aws.session import Aws
from outreach_ops.provision.role_needs import Need, document
from outreach_ops.provision.statements import normal
from outreach_ops.provision.step import Act, Resource, Step, Values


@dataclasses.dataclass(frozen=True)
class SeenRole:
    """Our policy in the role, None when it has none, and whether the role lacks anything without it."""

    policy: Mapping[str, Any] | None
    lacks: bool


@dataclasses.dataclass(frozen=True)
class RolePolicy(Resource[SeenRole]):
    """Made when the role's other policies do not allow `needs`; then kept as it must be."""

    role: str
    name: str
    needs: tuple[Need, ...]

    def read(self, aws: Aws) -> SeenRole:
        policy, arn = iam.inline_policy(aws, self.role, self.name), iam.role_arn(aws, self.role)
        if policy is not None or arn is None:
            return SeenRole(policy, arn is not None)
        try:
            wanted = [(need.resource, need.actions) for need in self.needs]
            return SeenRole(None, bool(simulate(iam.iam(aws), arn, wanted)))
        except AwsError as error:
            if error.code not in DENIED:
                raise
            # Nobody may know: it was asked for.
            return SeenRole(None, lacks=True)

    def decide(self, seen: SeenRole, _known: Values) -> tuple[Step, ...]:
        wanted = document(self.needs)
        if not seen.lacks or (seen.policy is not None and normal(seen.policy) == normal(wanted)):
            return ()
        before = None if seen.policy is None else dict(seen.policy)
        resource = f"policy {self.name} of role {self.role}"
        return (Step("iam:PutRolePolicy", resource, before, dict(wanted)),)

    def acts(self) -> Mapping[str, Act]:
        return {"iam:PutRolePolicy": self._put}

    def _put(self, aws: Aws, step: Step, _seen: SeenRole, _known: Values) -> None:
        text = json.dumps(step.after)
        iam.iam(aws).call("put_role_policy", RoleName=self.role, PolicyName=self.name, PolicyDocument=text)
