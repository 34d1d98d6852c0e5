"""All checks before a deploy, side by side: they read, and never write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from outreach_ops.aws.errors import DENIED, AwsError
from outreach_ops.checks import edge, github, inventory, permissions, ready, settings
from outreach_ops.checks.subject import Subject, seen
from outreach_ops.console import Console
from outreach_ops.errors import OpsError
from outreach_ops.finding import Finding, failure, warning

Check = Callable[[Subject], Finding | list[Finding]]

CHECKS: Mapping[str, Check] = {
    "variables": settings.variables,
    "lambda": settings.lambda_keys,
    "inventory": lambda subject: inventory.findings(subject.settings),
    "auth0": settings.auth0_trio,
    "github": github.secrets,
    "permissions": permissions.permissions,
    "cloudfront": edge.distribution,
    "certificate": edge.certificate,
    "dns": edge.dns,
    "infrastructure": ready.infrastructure,
    "imported": ready.imported,
    "alarms": ready.alarm,
    "promotion": ready.promotion,
}
"""By name, in the order in which they are shown."""

SIGN_IN: Mapping[str, Check] = {"auth0": settings.auth0_trio}
"""What users need of live itself, also when a deploy has nothing to do."""

# A deploy has merged its variables before, with what it removes, and brings the function what it lacks.
DEPLOYS_OWN = ("variables", "lambda")


def gate(subject: Subject, screen: Console) -> list[Finding]:
    """Shows what should be known before a deploy; a failure among the findings must be put right first."""
    for text in subject.found.warnings:
        screen.line(f"  warning: {text}")
    found = run(subject, {name: check for name, check in CHECKS.items() if name not in DEPLOYS_OWN})
    for each in found:
        if each.level == "warning":
            screen.line(f"  warning: {each.check}: {each.cause} ({each.fix})")
    return found


def whole(subject: Subject) -> list[Finding]:
    """Every finding of a subject that is not read yet; what the caller lacks, where that may not be done."""
    try:
        return run(seen(subject))
    except AwsError as error:
        if error.code not in DENIED:
            raise
        unread = failure("lambda", error.cause, error.fix)
        return [unread, *run(subject, {"permissions": permissions.permissions})]


def run(subject: Subject, checks: Mapping[str, Check] = CHECKS) -> list[Finding]:
    """Every check's finding; one that cannot be read is a finding too."""
    with ThreadPoolExecutor(max_workers=len(checks)) as pool:
        found = [pool.submit(_one, name, check, subject) for name, check in checks.items()]
        return [finding for future in found for finding in future.result()]


def _one(name: str, check: Check, subject: Subject) -> Sequence[Finding]:
    try:
        found = check(subject)
    except AwsError as error:
        if name != "auth0" and error.code in DENIED:
            return [warning(name, f"could not be looked at: {error.cause}", error.fix)]
        return [failure(name, error.cause, error.fix)]
    except OpsError as error:
        return [failure(name, error.cause, error.fix)]
    return found if isinstance(found, list) else [found]
