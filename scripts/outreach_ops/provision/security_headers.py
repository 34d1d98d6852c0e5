"""What browsers are told with every answer, as the content of a policy. Pure."""

from __future__ import annotations

from typing import Any

from outreach_ops.aws.cloudfront import HEADERS
from outreach_ops.provision.policies import OwnPolicy
from outreach_ops.settings.cloudfront import SecurityHeaders

# An answer that has the header itself keeps its own.
YIELDS = {"Override": False}


def headers_policy(project: str, asked: SecurityHeaders) -> OwnPolicy:
    """The policy; its id is the value `headers_policy`."""
    content = {"SecurityHeadersConfig": _content(asked)}
    return OwnPolicy(HEADERS, project, "headers", "What browsers are told with every answer", content)


def _content(asked: SecurityHeaders) -> dict[str, Any]:
    seconds = asked.strict_transport_security
    # Neither for subdomains nor for browsers' lists: both would bind names that are not the site's.
    transport = {"AccessControlMaxAgeSec": seconds, "IncludeSubdomains": False, "Preload": False}
    found = {
        "StrictTransportSecurity": None if seconds is None else transport,
        "ContentSecurityPolicy": _named("ContentSecurityPolicy", asked.content_security_policy),
        "FrameOptions": _named("FrameOption", asked.frame_options),
        "ReferrerPolicy": _named("ReferrerPolicy", asked.referrer_policy),
        "ContentTypeOptions": {} if asked.content_type_options else None,
    }
    return {name: {**YIELDS, **value} for name, value in found.items() if value is not None}


def _named(name: str, value: str | None) -> dict[str, Any] | None:
    return None if value is None else {name: value}
