"""Whether the environment is ready for a release: provisioned, quiet, and staging has proven the commit."""

from __future__ import annotations

from collections.abc import Sequence

from outreach_ops import commands, git
from outreach_ops.aws import alarms, cloudfront
from outreach_ops.aws.session import connect
from outreach_ops.checks import infra
from outreach_ops.checks.infra import Report
from outreach_ops.checks.subject import Subject
from outreach_ops.finding import Finding, failure, ok, warning
from outreach_ops.provision.placeholder import DESCRIPTION
from outreach_ops.roles import ROLES, name_of
from outreach_ops.settings import environments, load_site
from outreach_ops.settings.model import Settings
from outreach_ops.site import world
from outreach_ops.site.ledger import Entry, Numbered

PROVEN_IN = {"production": "staging"}
"""Where a commit is tried before it goes to a stage."""


def infrastructure(subject: Subject) -> Finding:
    """Whether all that the roles make is there."""
    return judge_infrastructure(subject.settings, infra.check(subject.aws, subject.settings))


def judge_infrastructure(settings: Settings, report: Report) -> Finding:
    """What is missing is made by the playbook; what could not be looked at may be missing."""
    if report.missing:
        fix = commands.provision(settings.site.environment)
        return failure("infrastructure", f"{', '.join(report.missing)} missing", fix)
    if report.refusals:
        told = "; ".join(f"{each.check}: {each.cause}" for each in report.refusals)
        return warning("infrastructure", f"whether all is there is not known: {told}", report.refusals[0].fix)
    return ok("infrastructure", "all is there")


def imported(subject: Subject) -> Finding:
    """Whether what was live before this tool can be rolled back to."""
    site = world.door(subject.aws, subject.settings)
    live = site.functions["server"].configuration(subject.settings.lambda_.alias)
    return judge_imported(subject.settings, None if live is None else live.description, site.ledger.entries())


def judge_imported(settings: Settings, live: str | None, entries: Sequence[Numbered]) -> Finding:
    """A first release over what nobody recorded would have no way back, and take its files away."""
    if live is None or live == DESCRIPTION or entries:
        return ok("imported", "the ledger knows what is live, or nothing was released yet")
    return failure(
        "imported",
        f"what is live ({live or 'without a description'}) was made before this tool, and is in no ledger",
        commands.releases_import(settings.site.environment),
    )


def alarm(subject: Subject) -> Finding:
    """Whether an alarm of the site is firing."""
    settings, wanted = subject.settings, subject.settings.cloudfront
    identity = cloudfront.identify(subject.aws, wanted.distribution_id, wanted.domain)
    functions = [name_of(settings, role) for role in ROLES]
    stores = [settings.isr.queue_name, settings.isr.tag_table, settings.dynamodb.ledger_table]
    about = [*functions, *stores, settings.s3.bucket_name, *([identity] if identity else [])]
    return judge_alarms(alarms.firing(subject.aws, about))


def judge_alarms(firing: Sequence[str]) -> Finding:
    """A release onto a site that is ill hides what made it ill."""
    if firing:
        return failure(
            "alarms", f"{', '.join(firing)} firing", "wait until they are quiet, or find their cause first"
        )
    return ok("alarms", "none is firing")


def promotion(subject: Subject) -> Finding:
    """Whether the environment before this one has the same commit live, and it passed its checks."""
    site = subject.settings.site
    before = site.sibling(PROVEN_IN.get(site.stage, site.stage))
    if before == site.environment or before not in environments():
        return ok("promotion", "needs no proof in another environment")
    checkout = git.inspect(subject.app)
    earlier = load_site(before)
    aws = connect(earlier.site.account_id, earlier.site.region).read_only()
    door = world.door(aws, earlier)
    alias = door.functions["server"].alias(earlier.lambda_.alias)
    live = None if alias is None else alias.version
    entries = [item.entry for item in door.ledger.entries()] if live is not None else []
    return judge_promotion(earlier, checkout, live, entries)


def judge_promotion(
    earlier: Settings, checkout: git.Checkout, live: str | None, entries: Sequence[Entry]
) -> Finding:
    """The newest entry that made the earlier environment's live version tells its commit."""
    environment, commit = earlier.site.environment, checkout.commit
    fix = commands.deploy(environment)
    made = next((each for each in entries if each.status == "ok" and each.server_version == live), None)
    if checkout.dirty:
        differs = checkout.differences[0]
        cause = f"the checkout differs from {commit[:7]}: {differs.what}"
        return warning("promotion", cause, f"{differs.fix}; then {fix}")
    if made is None or made.commit != commit:
        has = "nothing" if made is None else made.description
        return warning("promotion", f"{environment} has {has} live, not {commit[:7]}", fix)
    return ok("promotion", f"{environment} has {made.description} live, and it passed its checks")
