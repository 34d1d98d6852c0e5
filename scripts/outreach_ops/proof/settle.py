"""Waits until an alias that was moved answers with its new version, and goes on doing so."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from outreach_ops import commands
from outreach_ops.aws.functions import Function
from outreach_ops.errors import OpsError
from outreach_ops.proof import event
from outreach_ops.roles import Role
from outreach_ops.settings.model import Settings
from outreach_ops.settings.verify import Check

STEADY = 5
LIMIT_SECONDS = 60.0
PAUSE_SECONDS = 0.3


def settle(
    role: Role,
    function: Function,
    settings: Settings,
    version: str,
    environment: Mapping[str, str],
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Returns after STEADY answers in a row by `version`: moving an alias is eventually consistent.

    `environment` are the variables of the version: it says which secret it must be shown.
    """
    probe, alias = probe_event(settings, environment), settings.lambda_.alias
    steady, deadline = 0, clock() + LIMIT_SECONDS
    while steady < STEADY:
        answer = function.invoke(alias, probe)
        if answer.version == version and answer.error is None:
            steady += 1
            continue
        if clock() > deadline:
            raise OpsError(
                f"{function.name} answers with version {answer.version} ({answer.error or 'no error'}), "
                f"not steadily with {version}, after {LIMIT_SECONDS:.0f} s",
                commands.logs(settings.site.environment, role),
                step="settle",
            )
        steady = 0
        sleep(PAUSE_SECONDS)


def probe_event(settings: Settings, environment: Mapping[str, str]) -> Mapping[str, Any]:
    """A function URL's event for a plain GET of the first check's page, as CloudFront sends it."""
    path = next((check.path for check in settings.verify.checks if check.method == "GET"), "/")
    return event.request(settings, Check(path), environment)
