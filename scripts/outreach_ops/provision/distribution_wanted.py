"""What a site's distribution must have, with the ids of all that it refers to. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from outreach_ops.provision.host_function import arn
from outreach_ops.provision.origin_secret import origin_id
from outreach_ops.provision.step import Values
from outreach_ops.settings.cloudfront import Behaviour, Cloudfront
from outreach_ops.settings.model import Settings

LONGEST_TIMEOUT = 120
"""Seconds that CloudFront waits for an origin at most without a raised quota."""
ORIGINS = ("server", "image", "assets")
KINDS = ("pages", "images", "static", "none")


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What a site's distribution must have, with every id resolved; `policies` maps an id to its kind."""

    project: str
    comment: str
    cloudfront: Cloudfront
    certificate_arn: str
    domains: Mapping[str, str]
    timeouts: Mapping[str, int]
    access_control: str
    policy: Mapping[str, str]
    policies: Mapping[str, str]
    request_policy: str
    host_function_arn: str
    headers_policy: str | None
    """What every behaviour of ours adds to answers; None leaves that alone."""
    secret: str | None = dataclasses.field(default=None, repr=False)
    """What the functions are sent; None leaves their headers alone."""

    @property
    def behaviours(self) -> tuple[Behaviour, ...]:
        return (*self.cloudfront.behaviours, *self.cloudfront.artifact_behaviours)

    def origin_id(self, origin: str) -> str:
        return origin_id(self.project, origin)


def resolve(settings: Settings, known: Values, secret: str | None = None) -> Wanted:
    """The inventory's distribution with the ids of all that it refers to."""
    site = settings.site
    functions = {"server": settings.lambda_.server_timeout, "image": settings.lambda_.image_timeout}
    return Wanted(
        project=site.project,
        comment=f"{site.project} {site.environment}",
        cloudfront=settings.cloudfront,
        certificate_arn=known["certificate_arn"],
        domains={
            "server": known["server_domain"],
            "image": known["image_domain"],
            "assets": f"{settings.s3.bucket_name}.s3.{site.region}.amazonaws.com",
        },
        # A function that may take longer than CloudFront waits would be cut off with a 504.
        timeouts={name: min(max(30, value), LONGEST_TIMEOUT) for name, value in functions.items()},
        access_control=known["access_control"],
        policy={kind: known[f"{kind}_policy"] for kind in KINDS},
        policies=_kinds(known),
        request_policy=known["request_policy"],
        host_function_arn=arn(site.account_id, settings.cloudfront.host_function_name),
        headers_policy=known.get("headers_policy"),
        secret=secret,
    )


def _kinds(known: Values) -> dict[str, str]:
    """The kind of each policy id that a behaviour of ours may have, replaced policies of ours included."""
    older = {identity: kind for kind in ("pages", "images") for identity in known[f"{kind}_policies"]}
    return older | {known[f"{kind}_policy"]: kind for kind in KINDS}
