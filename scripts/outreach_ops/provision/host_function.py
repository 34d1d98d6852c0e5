"""The CloudFront Function that tells the application which host the visitor asked for."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from outreach_ops.aws import cloudfront
from outreach_ops.aws.session import Aws
from outreach_ops.provision.step import Act, Resource, Step, Values

CONFIG = {"Comment": "Sets x-forwarded-host", "Runtime": "cloudfront-js-2.0"}
SOURCE = """\
// The function URL needs its own Host header, so the visitor's travels as x-forwarded-host. One that is
// there already is believed when it names a parent application that proxies to this site, and only then.
var trusted = %s;

function handler(event) {
  var headers = event.request.headers;
  var forwarded = headers["x-forwarded-host"];
  var host = forwarded ? forwarded.value.toLowerCase() : "";
  headers["x-forwarded-host"] = { value: trusted.indexOf(host) >= 0 ? host : headers.host.value };
  return event.request;
}
"""


@dataclasses.dataclass(frozen=True)
class SeenCode:
    """The code at each stage; None where there is none."""

    development: bytes | None
    live: bytes | None


@dataclasses.dataclass(frozen=True)
class HostFunction(Resource[SeenCode]):
    """`trusted` are the hosts whose x-forwarded-host is kept."""

    name: str
    trusted: tuple[str, ...]

    @property
    def code(self) -> bytes:
        return (SOURCE % json.dumps([host.lower() for host in self.trusted])).encode()

    def read(self, aws: Aws) -> SeenCode:
        return SeenCode(
            *(cloudfront.function_code(aws, self.name, stage) for stage in ("DEVELOPMENT", "LIVE"))
        )

    def decide(self, seen: SeenCode, _known: Values) -> tuple[Step, ...]:
        resource, steps = f"CloudFront Function {self.name}", []
        before, after = _shown(seen.development), _shown(self.code)
        if seen.development is None:
            steps.append(Step("cloudfront:CreateFunction", resource, None, after))
        elif seen.development != self.code:
            steps.append(Step("cloudfront:UpdateFunction", resource, before, after))
        if seen.live != self.code:
            steps.append(Step("cloudfront:PublishFunction", resource, _shown(seen.live), after))
        return tuple(steps)

    def acts(self) -> Mapping[str, Act]:
        return {
            "cloudfront:CreateFunction": self._create,
            "cloudfront:UpdateFunction": self._update,
            "cloudfront:PublishFunction": self._publish,
        }

    def _create(self, aws: Aws, _step: Step, _seen: Any, _known: Values) -> None:
        cloudfront.cloudfront(aws).call(
            "create_function", Name=self.name, FunctionConfig=CONFIG, FunctionCode=self.code
        )

    def _update(self, aws: Aws, _step: Step, _seen: Any, _known: Values) -> None:
        etag = cloudfront.function_etag(aws, self.name)
        cloudfront.cloudfront(aws).call(
            "update_function", Name=self.name, IfMatch=etag, FunctionConfig=CONFIG, FunctionCode=self.code
        )

    def _publish(self, aws: Aws, _step: Step, _seen: Any, _known: Values) -> None:
        etag = cloudfront.function_etag(aws, self.name)
        cloudfront.cloudfront(aws).call("publish_function", Name=self.name, IfMatch=etag)


def arn(account_id: str, name: str) -> str:
    """The function's ARN, which is known before it exists."""
    return f"arn:aws:cloudfront::{account_id}:function/{name}"


def _shown(code: bytes | None) -> dict[str, list[str]] | None:
    return None if code is None else {"code": code.decode(errors="replace").splitlines()}
