"""Whether SleepConnect passes requests on as it must: configured, built, deployed and live."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Collection, Mapping, Sequence

from outreach_ops import commands
from outreach_ops.aws.errors import AwsError
from outreach_ops.aws.functions import Function
from outreach_ops.aws.session import Aws
from outreach_ops.errors import OpsError
from outreach_ops.finding import Finding, failure, ok, warning
from outreach_ops.journey import api, pages, verify
from outreach_ops.journey.traveller import Journey
from outreach_ops.settings.model import Settings
from outreach_ops.sleepconnect import auth0, chain, configure, rewrites
from outreach_ops.sleepconnect.checkout import APP_URL, NAMES, Checkout


@dataclasses.dataclass(frozen=True)
class Look:
    """What is looked at; `wanted` is what SleepConnect must be told."""

    aws: Aws
    settings: Settings
    where: Checkout
    wanted: Mapping[str, str]


def run(aws: Aws, settings: Settings, where: Checkout, names: Collection[str] = ()) -> list[Finding]:
    """Every finding, or those of the checks in `names`, from the file here to what users get; reads only.

    Progress goes to standard error.
    """
    look = Look(aws, settings, where, configure.addresses(aws, settings, ""))
    chosen = [(name, check) for name, check in CHECKS.items() if not names or name in names]
    found: list[Finding] = []
    for name, check in chosen:
        print(f"  SleepConnect: {name} ...", file=sys.stderr, flush=True)
        found += _attempt(name, check, look)
    return found


def _attempt(name: str, check: Callable[[Look], Sequence[Finding]], look: Look) -> Sequence[Finding]:
    try:
        return check(look)
    except (AwsError, OpsError) as error:
        return [failure(name, error.cause, error.fix)]


def _file(look: Look) -> list[Finding]:
    fix = commands.retell(look.settings.site.environment)
    return [judge_told("env file", look.where.env_file.name, look.where.variables(), look.wanted, fix)]


def _function(look: Look) -> list[Finding]:
    name, environment = look.settings.sleepconnect.function_name, look.settings.site.environment
    found = Function(look.aws.api("lambda"), name).configuration() if name else None
    if found is None:
        fix = f"correct sleepconnect_function_name in the inventory of {environment}"
        return [failure("function", f"SleepConnect's function {name or '(none)'} does not exist", fix)]
    return [judge_told("function", name, found.environment, look.wanted, commands.retell(environment))]


def judge_told(
    check: str, place: str, values: Mapping[str, str], wanted: Mapping[str, str], fix: str
) -> Finding:
    """The addresses as they must be; the next build serves what stands there."""
    wrong = [
        f"{name}={values.get(name, '(not set)')} instead of {wanted[name]}"
        for name in NAMES
        if values.get(name) != wanted[name]
    ]
    if values.get(APP_URL) != wanted[APP_URL]:
        cause = f"{place} has {', '.join(wrong)}{rewrites.misleads(values.get(APP_URL, ''), wanted)}"
        return failure(check, cause, fix)
    if wrong:
        # Nothing of Outreach goes there when the rewrites are right.
        return warning(check, f"{place} has {', '.join(wrong)}", fix)
    return ok(check, f"{place} says where Outreach is")


def _configured(look: Look) -> list[Finding]:
    """Its next.config.js, evaluated with the variables of its env file."""
    found = rewrites.evaluate(look.where, look.where.variables())
    return rewrites.judge(look.settings, found, look.wanted, "configured")


def _built(look: Look) -> list[Finding]:
    """What its last build in this checkout has frozen."""
    found = rewrites.built(look.where)
    if found is None:
        return [warning("built", f"{look.where.path} holds no build to look at", "build it, or trust live")]
    return _frozen(look, found, "built")


def _deployed(look: Look) -> list[Finding]:
    """What the function that users meet has frozen: after a redeploy, the new addresses."""
    function = Function(look.aws.api("lambda"), look.settings.sleepconnect.function_name)
    if not function.name:
        return []
    live = function.configuration(look.settings.lambda_.alias)
    version = "$LATEST" if live is None else live.version
    try:
        found = rewrites.packed(function.code(version))
    except AwsError as error:
        return [warning("deployed", f"{function.name} cannot be looked into: {error.cause}", error.fix)]
    if found is None:
        cause = f"version {version} of {function.name} holds no routes manifest to look at"
        return [warning("deployed", cause, "trust live, where its build is deployed in another way")]
    return _frozen(look, found, "deployed")


def _frozen(look: Look, found: rewrites.Rewrites, check: str) -> list[Finding]:
    """What is wrong in a build is right after the next one, when it was configured."""
    return [
        dataclasses.replace(each, fix=commands.redeploy(look.settings.site.environment))
        if each.level == "failure"
        else each
        for each in rewrites.judge(look.settings, found, look.wanted, check)
    ]


def _live(look: Look) -> list[Finding]:
    """What users get through it, which is what its deployed build has frozen."""
    way = verify.begin(look.settings, verify.THROUGH)
    found = [*pages.pages(way), *api.refusals(way), *_cookies(way)]
    return [dataclasses.replace(each, check=f"live: {each.check}") for each in found]


def _cookies(way: Journey) -> list[Finding]:
    """The user's cookie reaches Outreach; when not, who lost it."""
    path, user = way.settings.verify.templates, way.settings.verify.user
    if not path or user is None:
        return []
    signed = way.signed_in()
    through, direct = way.enters.fetch(path, headers=signed), way.outreach.fetch(path, headers=signed)
    if through.status == 401 and direct.status == 200:
        cause = f"{path} answers 401 through SleepConnect and 200 at Outreach: the cookie is lost on the way"
        fix = (
            "forward all cookies: an origin request policy like AllViewerExceptHostHeader in its distribution"
        )
        return [failure("cookies", cause, fix)]
    look = commands.sleepconnect_check(way.settings.site.environment)
    return [api.judge_templates(path, through, user.tenant_id, look)]


def _trio(look: Look) -> list[Finding]:
    parent, ours = auth0.read(look.settings)
    return [auth0.judge(look.settings, parent, auth0.compare(look.settings, parent, ours), ours)]


CHECKS: Mapping[str, Callable[[Look], Sequence[Finding]]] = {
    "env file": _file,
    "function": _function,
    "configured": _configured,
    "built": _built,
    "deployed": _deployed,
    "auth0": _trio,
    "chain": lambda look: [chain.depth(look.aws, look.settings)],
    "live": _live,
}
"""By name, from what is written here to what users get."""
