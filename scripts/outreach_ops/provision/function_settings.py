"""A function's settings on `$LATEST`: changed only when visitors come through the alias."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from outreach_ops.aws.lambda_shell import configuration, settled
from outreach_ops.aws.session import Aws
from outreach_ops.provision.function import asked, held, parameters
from outreach_ops.provision.step import Act, Resource, Step, Values

SeenSettings = Mapping[str, Any] | None


@dataclasses.dataclass(frozen=True)
class FunctionSettings(Resource[SeenSettings]):
    """`memory` in MB, `timeout` in seconds; a function that is still to be made is made with them."""

    name: str
    runtime: str
    handler: str
    memory: int
    timeout: int
    tracing: str | None = None

    def read(self, aws: Aws) -> SeenSettings:
        return configuration(aws, self.name)

    def decide(self, seen: SeenSettings, known: Values) -> tuple[Step, ...]:
        if seen is None:
            return ()
        wanted, now = asked(self, known), held(seen)
        changed = {name: value for name, value in wanted.items() if now[name] != value}
        if not changed:
            return ()
        before = {name: now[name] for name in changed}
        return (Step("lambda:UpdateFunctionConfiguration", f"function {self.name}", before, changed),)

    def acts(self) -> Mapping[str, Act]:
        return {"lambda:UpdateFunctionConfiguration": self._configure}

    def _configure(self, aws: Aws, step: Step, _seen: SeenSettings, _known: Values) -> None:
        revision = settled(aws, self.name)["RevisionId"]
        aws.api("lambda").call(
            "update_function_configuration",
            FunctionName=self.name,
            RevisionId=revision,
            **parameters(step.after),
        )
        settled(aws, self.name)
