"""The stages that prove a release: its new versions before any visitor meets them, then the whole site."""

from __future__ import annotations

from collections.abc import Sequence

from outreach_ops.direct import Direct
from outreach_ops.settings.model import Check
from outreach_ops.verify import Asker, Through, UnprovenError, verify
from outreach_ops.work import Work


def try_versions(work: Work) -> None:
    """Puts the checks to the versions that this release has published, before an alias points to them."""
    fresh = {wanted.role: work.versions[wanted.role] for wanted in work.plan.publishes}
    asker = Direct(work.desk.site, work.desk.settings, fresh, work.plan.target.artifact.behaviours)
    checks = [check for check in work.desk.settings.verify.checks if asker.answerable(check)]
    if checks:
        _prove(work, asker, checks)
    else:
        work.desk.console.note("no new version to ask")


def smoke(work: Work) -> None:
    """Puts the checks to the site, through CloudFront."""
    _prove(work, Through(work.desk.viewer), work.desk.settings.verify.checks)


def _prove(work: Work, asker: Asker, checks: Sequence[Check]) -> None:
    desk = work.desk
    try:
        count = verify(asker, checks, work.plan.target.artifact.version, desk.console.mask, desk.sleep)
    except UnprovenError as error:
        for line in error.log.splitlines():
            desk.console.detail(f"log: {line}")
        raise
    desk.console.note(f"{count} requests answered well")
