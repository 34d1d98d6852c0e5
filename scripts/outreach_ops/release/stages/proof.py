"""The stages that prove a release: its new versions, then the whole site, then what it logs."""

from __future__ import annotations

from collections.abc import Sequence

from outreach_ops import commands
from outreach_ops.aws.logs import Log
from outreach_ops.proof.verify import Asker, Through, UnprovenError, verify
from outreach_ops.proof.watch import Watched, watch
from outreach_ops.release.direct import Direct
from outreach_ops.release.work import Work
from outreach_ops.roles import GUARDED
from outreach_ops.settings.verify import Check


def try_versions(work: Work) -> None:
    """Puts the checks to the versions that have not passed them yet, before an alias points to them."""
    plan = work.plan
    unasked = plan.target.functions if plan.unproven else plan.publishes
    fresh = {wanted.role: work.versions[wanted.role] for wanted in unasked}
    asker = Direct(work.desk.site, work.desk.settings, fresh, work.plan.target)
    checks = [check for check in work.desk.settings.verify.checks if asker.answerable(check)]
    if checks:
        _prove(work, asker, checks)
    else:
        work.desk.console.note("no new version to ask")
    if work.watch_seconds:
        # Found out now that the logs cannot be read, it costs nobody anything.
        for each in _watched(work):
            each.errors(work.since, ())


def smoke(work: Work) -> None:
    """Puts the checks to the site, through CloudFront."""
    _prove(work, Through(work.desk.viewer), work.desk.settings.verify.checks)


def watch_logs(work: Work) -> None:
    """Watches the logs of the versions that are live now, for as long as the operator wants it."""
    desk = work.desk
    if work.watch_seconds:
        ignored = desk.settings.verify.watch_ignored
        watch(_watched(work), work.since, work.watch_seconds, ignored, desk.console.detail, desk.sleep)
    desk.console.note(f"no error in {work.watch_seconds:.0f} s" if work.watch_seconds else "not asked for")


def _watched(work: Work) -> list[Watched]:
    desk, logs = work.desk, work.desk.site.aws.api("logs")
    groups = {role: function.latest.log_group for role, function in work.world.functions.items()}
    return [
        Watched(
            Log(logs, groups[role], desk.site.functions[role].name),
            version,
            commands.logs(desk.environment, role),
        )
        for role, version in work.versions.items()
        if role in GUARDED
    ]


def _prove(work: Work, asker: Asker, checks: Sequence[Check]) -> None:
    desk = work.desk
    if work.plan.target.artifact.imported:
        # Made before the checks were: what it would say of its version nobody knows.
        checks = [check for check in checks if check.body_pattern("") == check.pattern]
    try:
        count = verify(asker, checks, work.plan.target.artifact.version, desk.console.mask, desk.sleep)
    except UnprovenError as error:
        for line in error.log.splitlines():
            desk.console.detail(f"log: {line}")
        raise
    desk.console.note(f"{count} requests answered well")
