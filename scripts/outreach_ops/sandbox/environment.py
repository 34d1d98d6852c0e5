"""The environment in which any AWS client talks to a local AWS and to nothing else."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping

from outreach_ops.sandbox.state import Running

# Each of these would send a client to another account, profile or endpoint.
OTHER_SOURCES = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
)
SERVICE_ENDPOINT = "AWS_ENDPOINT_URL_"
LOOPBACK = "127.0.0.1"


def environment(running: Running) -> dict[str, str]:
    """The variables to set; OTHER_SOURCES and every AWS_ENDPOINT_URL_* are to be unset beside them."""
    credentials = running.credentials
    return {
        "AWS_ENDPOINT_URL": running.endpoint_url,
        "AWS_ACCESS_KEY_ID": credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
        "AWS_DEFAULT_REGION": running.spec.region,
        "AWS_REGION": running.spec.region,
        "AWS_ACCOUNT_ID": running.spec.account_id,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def applied(running: Running, ambient: Mapping[str, str]) -> dict[str, str]:
    """An ambient environment turned to the local AWS; no proxy stands between."""
    kept = {name: value for name, value in ambient.items() if name not in _conflicting(ambient)}
    bypassing = [name for name in ("NO_PROXY", "no_proxy") if name in ambient] or ["NO_PROXY"]
    bypass = {name: _bypass(ambient.get(name, "")) for name in bypassing}
    return {**kept, **bypass, **environment(running)}


def shell(running: Running, ambient: Mapping[str, str]) -> str:
    """The same as lines for `eval "$(invoke sandbox.env)"`."""
    new = applied(running, ambient)
    unset = f"unset {' '.join(_conflicting(ambient))}"
    changed = {name: value for name, value in new.items() if ambient.get(name) != value}
    return "\n".join([unset, *(f"export {name}={shlex.quote(value)}" for name, value in changed.items())])


def _conflicting(ambient: Mapping[str, str]) -> tuple[str, ...]:
    return (*OTHER_SOURCES, *sorted(name for name in ambient if name.startswith(SERVICE_ENDPOINT)))


def _bypass(hosts: str) -> str:
    return hosts if LOOPBACK in hosts.split(",") else ",".join(filter(None, [hosts, LOOPBACK]))
