"""What the inventories say, held against the convention and against each other; nothing is asked of AWS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from outreach_ops import convention
from outreach_ops.errors import UsageError
from outreach_ops.finding import Finding, failure, ok, warning
from outreach_ops.settings import environments, load_site
from outreach_ops.settings.model import Settings

DEVELOP = "develop"


def findings(settings: Settings) -> list[Finding]:
    """Names, the API, and what two environments claim; another inventory that cannot be read is told."""
    others, unread = read_others(settings)
    return [
        judge_names(settings),
        judge_api(settings, others.get(settings.site.sibling(DEVELOP))),
        judge_claims(settings, tuple(others.values())),
        *unread,
    ]


def read_others(settings: Settings) -> tuple[dict[str, Settings], list[Finding]]:
    """The sites of all other environments, and a warning for each inventory that is wrong."""
    others, unread = {}, []
    for environment in environments():
        if environment == settings.site.environment:
            continue
        try:
            others[environment] = load_site(environment)
        except UsageError as error:
            cause = f"that of {environment} cannot be read, so nothing was compared with it: {error.cause}"
            unread.append(warning("inventory", cause, error.fix))
    return others, unread


def judge_names(settings: Settings) -> Finding:
    """Whoever looks for a resource expects the convention's name."""
    if departed := convention.departures(settings):
        fix = "correct the inventory, or list the name in LEGACY of scripts/outreach_ops/convention.py"
        return warning("names", "; ".join(departed), fix)
    older = convention.LEGACY.get(settings.site.environment, {})
    return ok("names", f"the convention's{', but for ' if older else ''}{', '.join(older.values())}")


def judge_api(settings: Settings, develop: Settings | None) -> Finding:
    """An environment that works on develop's data should be so on purpose."""
    if develop is None or settings.variables.api_shared_with_develop:
        return ok("api", "its own, or acknowledged")
    theirs = _apis(develop)
    shared = [name for name, url in _apis(settings).items() if theirs.get(name) == url]
    if not shared:
        return ok("api", "its own")
    file = f"inventories/{settings.site.environment}/group_vars/{settings.site.environment}/variables.yml"
    return warning(
        "api",
        f"{', '.join(shared)} are develop's: {settings.site.environment} reads and writes its data",
        f"give it its own in {file}, or acknowledge it there: variables_api_shared_with_develop: true",
    )


def judge_claims(settings: Settings, others: Sequence[Settings]) -> Finding:
    """One resource in two environments would be written by both; buckets and domains are the world's."""
    mine = _claims(settings)
    twice = [
        f"{variable} {name} is that of {other.site.environment} too"
        for other in others
        for variable, name in _claims(other).items()
        if name and mine[variable] == name and _same_place(variable, settings, other)
    ]
    if twice:
        return failure("claims", "; ".join(twice), "give each environment resources of its own")
    return ok("claims", "no other environment names the same resources")


def _apis(settings: Settings) -> dict[str, str]:
    """The variables that say where the clinics' API is."""
    runtime = {each.name: each.value for each in settings.variables.runtime if each.value is not None}
    every = {**settings.variables.build, **runtime}
    return {name: value for name, value in every.items() if "API" in name.split("_")}


def _claims(settings: Settings) -> Mapping[str, str]:
    return {variable: convention.value(variable, settings) for variable in convention.CLAIMED}


def _same_place(variable: str, one: Settings, other: Settings) -> bool:
    if variable in ("s3_bucket_name", "cloudfront_domain"):
        return True
    return one.site.account_id == other.site.account_id and one.site.region == other.site.region
