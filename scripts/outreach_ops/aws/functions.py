"""Functions, their versions and aliases: what is live, and the calls that change it."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from outreach_ops.aws.api import Api
from outreach_ops.aws.download import fetch
from outreach_ops.aws.errors import AwsError
from outreach_ops.variables.values import Environment

MISSING = "ResourceNotFoundException"
SETTLE_SECONDS = 300
LOG_TAIL = 4096
"""Bytes of the end of a log that an invocation gives."""
SHELL = ("Runtime", "Handler", "MemorySize", "Timeout", "Role")
"""What provisioning keeps on `$LATEST`; a version has it as it was when it was published."""


@dataclasses.dataclass(frozen=True)
class Configuration:
    """A version's or `$LATEST`'s code hash in hexadecimal, variables, and what provisioning sets: `shell`."""

    version: str
    code_sha256: str
    environment: Environment
    description: str
    revision: str
    settled: bool
    shell: Mapping[str, Any]
    log_group: str = ""


@dataclasses.dataclass(frozen=True)
class Published:
    """A published version; `made` is when, as the ledger writes times."""

    version: str
    description: str
    made: str


@dataclasses.dataclass(frozen=True)
class Alias:
    """Where an alias points; `weights` are the other versions that it sends traffic to."""

    version: str
    revision: str
    weights: Mapping[str, float]


@dataclasses.dataclass(frozen=True)
class Invocation:
    """What an invocation gave: the version that ran, its payload or its error, the end of its log."""

    version: str
    error: str | None
    payload: Any
    log: str = ""


class Function:
    """One function, by name."""

    def __init__(self, api: Api, name: str) -> None:
        self._api, self.name = api, name

    def alias(self, name: str) -> Alias | None:
        """The alias, or None when it or the function is missing."""
        found = self._api.find("get_alias", MISSING, FunctionName=self.name, Name=name)
        if found is None:
            return None
        weights = (found.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
        return Alias(found["FunctionVersion"], found["RevisionId"], weights)

    def pointed_to(self) -> dict[str, tuple[str, ...]]:
        """The versions that each alias sends traffic to, by alias: its own and those that it weighs."""
        found = self._api.pages("list_aliases", "Aliases", FunctionName=self.name)
        return {
            each["Name"]: (
                each["FunctionVersion"],
                *((each.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}),
            )
            for each in found
        }

    def published(self) -> tuple[Published, ...]:
        """Every published version."""
        found = self._api.pages("list_versions_by_function", "Versions", FunctionName=self.name)
        return tuple(
            Published(each["Version"], each.get("Description", ""), f"{each['LastModified'][:19]}Z")
            for each in found
            if each["Version"] != "$LATEST"
        )

    def versions(self) -> frozenset[str]:
        """The numbers of every published version."""
        found = self._api.pages("list_versions_by_function", "Versions", FunctionName=self.name)
        return frozenset(each["Version"] for each in found) - {"$LATEST"}

    def environments(self) -> tuple[Environment, ...]:
        """The variables of `$LATEST` and of every published version."""
        found = self._api.pages("list_versions_by_function", "Versions", FunctionName=self.name)
        return tuple(_configuration(self.name, each).environment for each in found)

    def code(self, version: str) -> bytes:
        """The zip that a version was published with; raises AwsError when another one arrives."""
        found = self._api.call("get_function", FunctionName=self.name, Qualifier=version)
        body = fetch(found["Code"]["Location"])
        hashed = base64.b64encode(hashlib.sha256(body).digest()).decode()
        if hashed != found["Configuration"]["CodeSha256"]:
            raise AwsError("lambda:get_function", "CodeSha256", f"version {version} has another code")
        return body

    def delete_version(self, version: str) -> None:
        """Deletes one published version; AWS refuses while an alias points to it or weighs it."""
        if not version.isdecimal():
            # Without a version in it, the same call deletes the function.
            raise ValueError(f"{version!r} is no published version")
        self._api.find("delete_function", MISSING, FunctionName=self.name, Qualifier=version)

    def configuration(self, qualifier: str = "$LATEST") -> Configuration | None:
        """The configuration of a version or alias, or None when there is no such one."""
        found = self._api.find(
            "get_function_configuration", MISSING, FunctionName=self.name, Qualifier=qualifier
        )
        return None if found is None else _configuration(self.name, found)

    def update_code(self, bucket: str, key: str, architecture: str, revision: str) -> None:
        """Makes the zip at `key` the code of `$LATEST`, and returns when it has settled."""
        self._api.call(
            "update_function_code",
            FunctionName=self.name,
            S3Bucket=bucket,
            S3Key=key,
            Architectures=[architecture],
            RevisionId=revision,
        )
        self.settle()

    def update_environment(self, environment: Environment, revision: str) -> None:
        """Replaces the variables of `$LATEST`, and returns when it has settled."""
        try:
            self._api.call(
                "update_function_configuration",
                FunctionName=self.name,
                Environment={"Variables": dict(environment)},
                RevisionId=revision,
            )
        except AwsError as error:
            # Lambda quotes the variables, values and all, when it refuses them.
            raise AwsError(error.operation, error.code, environment.mask(error.message)) from None
        self.settle()

    def publish(self, description: str, code_sha256: str, revision: str) -> str:
        """The version made of `$LATEST` as it was read; AWS makes no new one when nothing has changed."""
        made = self._api.call(
            "publish_version",
            FunctionName=self.name,
            Description=description,
            CodeSha256=base64.b64encode(bytes.fromhex(code_sha256)).decode(),
            RevisionId=revision,
        )
        version: str = made["Version"]
        self._api.wait(
            "published_version_active", SETTLE_SECONDS, 1, FunctionName=self.name, Qualifier=version
        )
        return version

    def move_alias(self, alias: str, version: str, description: str, revision: str) -> None:
        """Points `alias` at `version` alone, if it still is as it was read."""
        self._api.call(
            "update_alias",
            FunctionName=self.name,
            Name=alias,
            FunctionVersion=version,
            Description=description,
            RoutingConfig={"AdditionalVersionWeights": {}},
            RevisionId=revision,
        )

    def invoke(self, qualifier: str, event: Mapping[str, Any], with_log: bool = False) -> Invocation:
        """What the version behind `qualifier` answers to `event`."""
        answer = self._api.call(
            "invoke",
            FunctionName=self.name,
            Qualifier=qualifier,
            Payload=json.dumps(event).encode(),
            LogType="Tail" if with_log else "None",
        )
        said = self._api.content(answer["Payload"]).decode(errors="replace")
        try:
            payload = json.loads(said or "null")
        except ValueError:
            payload = said
        log = _whole_lines(base64.b64decode(answer.get("LogResult", "")))
        return Invocation(answer.get("ExecutedVersion", ""), answer.get("FunctionError"), payload, log)

    def settle(self) -> None:
        """Returns when no update of `$LATEST` is under way; raises AwsError with AWS's reason."""
        try:
            self._api.wait("function_updated_v2", SETTLE_SECONDS, 1, FunctionName=self.name)
        except AwsError as error:
            latest = self._api.call("get_function_configuration", FunctionName=self.name)
            reason = latest.get("LastUpdateStatusReason") or error.message
            raise AwsError(f"lambda:update {self.name}", "UpdateFailed", str(reason)) from error


def _whole_lines(log: bytes) -> str:
    """What Lambda gives of a log, without a first line that is cut: half a secret would not be masked."""
    text = log.decode(errors="replace")
    return text.partition("\n")[2] if len(log) >= LOG_TAIL else text


def _shell(found: Mapping[str, Any]) -> dict[str, Any]:
    traced = {"Tracing": (found.get("TracingConfig") or {}).get("Mode", "PassThrough")}
    return {each: found.get(each) for each in SHELL} | traced


def _configuration(name: str, found: Mapping[str, Any]) -> Configuration:
    if refused := (found.get("Environment") or {}).get("Error"):
        # Without it the variables would seem to be none, and the merge would drop them all.
        raise AwsError("lambda:get_function_configuration", refused["ErrorCode"], refused["Message"])
    return Configuration(
        version=found["Version"],
        code_sha256=base64.b64decode(found["CodeSha256"]).hex(),
        environment=Environment((found.get("Environment") or {}).get("Variables") or {}),
        description=found.get("Description", ""),
        revision=found["RevisionId"],
        settled=found.get("LastUpdateStatus", "Successful") != "InProgress",
        shell=_shell(found),
        log_group=(found.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{name}",
    )
