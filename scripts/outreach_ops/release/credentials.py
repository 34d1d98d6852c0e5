"""Credentials must outlast a release: one that ends half-way can neither be finished nor taken back."""

from __future__ import annotations

import datetime

from outreach_ops.aws.caller import expires
from outreach_ops.aws.errors import LOGIN
from outreach_ops.aws.session import Aws
from outreach_ops.errors import OpsError

NEEDED = datetime.timedelta(minutes=15)
"""Alias moves and an invalidation take minutes, and the way back takes as many."""


def require(aws: Aws, watch_seconds: float = 0.0) -> None:
    """Returns when the credentials outlast a change and its watch, or do not say; raises OpsError."""
    end = expires(aws.session)
    if end is None:
        return
    left = end - datetime.datetime.now(datetime.UTC)
    needed = NEEDED + datetime.timedelta(seconds=watch_seconds)
    if left < needed:
        raise OpsError(
            f"the credentials end at {end:%H:%M} UTC, in {max(0, int(left.total_seconds()) // 60)} minutes; "
            f"a change of what is live may need {int(needed.total_seconds()) // 60}",
            LOGIN,
            step="credentials",
            live="unchanged",
        )
