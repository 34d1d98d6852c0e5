"""Waits until an alias that was moved answers with its new version, and goes on doing so."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from outreach_ops import commands
from outreach_ops.aws.errors import AwsError, UnreachableError
from outreach_ops.aws.functions import Function
from outreach_ops.errors import OpsError
from outreach_ops.proof import event
from outreach_ops.roles import Role
from outreach_ops.settings.model import Settings
from outreach_ops.settings.verify import Check

STEADY = 5
LIMIT_SECONDS = 60.0
PAUSE_SECONDS = 0.3
MISSES = 201
"""So many pauses take as long; calls that fail take longer than a pause."""


class UnsettledError(OpsError):
    """An alias was moved, and other versions answer all the same, or none."""


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

    How it answers is for the checks. Raises UnsettledError after LIMIT_SECONDS. `environment` are the
    variables of the version: it says which secret it must be shown.
    """
    probe, alias = probe_event(settings, environment), settings.lambda_.alias
    steady, missed, deadline = 0, 0, clock() + LIMIT_SECONDS
    while steady < STEADY:
        answering = _answering(function, alias, probe)
        if answering == f"version {version}":
            steady += 1
            continue
        if clock() > deadline or missed == MISSES:
            raise UnsettledError(
                f"{function.name} does not answer steadily with version {version} after "
                f"{LIMIT_SECONDS:.0f} s: {answering}",
                commands.logs(settings.site.environment, role),
                step="settle",
            )
        steady, missed = 0, missed + 1
        sleep(PAUSE_SECONDS)


def _answering(function: Function, alias: str, probe: Mapping[str, Any]) -> str:
    """The version that answered, well or not, or why none did."""
    try:
        return f"version {function.invoke(alias, probe).version}"
    except (AwsError, UnreachableError) as error:
        # Too many requests at once, for one: that is no reason to leave the version.
        return error.cause


def probe_event(settings: Settings, environment: Mapping[str, str]) -> Mapping[str, Any]:
    """A function URL's event for a plain GET of the first check's page, as CloudFront sends it."""
    path = next((check.path for check in settings.verify.checks if check.method == "GET"), "/")
    return event.request(settings, Check(path), environment)
