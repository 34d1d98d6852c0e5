"""What feeds the revalidation function from its queue: on the alias, so that releases say which version."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar

from outreach_ops.aws.session import Aws
from outreach_ops.provision.step import Act, Resource, Step, Values

# OpenNext answers with the messages that failed; without this one failure would repeat the whole batch.
WANTED = {"BatchSize": 5, "FunctionResponseTypes": ["ReportBatchItemFailures"]}
SETTLING = ("Creating", "Enabling", "Updating", "Disabling")
OFF = ("Disabled", "Disabling")


@dataclasses.dataclass(frozen=True)
class EventSource(Resource[Mapping[str, Any] | None]):
    queue: str
    function: str
    alias: str
    patience: ClassVar[int] = 120

    def read(self, aws: Aws) -> Mapping[str, Any] | None:
        found = aws.api("lambda").pages(
            "list_event_source_mappings", "EventSourceMappings", EventSourceArn=self.queue
        )
        ending = f":function:{self.function}:{self.alias}"
        return next((each for each in found if each["FunctionArn"].endswith(ending)), None)

    def decide(self, seen: Mapping[str, Any] | None, _known: Values) -> tuple[Step, ...]:
        resource, wanted = f"event source of {self.function}:{self.alias}", {**WANTED, "Enabled": True}
        if seen is None:
            return (Step("lambda:CreateEventSourceMapping", resource, None, wanted),)
        now = {name: seen.get(name) for name in WANTED} | {"Enabled": seen["State"] not in OFF}
        changed = {name: value for name, value in wanted.items() if now[name] != value}
        if not changed:
            return ()
        before = {name: now[name] for name in changed}
        return (Step("lambda:UpdateEventSourceMapping", resource, before, changed),)

    def pending(self, seen: Mapping[str, Any] | None) -> str | None:
        state = None if seen is None else seen["State"]
        return f"the event source of {self.function} is {state}" if state in SETTLING else None

    def acts(self) -> Mapping[str, Act]:
        return {
            "lambda:CreateEventSourceMapping": self._create,
            "lambda:UpdateEventSourceMapping": self._update,
        }

    def _create(self, aws: Aws, step: Step, _seen: Any, _known: Values) -> None:
        aws.api("lambda").call(
            "create_event_source_mapping",
            EventSourceArn=self.queue,
            FunctionName=f"{self.function}:{self.alias}",
            **step.after,
        )

    def _update(self, aws: Aws, step: Step, seen: Any, _known: Values) -> None:
        aws.api("lambda").call("update_event_source_mapping", UUID=seen["UUID"], **step.after)
