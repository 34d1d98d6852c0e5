"""What AWS limits and the local AWS does not: runtimes that end, quotas, chains of distributions."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from outreach_ops import commands
from outreach_ops.aws import cloudfront
from outreach_ops.aws.cloudfront import CACHE, HEADERS, PolicyKind
from outreach_ops.aws.errors import AwsError
from outreach_ops.aws.lambda_shell import live_environment
from outreach_ops.aws.session import Aws
from outreach_ops.behaviours import key
from outreach_ops.errors import UsageError
from outreach_ops.finding import Finding, failure, ok, warning
from outreach_ops.provision.cache_policies import images_policy, pages_policy
from outreach_ops.provision.policies import OwnPolicy
from outreach_ops.provision.quantities import items
from outreach_ops.provision.security_headers import headers_policy
from outreach_ops.settings.model import Settings
from outreach_ops.variables import values

# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
ENDS: Mapping[str, datetime.date] = {
    "nodejs18.x": datetime.date(2025, 9, 1),
    "nodejs20.x": datetime.date(2026, 4, 30),
    "nodejs22.x": datetime.date(2027, 4, 30),
    "nodejs24.x": datetime.date(2028, 4, 30),
}
NEWEST = "nodejs24.x"
SOON = datetime.timedelta(days=90)
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
POLICIES, BEHAVIOURS = 20, 75
FULL = 0.9
"""The share of the space for code at which somebody should prune."""


def findings(aws: Aws, settings: Settings) -> list[Finding]:
    """Each limit that a run or a release may meet; what may not be read is a warning."""
    found = [runtime(settings)]
    try:
        found += [
            judge_policies(kind, needed, cloudfront.policies(aws, kind, "custom"))
            for kind, needed in own_policies(settings).items()
        ]
        config = _config(aws, settings)
        found += [judge_behaviours(settings, config), judge_chain(config)]
        account = aws.api("lambda").call("get_account_settings")
        used, limit = account["AccountUsage"]["TotalCodeSize"], account["AccountLimit"]["TotalCodeSize"]
        found.append(judge_storage(settings, used, limit))
        names = settings.lambda_
        found.append(judge_variables(settings, live_environment(aws, names.server_name, names.alias)))
    except AwsError as error:
        found.append(warning("limits", f"could not all be looked at: {error.cause}", error.fix))
    return found


def runtime(settings: Settings) -> Finding:
    """Whether the runtime ends soon; asks nothing of AWS."""
    return judge_runtime(settings.lambda_.runtime, datetime.datetime.now(datetime.UTC).date())


def judge_runtime(runtime: str, today: datetime.date) -> Finding:
    """After its end AWS makes no function with it, and later updates none."""
    end, fix = ENDS.get(runtime), f"lambda_runtime: {NEWEST}"
    if end is None:
        return warning("runtime", f"when {runtime} ends is not known here", fix)
    if end <= today:
        return failure("runtime", f"{runtime} ended on {end}: AWS refuses new functions with it", fix)
    if end - today <= SOON:
        return warning("runtime", f"{runtime} ends on {end}", fix)
    return ok("runtime", f"{runtime}, until {end}")


def own_policies(settings: Settings) -> dict[PolicyKind, list[OwnPolicy]]:
    """The policies that the site's distribution refers to, by kind, but for AWS's own."""
    project, asked = settings.site.project, settings.cloudfront.security_headers
    headers = {} if asked is None else {HEADERS: [headers_policy(project, asked)]}
    return {CACHE: [pages_policy(project), images_policy(project)], **headers}


def judge_policies(kind: PolicyKind, needed: Sequence[OwnPolicy], there: Collection[str]) -> Finding:
    """AWS gives an account a fixed number; those of one content are shared by all environments."""
    lacking = [each.name for each in needed if each.name not in there]
    count = f"{len(there)} of at most {POLICIES} policies of the kind {kind.words}"
    if len(there) + len(lacking) > POLICIES:
        cause = f"{count} are there, {', '.join(lacking)} is to come"
        return failure("policies", cause, "delete one that no distribution uses, in the console")
    return ok("policies", count)


def judge_behaviours(settings: Settings, config: Mapping[str, Any]) -> Finding:
    """Those that are there stay, and each top-level entry of public/ needs one more."""
    there = {key(each["PathPattern"]) for each in items(config.get("CacheBehaviors"))}
    ours = (*settings.cloudfront.behaviours, *settings.cloudfront.artifact_behaviours)
    wanted = there | {key(each.path) for each in ours}
    if len(wanted) > BEHAVIOURS:
        return warning(
            "behaviours",
            f"{len(wanted)} paths, and a distribution has {BEHAVIOURS} unless AWS has raised that",
            "ask for more in Service Quotas, or put the entries of public/ into fewer folders",
        )
    return ok("behaviours", f"{len(wanted)} of at most {BEHAVIOURS} paths")


def judge_chain(config: Mapping[str, Any]) -> Finding:
    """SleepConnect's distribution is in front already, and a third one makes every request a 403."""
    origins = [each["DomainName"] for each in items(config.get("Origins"))]
    chained = [each for each in origins if each.endswith(".cloudfront.net")]
    if chained:
        return warning(
            "chain",
            f"the distribution reads from another, {', '.join(chained)}: behind SleepConnect's that is a 403",
            "let that origin be what stands behind the other distribution",
        )
    return ok("chain", "no origin is another distribution")


def judge_storage(settings: Settings, used: int, limit: int) -> Finding:
    """Versions keep their code, all of the account's in one space."""
    shown = f"{used / 2**30:.1f} of {limit / 2**30:.0f} GB for the code of functions are used"
    if used >= FULL * limit:
        return warning("code storage", shown, commands.prune(settings.site.environment, 5))
    return ok("code storage", shown)


def judge_variables(settings: Settings, live: Mapping[str, str]) -> Finding:
    """What live has and what the inventory says share one space; a deploy knows the operator's own too."""
    said = {each.name: each.value for each in settings.variables.runtime if each.value is not None}
    try:
        values.fit({**live, **said})
    except UsageError as error:
        return warning("variables", error.cause, error.fix)
    return ok("variables", f"fit into the {values.LIMIT} bytes that Lambda has for them")


def _config(aws: Aws, settings: Settings) -> Mapping[str, Any]:
    wanted = settings.cloudfront
    identity = cloudfront.identify(aws, wanted.distribution_id, wanted.domain)
    found = None if identity is None else cloudfront.distribution(aws, identity)
    return {} if found is None else found["Distribution"]["DistributionConfig"]
