"""All checks of the way, one after the other, so that a log can be read as a story."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from outreach_ops.aws.errors import AwsError
from outreach_ops.aws.session import connect
from outreach_ops.errors import OpsError, UsageError
from outreach_ops.finding import Finding, failure, warning
from outreach_ops.journey import api, browser, limits, pages
from outreach_ops.journey.traveller import Journey, live_secret
from outreach_ops.proof import viewer
from outreach_ops.settings.load import ROOT
from outreach_ops.settings.model import Settings

THROUGH = "sleepconnect"
SHOTS = ROOT / ".artifacts" / "verify"
Check = Callable[[Journey], Sequence[Finding]]


def navigation(journey: Journey) -> Sequence[Finding]:
    """As users do it; the picture is kept where the toolkit keeps what it made."""
    return browser.navigation(journey, SHOTS)


CHECKS: tuple[Check, ...] = (
    pages.pages,
    pages.rsc,
    api.templates,
    api.refusals,
    pages.redirect,
    pages.action,
    limits.cookies,
    limits.bodies,
    navigation,
)


def begin(settings: Settings, through: str) -> Journey:
    """The journey of an environment's users; raises UsageError for a way that there is not."""
    if through not in ("", THROUGH):
        raise UsageError(f"--through={through} is not known", f"leave it out, or --through={THROUGH}")
    aws = connect(settings.site.account_id, settings.site.region).read_only()
    outreach = viewer.viewer(aws, settings)
    enters = viewer.parent_viewer(aws, settings) if through else outreach
    return Journey(aws, settings, enters, outreach, live_secret(aws, settings))


def run(journey: Journey) -> list[Finding]:
    """Every finding; a check that gets no answer is a failure. Progress goes to standard error."""
    found: list[Finding] = []
    for check in CHECKS:
        results = attempt(check, journey)
        for each in results:
            print(f"  {each.check}: {each.level}", file=sys.stderr, flush=True)
        found += results
    return [*found, *left_out(journey.settings)]


def left_out(settings: Settings) -> list[Finding]:
    """What was not tried because the inventory names nothing for it, so that nobody takes it for right."""
    optional = ("templates", "echo", "form", "redirect")
    if not (names := [f"verify_{name}" for name in optional if not getattr(settings.verify, name)]):
        return []
    fix = f"where the application has such paths, write them into inventories/{settings.site.environment}"
    return [warning("left out", f"not tried, for the inventory has no {', '.join(names)}", fix)]


def attempt(check: Check, journey: Journey) -> Sequence[Finding]:
    """One check's findings, whatever becomes of it."""
    try:
        return check(journey)
    except (AwsError, OpsError) as error:
        return [failure(getattr(check, "__name__", "check"), error.cause, error.fix)]
