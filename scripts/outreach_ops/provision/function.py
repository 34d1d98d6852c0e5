"""A function as a shell with an alias: made once, its settings kept, its code and variables never touched."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from outreach_ops.aws.lambda_shell import alias_version, configuration, settled
from outreach_ops.aws.session import Aws
from outreach_ops.errors import OpsError
from outreach_ops.provision.placeholder import DESCRIPTION, is_placeholder, placeholder
from outreach_ops.provision.step import KNOWN_LATER, Act, Resource, Step, Values

PARAMETERS = {
    "runtime": "Runtime",
    "handler": "Handler",
    "memory": "MemorySize",
    "timeout": "Timeout",
    "role": "Role",
}
TRACING = "PassThrough"
"""How a function that says nothing is traced."""


@dataclasses.dataclass(frozen=True)
class SeenFunction:
    """The configuration of `$LATEST` and where the alias points; None for what is missing."""

    configuration: Mapping[str, Any] | None
    alias: str | None


@dataclasses.dataclass(frozen=True)
class Function(Resource[SeenFunction]):
    """`memory` in MB, `timeout` in seconds; `architecture` is for creation, later it comes with code."""

    name: str
    alias: str
    runtime: str
    handler: str
    memory: int
    timeout: int
    architecture: str
    tracing: str | None = None

    def read(self, aws: Aws) -> SeenFunction:
        return SeenFunction(configuration(aws, self.name), alias_version(aws, self.name, self.alias))

    def decide(self, seen: SeenFunction, known: Values) -> tuple[Step, ...]:
        resource, found, steps = f"function {self.name}", seen.configuration, []
        refuse_images(self.name, found)
        wanted = asked(self, known)
        if found is None:
            after = wanted | {"architecture": self.architecture, "code": "a placeholder that answers 503"}
            steps.append(Step("lambda:CreateFunction", resource, None, after))
        # With the code and settings that it has: an adopted function goes on as it is, under the alias.
        if seen.alias is None:
            description = _description(found)
            steps += [
                Step("lambda:PublishVersion", resource, None, {"description": description}),
                Step("lambda:CreateAlias", f"alias {self.name}:{self.alias}", None, {"version": KNOWN_LATER}),
            ]
        return tuple(steps)

    def acts(self) -> Mapping[str, Act]:
        return {
            "lambda:CreateFunction": self._create,
            "lambda:PublishVersion": self._publish,
            "lambda:CreateAlias": self._create_alias,
        }

    def _create(self, aws: Aws, step: Step, _seen: SeenFunction, _known: Values) -> None:
        aws.api("lambda").call(
            "create_function",
            FunctionName=self.name,
            PackageType="Zip",
            Code={"ZipFile": placeholder(self.handler)},
            Architectures=[self.architecture],
            **parameters(step.after),
        )

    def _publish(self, aws: Aws, step: Step, _seen: SeenFunction, _known: Values) -> Values:
        latest = settled(aws, self.name)
        answer = aws.api("lambda").call(
            "publish_version",
            FunctionName=self.name,
            Description=step.after["description"],
            CodeSha256=latest["CodeSha256"],
            RevisionId=latest["RevisionId"],
        )
        version: str = answer["Version"]
        aws.api("lambda").wait("published_version_active", 300, 1, FunctionName=self.name, Qualifier=version)
        return {"version": version}

    def _create_alias(self, aws: Aws, _step: Step, _seen: SeenFunction, known: Values) -> None:
        aws.api("lambda").call(
            "create_alias", FunctionName=self.name, Name=self.alias, FunctionVersion=known["version"]
        )


def asked(function: Any, known: Values) -> dict[str, Any]:
    """What the fields of `function` and the role ask of a function's configuration."""
    shape = {name: getattr(function, name, known.get(name)) for name in PARAMETERS}
    return shape if function.tracing is None else {**shape, "tracing": function.tracing}


def held(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """The same of a configuration as AWS gives it."""
    shape = {name: configuration.get(parameter) for name, parameter in PARAMETERS.items()}
    return {**shape, "tracing": (configuration.get("TracingConfig") or {}).get("Mode", TRACING)}


def parameters(shape: Mapping[str, Any]) -> dict[str, Any]:
    """What boto3 takes for it."""
    traced = {"TracingConfig": {"Mode": shape["tracing"]}} if "tracing" in shape else {}
    return {PARAMETERS[name]: value for name, value in shape.items() if name in PARAMETERS} | traced


def _description(found: Mapping[str, Any] | None) -> str:
    # A run that ended between making a function and publishing it has left ours, which nobody has to import.
    ours = found is None or is_placeholder(found["Handler"], found["CodeSha256"])
    return DESCRIPTION if ours else "as found before the first release"


def refuse_images(name: str, found: Mapping[str, Any] | None) -> None:
    """Raises OpsError for a function that runs a container image: AWS never turns one into a zip's."""
    if found is not None and found.get("PackageType", "Zip") != "Zip":
        raise OpsError(
            f"the function {name} is made of a container image, and AWS cannot change that",
            "give it another name in the inventory: a new function is made, and the old one stays",
        )
