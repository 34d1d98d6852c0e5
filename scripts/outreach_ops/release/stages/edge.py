"""The stages at CloudFront: the paths that it knows and the pages that it drops."""

from __future__ import annotations

import time

from outreach_ops import playbook
from outreach_ops.aws.errors import AwsError, UnreachableError
from outreach_ops.release.work import Work
from outreach_ops.site import invalidation


def add_paths(work: Work) -> None:
    """Lets the playbook add the path patterns that the distribution lacks; every edge has them then."""
    desk = work.desk
    if not work.world.distribution.deployed:
        # It may be a new secret that is on its way: until then no function may insist on it.
        invalidation.await_deployed(desk.site.aws, work.world.distribution, desk.console.detail, desk.sleep)
    if not work.plan.behaviours:
        desk.console.note("the distribution has all")
        return
    playbook.add_behaviours(desk.settings, work.plan.target.artifact.behaviours, desk.console.detail)
    desk.console.note(f"{len(work.plan.behaviours)} added")


def invalidate(work: Work) -> None:
    """Drops the pages of the release before from every edge; on the way back it need not have ended."""
    aws, where = work.desk.site.aws, work.world.distribution
    if work.plan.invalidations:
        reference = f"{work.plan.target.artifact.input_hash[:16]}-{time.time_ns()}"
        started = invalidation.invalidate(aws, where, work.plan.invalidations, reference)
        try:
            invalidation.await_invalidation(aws, where, started)
        except (AwsError, UnreachableError) as error:
            if not work.returning:
                raise
            # CloudFront ends what it has accepted; moving the aliases once more would need one more of it.
            work.desk.console.detail(f"{started} goes on, edges may show older pages: {error.cause}")
    work.desk.console.note(" ".join(work.plan.invalidations) or "nothing")
