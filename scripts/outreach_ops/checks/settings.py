"""Variables: what a deploy would set, and what the live function has."""

from __future__ import annotations

from collections.abc import Mapping

from outreach_ops import commands
from outreach_ops.checks.subject import Subject
from outreach_ops.errors import UsageError
from outreach_ops.finding import Finding, failure, ok, warning
from outreach_ops.settings.model import Settings
from outreach_ops.sleepconnect import auth0
from outreach_ops.variables import merge


def variables(subject: Subject) -> Finding:
    """Whether what a deploy would set is whole, small enough and good for AWS."""
    try:
        merge.operators(subject.settings, subject.found, subject.live, (), subject.aws.endpoint is None)
    except UsageError as error:
        return failure("variables", error.cause, error.fix)
    if subject.found.warnings:
        return warning("variables", "; ".join(subject.found.warnings), "remove or correct them there")
    return ok("variables", f"{len(subject.found.values)} named here, all required ones have a value")


def lambda_keys(subject: Subject) -> Finding:
    """Whether the live function has every required variable."""
    return judge_keys(subject.settings, subject.live["server"])


def judge_keys(settings: Settings, live: Mapping[str, str]) -> Finding:
    """By name; a function that was never released to has none, and that is no failure."""
    name = settings.lambda_.server_name
    if not live:
        return warning("lambda", f"{name} has no variables yet", commands.deploy(settings.site.environment))
    lacking = [each.name for each in settings.variables.runtime if each.required and not live.get(each.name)]
    if lacking:
        # The deploy itself brings them: variables says so when it cannot.
        return warning(
            "lambda", f"{name} has no {', '.join(lacking)}", commands.deploy(settings.site.environment)
        )
    return ok("lambda", f"{name} has every required variable")


def auth0_trio(subject: Subject) -> Finding:
    """Whether what a deploy would set is SleepConnect's."""
    if not subject.settings.variables.of(auth0.OWNER):
        return ok("auth0", "no variable is SleepConnect's")
    parent = auth0.trio(subject.aws, subject.settings)
    ours = subject.found.values.over(subject.live["server"])
    return auth0.judge(subject.settings, parent, auth0.compare(subject.settings, parent, ours), ours)
