"""Fetches the site as a browser would: through CloudFront, at its domain or the local AWS's port."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

import urllib3

from outreach_ops.aws.errors import LOGIN
from outreach_ops.aws.session import Aws
from outreach_ops.aws.signing import sign
from outreach_ops.errors import OpsError, UsageError
from outreach_ops.proof.answers import Response
from outreach_ops.settings.model import Settings

TIMEOUT = urllib3.Timeout(connect=5, read=35)


class Viewer:
    """Asks one site, and never follows a redirect to another host."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._pool = urllib3.PoolManager(timeout=TIMEOUT, retries=False, maxsize=16)

    def fetch(
        self,
        path: str,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: str | bytes | None = None,
    ) -> Response:
        """The answer to one request; raises OpsError when there is none."""
        url = urljoin(self.base_url, path)
        try:
            answer = self._pool.request(method, url, headers=headers, body=body, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            raise OpsError(f"{method} {url}: no answer: {error}", f"curl -v {url}") from error
        found = {name.lower(): value for name, value in answer.headers.items()}
        return Response(answer.status, found, answer.data)


@dataclasses.dataclass(frozen=True)
class LocalSite:
    """A site on the local AWS: its loopback address, and its distribution when there is one."""

    url: str
    distribution: str | None


@dataclasses.dataclass(frozen=True)
class LocalStatus:
    """What a local AWS says of itself: its stand-in for the clinics' API, and its sites by host."""

    endpoint: str
    upstream: str
    sites: dict[str, LocalSite]


def status_of(endpoint: str, credentials: Any) -> LocalStatus:
    """The status of the local AWS at `endpoint`; raises OpsError when another server answers there."""
    url = f"{endpoint}/_sandbox/status"
    answer = Viewer(endpoint).fetch(url, headers=sign(credentials, "GET", url))
    if answer.status == 403:
        raise OpsError(f"the local AWS at {endpoint} does not take the credentials of this shell", LOGIN)
    try:
        status = json.loads(answer.body)
        sites = {site["name"]: LocalSite(site["url"], site["distribution"]) for site in status["sites"]}
        return LocalStatus(endpoint, status["upstream"], sites)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise OpsError(f"{endpoint} is no local AWS of this project", "invoke sandbox.start") from error


def viewer(aws: Aws, settings: Settings) -> Viewer:
    """The way to the site; a local endpoint forces a local target, so that no real domain is resolved."""
    return Viewer(_address(aws, settings.host, settings.cloudfront.domain))


def parent_viewer(aws: Aws, settings: Settings) -> Viewer:
    """The way to SleepConnect, which passes on what is below the base path."""
    if not settings.sleepconnect.domain:
        raise UsageError(
            f"sleepconnect_domain is not in the inventory of {settings.site.environment}",
            f"write it into inventories/{settings.site.environment}",
        )
    return Viewer(_address(aws, parent_host(settings), settings.sleepconnect.domain))


def parent_host(settings: Settings) -> str:
    """What the local AWS calls the environment's SleepConnect."""
    return f"sleepconnect-{settings.site.environment}"


def _address(aws: Aws, name: str, domain: str) -> str:
    if aws.endpoint is None:
        return f"https://{domain}"
    site = _status(aws, aws.endpoint).sites.get(name)
    if site is None:
        raise OpsError(f"the local AWS has no port for the site {name}", "invoke sandbox.stop sandbox.start")
    return site.url


def local_variables(aws: Aws) -> dict[str, str]:
    """Variables that the local AWS serves itself, so that functions there call nothing real; else none."""
    return {} if aws.endpoint is None else {"API_BASE_URL": _status(aws, aws.endpoint).upstream}


def _status(aws: Aws, endpoint: str) -> LocalStatus:
    return status_of(endpoint, aws.session.get_credentials().get_frozen_credentials())
