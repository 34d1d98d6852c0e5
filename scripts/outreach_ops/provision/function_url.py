"""A function's public address: a URL on the alias, and what lets the world call it through that URL alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from outreach_ops.aws import lambda_shell
from outreach_ops.aws.session import Aws
from outreach_ops.provision.step import KNOWN_LATER, Act, Resource, Step, Values

SETTINGS = {"AuthType": "NONE", "InvokeMode": "BUFFERED"}


@dataclasses.dataclass(frozen=True)
class FunctionUrl(Resource[Mapping[str, Any] | None]):
    """Gives its host name as the value `value`."""

    function: str
    alias: str
    value: str

    def read(self, aws: Aws) -> Mapping[str, Any] | None:
        return lambda_shell.url(aws, self.function, self.alias)

    def decide(self, seen: Mapping[str, Any] | None, _known: Values) -> tuple[Step, ...]:
        resource = f"function URL of {self.function}:{self.alias}"
        if seen is None:
            return (Step("lambda:CreateFunctionUrlConfig", resource, None, dict(SETTINGS)),)
        # AWS leaves the invoke mode out where it was never set.
        now = {"AuthType": seen["AuthType"], "InvokeMode": seen.get("InvokeMode", "BUFFERED")}
        changed = {name: value for name, value in SETTINGS.items() if now[name] != value}
        if not changed:
            return ()
        before = {name: now[name] for name in changed}
        return (Step("lambda:UpdateFunctionUrlConfig", resource, before, changed),)

    def values(self, seen: Mapping[str, Any] | None) -> Values:
        return {self.value: KNOWN_LATER if seen is None else urlsplit(seen["FunctionUrl"]).hostname}

    def acts(self) -> Mapping[str, Act]:
        return {
            "lambda:CreateFunctionUrlConfig": self._write("create_function_url_config"),
            "lambda:UpdateFunctionUrlConfig": self._write("update_function_url_config"),
        }

    def _write(self, operation: str) -> Act:
        def write(aws: Aws, step: Step, _seen: Any, _known: Values) -> None:
            aws.api("lambda").call(operation, FunctionName=self.function, Qualifier=self.alias, **step.after)

        return write


@dataclasses.dataclass(frozen=True)
class Grant:
    """A permission for everybody under a condition: as a statement says it, and as AddPermission takes it."""

    sid: str
    action: str
    condition: Mapping[str, Mapping[str, str]]
    parameter: Mapping[str, Any]

    @property
    def meaning(self) -> dict[str, Any]:
        return {"effect": "Allow", "principal": "*", "action": self.action, "condition": self.condition}


# Both are needed, and never InvokeFunction without its condition: that would let any account invoke.
# https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
GRANTS = (
    Grant(
        "function-url",
        "lambda:InvokeFunctionUrl",
        {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
        {"FunctionUrlAuthType": "NONE"},
    ),
    Grant(
        "function-url-invoke",
        "lambda:InvokeFunction",
        {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}},
        {"InvokedViaFunctionUrl": True},
    ),
)


def meaning(statement: Mapping[str, Any]) -> dict[str, Any]:
    """What a statement of a function's policy grants, comparable with a Grant's."""
    principal = statement.get("Principal")
    everybody = principal in ("*", {"AWS": "*"})
    return {
        "effect": statement.get("Effect"),
        "principal": "*" if everybody else principal,
        "action": statement.get("Action"),
        "condition": statement.get("Condition") or {},
    }


@dataclasses.dataclass(frozen=True)
class Permissions(Resource[tuple[Mapping[str, Any], ...]]):
    function: str
    alias: str

    def read(self, aws: Aws) -> tuple[Mapping[str, Any], ...]:
        return lambda_shell.statements(aws, self.function, self.alias)

    def decide(self, seen: tuple[Mapping[str, Any], ...], _known: Values) -> tuple[Step, ...]:
        resource, steps = f"permissions of {self.function}:{self.alias}", []
        granted = [meaning(statement) for statement in seen]
        ours = {statement.get("Sid"): meaning(statement) for statement in seen}
        for grant in GRANTS:
            if grant.meaning in granted:
                continue
            # A statement cannot be changed: one of ours that says something else makes way.
            if grant.sid in ours:
                wrong = {grant.sid: ours[grant.sid]}
                steps.append(Step("lambda:RemovePermission", resource, wrong, None))
            steps.append(Step("lambda:AddPermission", resource, None, {grant.sid: grant.meaning}))
        return tuple(steps)

    def acts(self) -> Mapping[str, Act]:
        return {"lambda:RemovePermission": self._remove, "lambda:AddPermission": self._add}

    def _remove(self, aws: Aws, step: Step, _seen: Any, _known: Values) -> None:
        (sid,) = step.before
        aws.api("lambda").call(
            "remove_permission", FunctionName=self.function, Qualifier=self.alias, StatementId=sid
        )

    def _add(self, aws: Aws, step: Step, _seen: Any, _known: Values) -> None:
        (grant,) = (each for each in GRANTS if each.sid in step.after)
        aws.api("lambda").call(
            "add_permission",
            FunctionName=self.function,
            Qualifier=self.alias,
            StatementId=grant.sid,
            Action=grant.action,
            Principal="*",
            **grant.parameter,
        )
