"""Credentials must outlast a release: one that ends half-way can neither be finished nor taken back."""

from __future__ import annotations

import datetime

from outreach_ops.aws.caller import expires
from outreach_ops.aws.errors import LOGIN
from outreach_ops.aws.session import Aws
from outreach_ops.errors import OpsError

NEEDED = datetime.timedelta(minutes=15)
"""Invalidations and alias moves may take ten minutes, and the way back as well."""


def require(aws: Aws) -> None:
    """Returns when the credentials last long enough, or do not say; raises OpsError."""
    end = expires(aws.session)
    if end is None:
        return
    left = end - datetime.datetime.now(datetime.UTC)
    if left < NEEDED:
        raise OpsError(
            f"the credentials end at {end:%H:%M} UTC, in {max(0, int(left.total_seconds()) // 60)} minutes; "
            f"a change of what is live may need {NEEDED.seconds // 60}",
            LOGIN,
            step="credentials",
            live="unchanged",
        )
