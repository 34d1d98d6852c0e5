"""The Auth0 trio: SleepConnect makes it, and both applications must have the same."""

from __future__ import annotations

import dataclasses
import hmac
import json
from collections.abc import Mapping

from outreach_ops import commands
from outreach_ops.aws.errors import AwsError
from outreach_ops.aws.functions import Function
from outreach_ops.aws.session import Aws, connect
from outreach_ops.console import table
from outreach_ops.errors import OpsError, UsageError
from outreach_ops.finding import Finding, failure, ok
from outreach_ops.settings.model import Settings
from outreach_ops.variables.coalesce import Coalesced
from outreach_ops.variables.fingerprint import Fingerprints
from outreach_ops.variables.values import Environment

OWNER = "sleepconnect"
ABSENT = "missing"
LENDER = "SleepConnect"
"""The source of a value that was taken from its function."""


LEAVE_OUT = "remove them from .env, .env.local and the environment"


@dataclasses.dataclass(frozen=True)
class Pair:
    """One variable of both applications, by fingerprint; `same` is decided by the values."""

    name: str
    sleepconnect: str
    outreach: str
    same: bool


def trio(aws: Aws, settings: Settings) -> Environment:
    """SleepConnect's own values; raises OpsError that names the function which was looked for."""
    name = settings.sleepconnect.function_name
    where = f"sleepconnect_function_name in the inventory of {settings.site.environment}"
    if not name:
        raise UsageError(f"{where} is empty", "write the name of SleepConnect's server function there")
    try:
        found = Function(aws.api("lambda"), name).configuration()
    except AwsError as error:
        raise OpsError(
            f"SleepConnect's function {name} cannot be read: {error.cause}",
            f"ask for lambda:GetFunctionConfiguration on {name}, or correct {where}",
            step="auth0",
        ) from None
    if found is None:
        raise OpsError(f"SleepConnect's function {name} does not exist", f"correct {where}", step="auth0")
    names = settings.variables.of(OWNER)
    return Environment({each: found.environment[each] for each in names if found.environment.get(each)})


def lent(aws: Aws, settings: Settings, found: Coalesced, live: Mapping[str, str]) -> Coalesced:
    """`found` with SleepConnect's own values, in memory alone, of what neither the operator nor live has.

    Unchanged when they cannot be read: the check of the trio says why.
    """
    named = {*found.values, *(name for name in live if live[name])}
    lacking = [name for name in settings.variables.of(OWNER) if name not in named]
    if not lacking:
        return found
    try:
        parent = trio(aws, settings)
    except OpsError:
        return found
    given = Environment({name: parent[name] for name in lacking if name in parent})
    sources = {**found.sources, **dict.fromkeys(given, LENDER)}
    return dataclasses.replace(found, values=given.over(found.values), sources=sources)


def read(settings: Settings) -> tuple[Environment, Environment]:
    """SleepConnect's trio, and what Outreach's live function runs with."""
    aws = connect(settings.site.account_id, settings.site.region).read_only()
    parent = trio(aws, settings)
    found = Function(aws.api("lambda"), settings.lambda_.server_name).configuration(settings.lambda_.alias)
    return parent, Environment({}) if found is None else found.environment


def render(pairs: tuple[Pair, ...], as_json: bool) -> list[str]:
    """The comparison for people, or JSON for scripts."""
    if as_json:
        return [json.dumps([dataclasses.asdict(pair) for pair in pairs], indent=2)]
    words = {True: "yes", False: "NO"}
    cells = [(pair.name, pair.sleepconnect, pair.outreach, words[pair.same]) for pair in pairs]
    return table(("Variable", "SleepConnect", "Outreach", "Same"), cells)


def compare(settings: Settings, parent: Mapping[str, str], ours: Mapping[str, str]) -> tuple[Pair, ...]:
    """The trio side by side; what neither has is not the same."""
    prints = Fingerprints(ours)

    def shown(name: str, values: Mapping[str, str]) -> str:
        return prints.of(name, values[name]) if values.get(name) else ABSENT

    return tuple(
        Pair(name, shown(name, parent), shown(name, ours), _same(parent.get(name), ours.get(name)))
        for name in settings.variables.of(OWNER)
    )


def complete(settings: Settings, parent: Environment) -> Environment:
    """SleepConnect's values when it has all of them; raises OpsError that names the others."""
    if lacking := [name for name in settings.variables.of(OWNER) if name not in parent]:
        raise OpsError(
            f"SleepConnect's function {settings.sleepconnect.function_name} has no {', '.join(lacking)}",
            "set them there first: they are SleepConnect's",
            step="auth0",
        )
    return parent


def _same(one: str | None, other: str | None) -> bool:
    # By the values, not by the short fingerprints.
    return bool(one) and bool(other) and hmac.compare_digest(str(one).encode(), str(other).encode())


def judge(
    settings: Settings, parent: Environment, pairs: tuple[Pair, ...], ours: Mapping[str, str]
) -> Finding:
    """The three must be in both applications, and the same."""
    where = settings.sleepconnect.function_name
    if lacking := [pair.name for pair in pairs if pair.name not in parent]:
        return failure(
            "auth0", f"SleepConnect's function {where} has no {', '.join(lacking)}", "set them there"
        )
    environment = settings.site.environment
    fix = f"{commands.auth0_sync(environment)}, or before a first release: {commands.deploy(environment)}"
    if lacking := [pair.name for pair in pairs if not ours.get(pair.name)]:
        return failure("auth0", f"Outreach has no {', '.join(lacking)}", f"{LEAVE_OUT}, then: {fix}")
    if differing := [pair.name for pair in pairs if not pair.same]:
        return failure(
            "auth0",
            f"{', '.join(differing)} differ from SleepConnect's in {where}: nobody could sign in",
            f"{LEAVE_OUT}, then: {fix}",
        )
    return ok("auth0", f"the same as those of {where}")
