"""Names the AWS operation that an HTTP request asks for, from botocore's own service descriptions."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import parse_qs

from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader

READS = (
    "Get",
    "List",
    "Describe",
    "Head",
    "Query",
    "Scan",
    "BatchGet",
    "Filter",
    "Simulate",
    "Test",
    "Assume",
    "StartQuery",
)
SIGNED_FOR = re.compile(r"Credential=[^/,]+/\d{8}/[^/]+/([^/]+)/aws4_request")


@dataclasses.dataclass(frozen=True)
class Call:
    """One request to an AWS API; `service` is its signing name; unknown parts are empty strings."""

    service: str
    operation: str
    method: str
    path: str
    writes: bool


@dataclasses.dataclass(frozen=True)
class Route:
    """How a REST operation looks on the wire."""

    operation: str
    method: str
    path: re.Pattern[str]
    query: Mapping[str, list[str]]
    headers: frozenset[str]
    parameters: frozenset[str]

    def score(self, path: str, query: Mapping[str, list[str]], headers: Collection[str]) -> int:
        """How specifically this route matches; negative when it does not."""
        matches = (
            self.path.fullmatch(path)
            and all(query.get(name) == value for name, value in self.query.items())
            and self.headers <= set(headers)
            and self.parameters <= set(query)
        )
        return len(self.query) + len(self.headers) + len(self.parameters) if matches else -1


def identify(method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Call:
    """The call that a request makes; `headers` have lower-case names, `path` is still percent-encoded."""
    signature = SIGNED_FOR.search(headers.get("authorization", ""))
    service = signature[1] if signature else ""
    parameters = parse_qs(query, keep_blank_values=True)
    operation = _rpc(parameters, headers, body) or _rest(service, method, path, parameters, headers)
    reads = method in ("GET", "HEAD", "OPTIONS") or operation.startswith(READS)
    return Call(service, operation, method, path, writes=not reads)


def _rpc(query: Mapping[str, list[str]], headers: Mapping[str, str], body: bytes) -> str:
    if target := headers.get("x-amz-target"):
        return target.rpartition(".")[2]
    form = headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    fields = {**query, **(parse_qs(body.decode("latin-1")) if form else {})}
    return fields.get("Action", [""])[0]


def _rest(
    service: str, method: str, path: str, query: Mapping[str, list[str]], headers: Mapping[str, str]
) -> str:
    candidates = [
        (route.score(path, query, headers), route.operation)
        for route in _routes(service)
        if route.method == method
    ]
    best, operation = max(candidates, default=(-1, ""))
    return operation if best >= 0 else ""


@functools.cache
def _routes(service: str) -> tuple[Route, ...]:
    try:
        model = Loader().load_service_model(service, "service-2")
    except UnknownServiceError:
        return ()
    return tuple(_route(name, operation, model["shapes"]) for name, operation in model["operations"].items())


def _route(name: str, operation: Mapping[str, Any], shapes: Mapping[str, Any]) -> Route:
    path, _, query = operation["http"]["requestUri"].partition("?")
    shape = shapes[operation["input"]["shape"]] if "input" in operation else {}
    required = [shape["members"][member] for member in shape.get("required", [])]

    def named(location: str) -> frozenset[str]:
        return frozenset(member["locationName"] for member in required if member.get("location") == location)

    pattern = re.sub(r"\\{\w+\\\+\\}", ".+", re.escape(path))
    pattern = re.sub(r"\\{\w+\\}", "[^/]+", pattern)
    return Route(
        operation=name,
        method=operation["http"]["method"],
        path=re.compile(f"{pattern.rstrip('/')}/?"),
        query=parse_qs(query, keep_blank_values=True),
        headers=frozenset(header.lower() for header in named("header")),
        parameters=named("querystring"),
    )
