"""The shape of the inventory's cloudfront_ variables."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Annotated, Literal

from outreach_ops.settings.formats import (
    BucketName,
    DistributionId,
    Domain,
    FilePath,
    LogPrefix,
    Name,
    PathPattern,
    Range,
    Seconds,
    SecurityPolicy,
    Text,
    WebAcl,
)

# https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CustomErrorResponse.html
Failing = Literal[400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504]
ReferrerPolicy = Literal[
    "no-referrer",
    "no-referrer-when-downgrade",
    "origin",
    "origin-when-cross-origin",
    "same-origin",
    "strict-origin",
    "strict-origin-when-cross-origin",
    "unsafe-url",
]


NO_VARIABLE: Mapping[str, bool] = {"variable": False}
"""Marks a field that no variable sets: Ansible would template its value."""


@dataclasses.dataclass(frozen=True)
class Behaviour:
    """A path pattern of the distribution: where it goes and how it is cached."""

    path: PathPattern
    origin: Literal["server", "image", "assets"]
    cache: Literal["pages", "images", "static", "none"]


@dataclasses.dataclass(frozen=True)
class SecurityHeaders:
    """What browsers are told with every answer; one that the application sends itself stays.

    `strict_transport_security` in seconds. What is left out is not sent.
    """

    strict_transport_security: Annotated[int, Range(1, 63072000, "seconds")] | None = None
    content_security_policy: Text | None = None
    frame_options: Literal["DENY", "SAMEORIGIN"] | None = None
    referrer_policy: ReferrerPolicy | None = None
    content_type_options: bool = False

    def __post_init__(self) -> None:
        if not any(dataclasses.astuple(self)):
            raise ValueError("it names no header: name one, or remove it")


@dataclasses.dataclass(frozen=True)
class AccessLogs:
    """Where CloudFront writes what was asked of it: a bucket of somebody's, and a folder in it."""

    bucket: BucketName
    prefix: LogPrefix = ""


@dataclasses.dataclass(frozen=True)
class ErrorPage:
    """A file of the bucket for visitors who would see the error `error`; kept for `seconds`."""

    error: Failing
    page: FilePath
    status: Literal[200, Failing] | None = None
    seconds: Seconds = 10


@dataclasses.dataclass(frozen=True)
class Cloudfront:
    """The distribution and what belongs to it; what is None stays as it is found."""

    domain: Domain
    distribution_id: DistributionId
    price_class: Literal["PriceClass_100", "PriceClass_200", "PriceClass_All"]
    tls_minimum: SecurityPolicy
    oac_name: Name
    host_function_name: Name
    forwarded_hosts: tuple[Domain, ...]
    behaviours: tuple[Behaviour, ...]
    artifact_behaviours: tuple[Behaviour, ...] = dataclasses.field(default=(), metadata=NO_VARIABLE)
    """What a build needs beyond these, which `behaviours_file` brings."""
    origin_protection: Literal["secret_header", "none"] = "secret_header"
    http_version: Literal["http2", "http2and3"] | None = None
    web_acl: WebAcl | None = None
    access_logs: AccessLogs | None = None
    security_headers: SecurityHeaders | None = None
    error_pages: tuple[ErrorPage, ...] = ()
