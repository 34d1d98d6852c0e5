"""The policies that a distribution refers to: AWS's own, and ours by purpose and content."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from outreach_ops.aws import cloudfront
from outreach_ops.aws.cloudfront import CACHE, ORIGIN_REQUEST, PolicyKind
from outreach_ops.aws.session import Aws
from outreach_ops.provision.step import KNOWN_LATER, Act, MissingError, Resource, Step, Values, appear

MANAGED = {
    "static_policy": (CACHE, "Managed-CachingOptimized"),
    "none_policy": (CACHE, "Managed-CachingDisabled"),
    "request_policy": (ORIGIN_REQUEST, "Managed-AllViewerExceptHostHeader"),
}


class ManagedPolicies(Resource[Mapping[str, str | None]]):
    """AWS's own policies by name; gives an id for each key of MANAGED."""

    def read(self, aws: Aws) -> Mapping[str, str | None]:
        kinds = {kind for kind, _ in MANAGED.values()}
        ids = {kind: cloudfront.policies(aws, kind, "managed") for kind in kinds}
        return {key: ids[kind].get(name, (None, {}))[0] for key, (kind, name) in MANAGED.items()}

    def decide(self, seen: Mapping[str, str | None], _known: Values) -> tuple[Step, ...]:
        for key, identity in seen.items():
            if identity is None:
                raise MissingError(
                    f"CloudFront has no policy {MANAGED[key][1]}", "check that this endpoint is CloudFront's"
                )
        return ()

    def values(self, seen: Mapping[str, str | None]) -> Values:
        return seen


Policy = tuple[str, Mapping[str, Any]]
"""A policy's id and configuration."""


@dataclasses.dataclass(frozen=True)
class OwnPolicy(Resource[Mapping[str, Policy]]):
    """Named by purpose and content, so that a change makes a new one: other sites may use the old one.

    One that no longer has the content of its name was changed by hand, and gets that back.

    Gives `<purpose>_policy`, its id, and `<purpose>_policies`, the ids of all with that purpose.
    """

    kind: PolicyKind
    project: str
    purpose: str
    comment: str
    content: Mapping[str, Any]

    @property
    def prefix(self) -> str:
        return f"{self.project}-{self.purpose}-"

    @property
    def name(self) -> str:
        text = json.dumps(self.content, sort_keys=True)
        return self.prefix + hashlib.sha256(text.encode()).hexdigest()[:8]

    def read(self, aws: Aws) -> Mapping[str, Policy]:
        found = cloudfront.policies(aws, self.kind, "custom")
        return {name: policy for name, policy in found.items() if name.startswith(self.prefix)}

    def decide(self, seen: Mapping[str, Policy], _known: Values) -> tuple[Step, ...]:
        resource = f"{self.kind.words} {self.name}"
        if self.name not in seen:
            after = {"name": self.name, **self.content}
            return (Step(f"cloudfront:Create{self.kind.shape}", resource, None, after),)
        _, config = seen[self.name]
        before = {key: config.get(key) for key in self.content}
        if plain(before) == plain(self.content):
            return ()
        return (Step(f"cloudfront:Update{self.kind.shape}", resource, *differing(before, self.content)),)

    def values(self, seen: Mapping[str, Policy]) -> Values:
        return {
            f"{self.purpose}_policy": seen[self.name][0] if self.name in seen else KNOWN_LATER,
            f"{self.purpose}_policies": tuple(identity for identity, _ in seen.values()),
        }

    def acts(self) -> Mapping[str, Act]:
        return {
            f"cloudfront:Create{self.kind.shape}": self._create,
            f"cloudfront:Update{self.kind.shape}": self._restore,
        }

    def _restore(self, aws: Aws, _step: Step, seen: Mapping[str, Policy], _known: Values) -> None:
        api, kind, identity = cloudfront.cloudfront(aws), self.kind, seen[self.name][0]
        now = api.call(f"get_{kind.name}", Id=identity)
        config = {kind.config: {**now[kind.shape][kind.config], **self.content}}
        api.call(f"update_{kind.name}", Id=identity, IfMatch=now["ETag"], **config)

    def _create(self, aws: Aws, step: Step, _seen: Any, _known: Values) -> None:
        config = {self.kind.config: {"Name": self.name, "Comment": self.comment, **self.content}}
        # Its name is its content's: whoever made it meanwhile, another site's run for one, made the same.
        cloudfront.cloudfront(aws).find(
            f"create_{self.kind.name}", f"{self.kind.shape}AlreadyExists", **config
        )
        appear(lambda: self.read(aws).get(self.name), step.resource)


def differing(now: Mapping[str, Any], wanted: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values that are not `wanted`, and what is: without what CloudFront only words in another way."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for key, value in wanted.items():
        there = now.get(key)
        if plain({key: there}) == plain({key: value}):
            continue
        if isinstance(there, Mapping) and isinstance(value, Mapping):
            before[key], after[key] = differing(there, value)
        else:
            before[key], after[key] = there, value
    return before, after


def plain(content: Any) -> Any:
    """A policy's content as it compares: CloudFront keeps no order of names, and none in upper case."""
    if isinstance(content, Mapping):
        found = {key: plain(value) for key, value in content.items() if key != "Quantity"}
        return {key: value for key, value in found.items() if value != {}}
    if isinstance(content, list):
        return sorted(str(each).lower() for each in content)
    return content
