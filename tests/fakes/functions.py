"""Lambda, as strict as the real one about revisions, updates under way, versions and variables."""

from __future__ import annotations

import base64
import copy
import dataclasses
import hashlib
import io
import itertools
import json
from collections.abc import Callable, Mapping
from typing import Any

from fakes import application
from fakes.client import RefusedError
from fakes.logs import Logs
from outreach_ops.variables import origin

Object = Callable[[str, str], bytes | None]
"""Reads an object by bucket and key."""

INVALID, CONFLICT, MISSING = (
    "InvalidParameterValueException",
    "ResourceConflictException",
    "ResourceNotFoundException",
)
_revisions = itertools.count(1)


def _revision() -> str:
    return f"revision-{next(_revisions)}"


@dataclasses.dataclass
class Version:
    """`$LATEST`, or what was published of it."""

    version: str
    code: bytes
    variables: dict[str, str]
    description: str = ""
    revision: str = dataclasses.field(default_factory=_revision)
    status: str = "Successful"
    shell: dict[str, Any] = dataclasses.field(default_factory=dict)
    hidden: bool = False

    @property
    def content(self) -> tuple[Any, ...]:
        """What makes one version differ from another."""
        return self.code, self.variables, self.shell

    @property
    def code_sha256(self) -> str:
        """As Lambda writes it: base64."""
        return base64.b64encode(hashlib.sha256(self.code).digest()).decode()

    def _environment(self) -> dict[str, Any]:
        if self.hidden:
            return {
                "Error": {"ErrorCode": "KMSAccessDeniedException", "Message": "Lambda was unable to decrypt"}
            }
        return {"Variables": dict(self.variables)}

    def described(self) -> dict[str, Any]:
        """As GetFunctionConfiguration answers."""
        return {
            "Version": self.version,
            "CodeSha256": self.code_sha256,
            "Environment": self._environment(),
            **self.shell,
            "Description": self.description,
            "RevisionId": self.revision,
            "State": "Active",
            "LastUpdateStatus": self.status,
        }


@dataclasses.dataclass
class Alias:
    """Where an alias points; `before` is what it pointed to, for answers that lag behind a move."""

    version: str
    description: str = ""
    weights: dict[str, float] = dataclasses.field(default_factory=dict)
    revision: str = dataclasses.field(default_factory=_revision)
    before: str = ""


class Function:
    """One function, made as provisioning leaves it: version 1 is a placeholder, an alias points to it."""

    def __init__(self, name: str, alias: str) -> None:
        self.name = name
        self.latest = Version("$LATEST", b"placeholder", {})
        self.versions: dict[str, Version] = {}
        self._published = 0
        self.aliases = {alias: Alias(self.publish("placeholder").version)}

    def publish(self, description: str) -> Version:
        """A version of `$LATEST`; the newest one when nothing has changed since."""
        newest = list(self.versions.values())[-1:]
        if newest and newest[0].content == self.latest.content:
            return newest[0]
        made = copy.deepcopy(self.latest)
        # A number is never used again, not even that of a version that was deleted.
        self._published += 1
        made.version, made.description = str(self._published), description
        made.revision = _revision()
        self.versions[made.version] = made
        return made

    def behind(self, alias: str) -> Version:
        """The version that an alias points to."""
        return self.versions[self.aliases[alias].version]


class Lambda:
    """The calls of the service.

    `lag` is how many answers still come from the version before a move, `crashing` are versions that fail
    with the message `crash`, `log` is what each invocation writes, `turn` counts them,
    `update_fails` is why the next update does not succeed, with `update_hangs` it never ends; `logs` is where
    functions write, `seeded` are the versions of the initialization function that have filled the tag table,
    by `fill`.
    """

    def __init__(self, read: Object, *functions: Function) -> None:
        self._read = read
        self.functions = {function.name: function for function in functions}
        self.lag = 0
        self.update_fails = ""
        self.update_hangs = False
        self.crashing: set[str] = set()
        self.crash, self.log, self.turn = "the handler threw", "", 0
        self.logs = Logs()
        self.seeded: list[str] = []
        self.fill: Callable[[set[tuple[str, str]]], object]

    def GetAlias(self, FunctionName: str, Name: str) -> dict[str, Any]:
        alias = self._alias(FunctionName, Name)
        return {
            "FunctionVersion": alias.version,
            "Description": alias.description,
            "RevisionId": alias.revision,
            **({"RoutingConfig": {"AdditionalVersionWeights": alias.weights}} if alias.weights else {}),
        }

    def ListAliases(self, FunctionName: str, Marker: str = "0") -> dict[str, Any]:
        """One alias a page."""
        names, at = sorted(self._function(FunctionName).aliases), int(Marker)
        shown = [{"Name": name, **self.GetAlias(FunctionName, name)} for name in names[at : at + 1]]
        return {"Aliases": shown, **({"NextMarker": str(at + 1)} if at + 1 < len(names) else {})}

    def ListVersionsByFunction(self, FunctionName: str, Marker: str = "0") -> dict[str, Any]:
        """Two versions a page, `$LATEST` among them."""
        function, at = self._function(FunctionName), int(Marker)
        found = [function.latest, *function.versions.values()]
        shown = [version.described() for version in found[at : at + 2]]
        return {"Versions": shown, **({"NextMarker": str(at + 2)} if at + 2 < len(found) else {})}

    def DeleteFunction(self, FunctionName: str, Qualifier: str | None = None) -> dict[str, Any]:
        """Without a qualifier the function itself is gone, with all its versions and aliases."""
        function = self._function(FunctionName)
        if Qualifier is None:
            del self.functions[FunctionName]
            return {}
        self._version(FunctionName, Qualifier)
        if any(Qualifier in (alias.version, *alias.weights) for alias in function.aliases.values()):
            raise RefusedError(
                CONFLICT, f"Version {Qualifier} cannot be deleted because it is referenced by an alias."
            )
        del function.versions[Qualifier]
        return {}

    def GetFunction(self, FunctionName: str, Qualifier: str = "$LATEST") -> dict[str, Any]:
        """Looking is what lets an update settle, and settling changes the revision."""
        version = self._version(FunctionName, Qualifier)
        if version.status == "InProgress":
            if self.update_hangs:
                return {"Configuration": version.described()}
            version.status = "Failed" if self.update_fails else "Successful"
            version.revision = _revision()
        return {"Configuration": {**version.described(), "LastUpdateStatusReason": self.update_fails}}

    def GetFunctionConfiguration(self, FunctionName: str, Qualifier: str = "$LATEST") -> dict[str, Any]:
        described = self._version(FunctionName, Qualifier).described()
        reason = {"LastUpdateStatusReason": self.update_fails} if self.update_fails else {}
        return {"FunctionName": FunctionName, **described, **reason}

    def UpdateFunctionCode(
        self,
        FunctionName: str,
        S3Bucket: str,
        S3Key: str,
        Architectures: list[str],
        RevisionId: str | None = None,
    ) -> dict[str, Any]:
        latest = self._writable(FunctionName, RevisionId)
        code = self._read(S3Bucket, S3Key)
        if code is None:
            raise RefusedError(
                INVALID,
                "Error occurred while GetObject. S3 Error Code: NoSuchKey. "
                "S3 Error Message: The specified key does not exist.",
            )
        latest.code = code
        return self._updating(latest)

    def UpdateFunctionConfiguration(
        self, FunctionName: str, Environment: Mapping[str, Any], RevisionId: str | None = None
    ) -> dict[str, Any]:
        latest = self._writable(FunctionName, RevisionId)
        variables = dict(Environment["Variables"])
        if sum(len(name.encode()) + len(value.encode()) for name, value in variables.items()) > 4096:
            raise RefusedError(
                INVALID,
                "Lambda was unable to configure your environment variables because the environment variables "
                f"you have provided exceeded the 4KB limit. String measured: {json.dumps(variables)}",
            )
        latest.variables = variables
        return self._updating(latest)

    def PublishVersion(
        self, FunctionName: str, Description: str = "", CodeSha256: str = "", RevisionId: str | None = None
    ) -> dict[str, Any]:
        latest = self._writable(FunctionName, RevisionId)
        if CodeSha256 and CodeSha256 != latest.code_sha256:
            raise RefusedError(
                INVALID,
                f"CodeSHA256 ({CodeSha256}) is different from current CodeSHA256 in $LATEST "
                f"({latest.code_sha256}). Please try again with the CodeSHA256 in $LATEST.",
            )
        return self._function(FunctionName).publish(Description).described()

    def UpdateAlias(
        self,
        FunctionName: str,
        Name: str,
        FunctionVersion: str | None = None,
        Description: str | None = None,
        RoutingConfig: Mapping[str, Any] | None = None,
        RevisionId: str | None = None,
    ) -> dict[str, Any]:
        alias = self._alias(FunctionName, Name)
        _check_revision(alias.revision, RevisionId)
        weights = alias.weights if RoutingConfig is None else dict(RoutingConfig["AdditionalVersionWeights"])
        version = alias.version if FunctionVersion is None else FunctionVersion
        for named in (version, *weights):
            self._version(FunctionName, named)
        if weights and "$LATEST" in (version, *weights):
            raise RefusedError(
                INVALID, "$LATEST is not supported for an alias pointing to more than 1 version"
            )
        alias.before, alias.version, alias.weights, alias.revision = (
            alias.version,
            version,
            weights,
            _revision(),
        )
        alias.description = alias.description if Description is None else Description
        return self.GetAlias(FunctionName, Name)

    def Invoke(
        self, FunctionName: str, Qualifier: str, Payload: bytes, LogType: str = "None"
    ) -> dict[str, Any]:
        event, version = json.loads(Payload), self._answering(FunctionName, Qualifier)
        if FunctionName == "initialization":
            return self._fill(version, event)
        asked = event["requestContext"]["http"]
        if asked["path"] != event["rawPath"] or event["version"] != "2.0":
            raise ValueError(f"this is no event of a function URL: {event}")
        asks = self._version(FunctionName, version)
        status, body = application.answer(asks.code, event["rawPath"], direct=True, turn=self.turn)
        if (accepted := origin.accepted(asks.variables)) and event["headers"].get(
            origin.HEADER
        ) not in accepted:
            status, body = 403, "Forbidden"
        self.turn += 1
        failed = version in self.crashing
        said = {"errorMessage": self.crash} if failed else {"statusCode": status, "body": body}
        log = f"START Version: {version}\n{self.log}\nEND\n".encode()[-4096:]
        self.logs.write(FunctionName, version, "START", *self.log.splitlines(), "END")
        return {
            "StatusCode": 200,
            "ExecutedVersion": version,
            "Payload": io.BytesIO(json.dumps(said).encode()),
            **({"FunctionError": "Unhandled"} if failed else {}),
            **({"LogResult": base64.b64encode(log).decode()} if LogType == "Tail" else {}),
        }

    def _fill(self, version: str, event: Mapping[str, Any]) -> dict[str, Any]:
        """OpenNext takes what has a type for a call that keeps it warm; that it fails is in the log alone."""
        if event != {"requestType": "create"}:
            raise ValueError(f"this is no event of the initialization function: {event}")
        self.seeded.append(version)
        # Its code reads `tags of VERSION`.
        build = f"build-{self._version('initialization', version).code.decode().split()[-1]}"
        self.fill({(f"{build}/clinics", f"{build}/clinics"), (f"{build}/clinics", f"{build}/about")})
        log = base64.b64encode(self.log.encode()).decode()
        payload = io.BytesIO(b'{"type":"initializationFunction"}')
        return {"StatusCode": 200, "ExecutedVersion": version, "Payload": payload, "LogResult": log}

    def _answering(self, name: str, qualifier: str) -> str:
        if qualifier not in self._function(name).aliases:
            return self._version(name, qualifier).version
        alias = self._alias(name, qualifier)
        late, self.lag = self.lag > 0 and alias.before != "", max(0, self.lag - 1)
        return alias.before if late else alias.version

    def _function(self, name: str) -> Function:
        if name not in self.functions:
            raise RefusedError(MISSING, f"Function not found: {name}")
        return self.functions[name]

    def _alias(self, name: str, alias: str) -> Alias:
        function = self._function(name)
        if alias not in function.aliases:
            raise RefusedError(MISSING, f"Cannot find alias arn: {name}:{alias}")
        return function.aliases[alias]

    def _version(self, name: str, qualifier: str) -> Version:
        function = self._function(name)
        if qualifier == "$LATEST":
            return function.latest
        if qualifier in function.aliases:
            return function.behind(qualifier)
        if qualifier not in function.versions:
            raise RefusedError(MISSING, f"Function not found: {name}:{qualifier}")
        return function.versions[qualifier]

    def _writable(self, name: str, revision: str | None) -> Version:
        latest = self._function(name).latest
        if latest.status == "InProgress":
            raise RefusedError(
                CONFLICT,
                "The operation cannot be performed at this time. "
                f"An update is in progress for resource: {name}",
            )
        _check_revision(latest.revision, revision)
        return latest

    def _updating(self, latest: Version) -> dict[str, Any]:
        latest.status, latest.revision = "InProgress", _revision()
        return latest.described()


def _check_revision(held: str, given: str | None) -> None:
    if given is not None and given != held:
        raise RefusedError(
            "PreconditionFailedException",
            "The Revision Id provided does not match the latest Revision Id. "
            "Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
        )
