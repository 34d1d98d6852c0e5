"""Fetches the site as a browser would: through CloudFront, at its domain or the local AWS's port."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from urllib.parse import urljoin

import urllib3

from outreach_ops.answers import Response
from outreach_ops.aws.session import Aws
from outreach_ops.errors import OpsError
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


def status_of(endpoint: str) -> LocalStatus:
    """The status of the local AWS at `endpoint`; raises OpsError when another server answers there."""
    answer = Viewer(endpoint).fetch("/_sandbox/status")
    try:
        status = json.loads(answer.body)
        sites = {site["name"]: LocalSite(site["url"], site["distribution"]) for site in status["sites"]}
        return LocalStatus(endpoint, status["upstream"], sites)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise OpsError(f"{endpoint} is no local AWS of this project", "invoke sandbox.start") from error


def viewer(aws: Aws, settings: Settings) -> Viewer:
    """The way to the site; a local endpoint forces a local target, so that no real domain is resolved."""
    if aws.endpoint is None:
        return Viewer(f"https://{settings.cloudfront.domain}")
    site = status_of(aws.endpoint).sites.get(settings.host)
    if site is None:
        raise OpsError(
            f"the local AWS has no port for the site {settings.host}",
            "invoke sandbox.stop sandbox.start",
        )
    return Viewer(site.url)


def local_variables(aws: Aws) -> dict[str, str]:
    """Variables that the local AWS serves itself, so that functions there call nothing real; else none."""
    return {} if aws.endpoint is None else {"API_BASE_URL": status_of(aws.endpoint).upstream}
