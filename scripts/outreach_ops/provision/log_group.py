"""How long what a function writes is kept."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from outreach_ops.aws.lambda_shell import configuration
from outreach_ops.aws.session import Aws
from outreach_ops.provision.step import Act, Resource, Step, Values

FOREVER = "for ever"


@dataclasses.dataclass(frozen=True)
class SeenLog:
    """The function's own log group, None when there is none; `elsewhere` when it writes to another one."""

    group: Mapping[str, Any] | None
    elsewhere: bool


@dataclasses.dataclass(frozen=True)
class LogGroup(Resource[SeenLog]):
    """The function's own; one that several may write to is somebody's, and stays as it is."""

    function: str
    days: int

    @property
    def name(self) -> str:
        return f"/aws/lambda/{self.function}"

    def read(self, aws: Aws) -> SeenLog:
        found = aws.api("logs").pages("describe_log_groups", "logGroups", logGroupNamePrefix=self.name)
        group = next((each for each in found if each["logGroupName"] == self.name), None)
        logging = (configuration(aws, self.function) or {}).get("LoggingConfig") or {}
        return SeenLog(group, logging.get("LogGroup", self.name) != self.name)

    def decide(self, seen: SeenLog, _known: Values) -> tuple[Step, ...]:
        resource, after = f"log group {self.name}", {"days": self.days}
        if seen.elsewhere:
            return ()
        if seen.group is None:
            # Lambda would make it at the function's first line, to be kept for ever.
            return (
                Step("logs:CreateLogGroup", resource, None, {"name": self.name}),
                Step("logs:PutRetentionPolicy", resource, None, after),
            )
        now = seen.group.get("retentionInDays", FOREVER)
        return () if now == self.days else (Step("logs:PutRetentionPolicy", resource, {"days": now}, after),)

    def acts(self) -> Mapping[str, Act]:
        return {"logs:CreateLogGroup": self._create, "logs:PutRetentionPolicy": self._retain}

    def _create(self, aws: Aws, _step: Step, _seen: SeenLog, _known: Values) -> None:
        # The function may have written its first line meanwhile.
        aws.api("logs").find("create_log_group", "ResourceAlreadyExistsException", logGroupName=self.name)

    def _retain(self, aws: Aws, _step: Step, _seen: SeenLog, _known: Values) -> None:
        aws.api("logs").call("put_retention_policy", logGroupName=self.name, retentionInDays=self.days)
