"""Real boto3 clients, parameters validated by AWS's own model, that ask a function instead of the network."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import boto3
import botocore.session
from botocore.loaders import Loader

# AWS's descriptions of its services are read from disk once for all sessions.
LOADER = Loader(extra_search_paths=[])
READING = ("Get", "List", "Describe", "Head", "Query", "Scan", "Invoke", "Filter", "StartQuery")

SEED = b"requestType"
"""In the payload of the one invocation that writes."""


@dataclasses.dataclass(frozen=True)
class Call:
    """One call as the code under test made it."""

    service: str
    operation: str
    params: Mapping[str, Any]

    @property
    def writes(self) -> bool:
        """Whether it may change what AWS holds."""
        return not self.operation.startswith(READING) or SEED in self.params.get("Payload", b"")

    def __str__(self) -> str:
        named = ("Key", "FunctionName", "TableName", "DistributionId")
        return " ".join([self.operation, *(str(self.params[name]) for name in named if name in self.params)])


def at_once(_seconds: float) -> None:
    """A pause that takes no time."""


class RefusedError(Exception):
    """What a model raises when AWS would refuse: the client turns it into botocore's own error."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code, self.message = code, message


@dataclasses.dataclass(frozen=True)
class _Http:
    status_code: int


class Line:
    """A session whose clients pass each call to `answer` once botocore has accepted its parameters."""

    _idle: ClassVar[list[Line]] = []

    def __init__(self) -> None:
        self.answer: Callable[[Call], Mapping[str, Any]]
        core = botocore.session.Session()
        core.register_component("data_loader", LOADER)
        events = core.get_component("event_emitter")
        events.register_first("before-parameter-build", self._remember)
        events.register_first("before-call", self._respond)
        self.session = boto3.Session(
            botocore_session=core,
            region_name="us-east-1",
            aws_access_key_id="made-up",
            aws_secret_access_key="made-up",
        )

    @classmethod
    def to(cls, answer: Callable[[Call], Mapping[str, Any]]) -> Line:
        """A line to `answer`; one that was closed is used again, for making its clients takes long."""
        line = cls._idle.pop() if cls._idle else cls()
        line.answer = answer
        return line

    def close(self) -> None:
        """Lets the line be used for another answer; nothing may be asked of it any more."""
        del self.answer
        self._idle.append(self)

    def _remember(self, params: Mapping[str, Any], context: dict[str, Any], **_: Any) -> None:
        context["as_called"] = dict(params)

    def _respond(self, model: Any, context: dict[str, Any], **_: Any) -> tuple[_Http, dict[str, Any]]:
        call = Call(model.service_model.service_name, model.name, context["as_called"])
        try:
            return _Http(200), {**self.answer(call), "ResponseMetadata": {}}
        except RefusedError as error:
            refusal = {"Code": error.code, "Message": error.message}
            return _Http(400), {"Error": refusal, "ResponseMetadata": {}}


def session(answer: Callable[[Call], Mapping[str, Any]]) -> boto3.Session:
    """A session of its own whose clients pass each call to `answer`."""
    return Line.to(answer).session
