"""Smoke checks: what must answer through CloudFront before a release counts as good."""

from __future__ import annotations

import time
from collections.abc import Callable

from outreach_ops.errors import OpsError
from outreach_ops.parallel import each
from outreach_ops.settings.model import Check
from outreach_ops.viewer import Response, Viewer, assets_named

ATTEMPTS = 4
PAUSE_SECONDS = 1.5


def verify(
    viewer: Viewer, checks: tuple[Check, ...], version: str, sleep: Callable[[float], None] = time.sleep
) -> int:
    """How many requests answered as they must; raises OpsError with the answer that did not."""
    return sum(_steadily(viewer, check, version, sleep) for check in checks)


def _steadily(viewer: Viewer, check: Check, version: str, sleep: Callable[[float], None]) -> int:
    """One check, tried again a few times: an edge may be a moment behind; no answer is never a pass."""
    for attempt in range(ATTEMPTS):
        try:
            return _once(viewer, check, version)
        except OpsError:
            if attempt == ATTEMPTS - 1:
                raise
            sleep(PAUSE_SECONDS * (attempt + 1))
    raise AssertionError("unreachable: the last attempt returns or raises")


def _once(viewer: Viewer, check: Check, version: str) -> int:
    headers = {"content-type": "application/json"} if check.body else None
    answer = viewer.fetch(check.path, check.method, headers, check.body or None)
    wanted = check.contains.replace("{version}", version)
    if answer.status != check.status or wanted not in answer.text:
        raise _failure(viewer, check, answer, wanted)
    return 1 + (_assets(viewer, check, answer) if check.assets else 0)


def _assets(viewer: Viewer, check: Check, page: Response) -> int:
    named = assets_named(page.text)
    if not named:
        raise OpsError(
            f"{check.path} names no static file", f"curl {viewer.base_url}{check.path}", step="verify"
        )
    for path, answer in each(viewer.fetch, named, workers=8):
        if answer.status != 200:
            raise OpsError(
                f"{check.path} names {path}, which answers {answer.status}",
                f"curl -v {viewer.base_url}{path}",
                step="verify",
            )
    return len(named)


def _failure(viewer: Viewer, check: Check, answer: Response, wanted: str) -> OpsError:
    asked = f"{check.method} {check.path}"
    expected = f"{check.status}" + (f" with {wanted!r}" if wanted else "")
    shown = answer.text.strip().replace("\n", " ")[:200]
    return OpsError(
        f"{asked} answered {answer.status}, {expected} was expected; the answer begins: {shown!r}",
        f"curl -v {viewer.base_url}{check.path}",
        step="verify",
    )
