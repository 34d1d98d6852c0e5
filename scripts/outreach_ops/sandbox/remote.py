"""Asks a running local AWS's own endpoints, from another process."""

from __future__ import annotations

import json

from outreach_ops.aws.signing import sign
from outreach_ops.proof.answers import Response
from outreach_ops.proof.viewer import Viewer
from outreach_ops.sandbox.state import CONTROL, Running


def ask(running: Running, path: str, method: str = "GET", body: object = None) -> Response:
    """Return the answer at `path` below the control endpoints; raises OpsError when there is none."""
    url, sent = f"{running.endpoint_url}{CONTROL}{path}", b"" if body is None else json.dumps(body).encode()
    return Viewer(url).fetch(url, method, sign(running.credentials, method, url, sent), sent)
