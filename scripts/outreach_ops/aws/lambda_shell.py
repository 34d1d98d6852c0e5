"""Functions as shells: what provisioning reads and makes of them, without code and variables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from outreach_ops.aws.session import Aws

MISSING = "ResourceNotFoundException"
SETTLE_SECONDS = 300


def configuration(aws: Aws, name: str) -> Mapping[str, Any] | None:
    """The configuration of `$LATEST`, or None when there is no function `name`."""
    return aws.api("lambda").find("get_function_configuration", MISSING, FunctionName=name)


def alias_version(aws: Aws, name: str, alias: str) -> str | None:
    """The version that `alias` points to, or None when it or the function is missing."""
    found = aws.api("lambda").find("get_alias", MISSING, FunctionName=name, Name=alias)
    return None if found is None else found["FunctionVersion"]


def live_environment(aws: Aws, name: str, alias: str) -> Mapping[str, str]:
    """The variables of the version that `alias` points to; none when it or the function is missing."""
    found = aws.api("lambda").find("get_function_configuration", MISSING, FunctionName=name, Qualifier=alias)
    variables: Mapping[str, str] = ((found or {}).get("Environment") or {}).get("Variables") or {}
    return variables


def url(aws: Aws, name: str, alias: str) -> Mapping[str, Any] | None:
    """The function URL of `alias`, or None when there is none."""
    return aws.api("lambda").find("get_function_url_config", MISSING, FunctionName=name, Qualifier=alias)


def latest_url_domain(aws: Aws, name: str) -> str | None:
    """The host name of a URL on `$LATEST`, which a release changes before the alias moves; or None."""
    found = aws.api("lambda").find("get_function_url_config", MISSING, FunctionName=name)
    return None if found is None else urlsplit(found["FunctionUrl"]).hostname


def url_domain(aws: Aws, name: str, alias: str) -> str | None:
    """The host name of the function URL of `alias`, or None when there is none."""
    found = url(aws, name, alias)
    return None if found is None else urlsplit(found["FunctionUrl"]).hostname


def statements(aws: Aws, name: str, alias: str) -> tuple[Mapping[str, Any], ...]:
    """The statements of the resource policy of `alias`."""
    found = aws.api("lambda").find("get_policy", MISSING, FunctionName=name, Qualifier=alias)
    return () if found is None else tuple(json.loads(found["Policy"])["Statement"])


def settled(aws: Aws, name: str) -> Mapping[str, Any]:
    """The configuration of `$LATEST` once AWS no longer works on it; its revision is the one to pass."""
    aws.api("lambda").wait("function_active_v2", SETTLE_SECONDS, 1, FunctionName=name)
    aws.api("lambda").wait("function_updated_v2", SETTLE_SECONDS, 1, FunctionName=name)
    return aws.api("lambda").call("get_function_configuration", FunctionName=name)
