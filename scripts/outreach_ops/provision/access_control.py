"""How CloudFront signs its requests to the bucket."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from outreach_ops.aws import cloudfront
from outreach_ops.aws.session import Aws
from outreach_ops.provision.step import KNOWN_LATER, Act, Resource, Step, Values, appear

ACCESS = {"OriginAccessControlOriginType": "s3", "SigningBehavior": "always", "SigningProtocol": "sigv4"}


@dataclasses.dataclass(frozen=True)
class AccessControl(Resource[Mapping[str, Any] | None]):
    """How CloudFront signs its requests to the bucket; gives `access_control`, its id."""

    name: str

    def read(self, aws: Aws) -> Mapping[str, Any] | None:
        return cloudfront.access_control(aws, self.name)

    def decide(self, seen: Mapping[str, Any] | None, _known: Values) -> tuple[Step, ...]:
        resource = f"origin access control {self.name}"
        if seen is None:
            return (Step("cloudfront:CreateOriginAccessControl", resource, None, dict(ACCESS)),)
        changed = {key: value for key, value in ACCESS.items() if seen.get(key) != value}
        if not changed:
            return ()
        before = {key: seen.get(key) for key in changed}
        return (Step("cloudfront:UpdateOriginAccessControl", resource, before, changed),)

    def values(self, seen: Mapping[str, Any] | None) -> Values:
        return {"access_control": KNOWN_LATER if seen is None else seen["Id"]}

    def acts(self) -> Mapping[str, Act]:
        return {
            "cloudfront:CreateOriginAccessControl": self._create,
            "cloudfront:UpdateOriginAccessControl": self._update,
        }

    def _create(self, aws: Aws, step: Step, _seen: Any, _known: Values) -> None:
        config = {"Name": self.name, "Description": "", **ACCESS}
        cloudfront.cloudfront(aws).call("create_origin_access_control", OriginAccessControlConfig=config)
        appear(lambda: self.read(aws), step.resource)

    def _update(self, aws: Aws, _step: Step, seen: Any, _known: Values) -> None:
        api = cloudfront.cloudfront(aws)
        now = api.call("get_origin_access_control", Id=seen["Id"])
        config = now["OriginAccessControl"]["OriginAccessControlConfig"] | ACCESS
        api.call(
            "update_origin_access_control",
            Id=seen["Id"],
            IfMatch=now["ETag"],
            OriginAccessControlConfig=config,
        )
