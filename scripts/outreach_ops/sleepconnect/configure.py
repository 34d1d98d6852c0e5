"""Tells SleepConnect where Outreach is: in the env file that its build reads, and on its function."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from outreach_ops import commands
from outreach_ops.aws.functions import Function
from outreach_ops.aws.session import LOOPBACK, Aws, connect
from outreach_ops.console import Console
from outreach_ops.errors import OpsError, UsageError
from outreach_ops.proof.answers import Response
from outreach_ops.proof.viewer import Viewer, local_variables, parent_viewer, viewer
from outreach_ops.settings.model import Settings
from outreach_ops.sleepconnect import checkout
from outreach_ops.sleepconnect.checkout import API_URL, APP_URL, Checkout
from outreach_ops.variables import values
from outreach_ops.variables.values import Environment

FUNCTION_URL = ".lambda-url."
Ask = Callable[[str], Response]


@dataclasses.dataclass(frozen=True)
class Plan:
    """What would be written: the env file's text before and after, and the function's variables."""

    before: str
    after: str
    function: str
    revision: str
    held: Environment
    merged: Environment

    @property
    def changes(self) -> bool:
        """Whether there is anything to write."""
        return self.before != self.after or dict(self.held) != dict(self.merged)


def configure(settings: Settings, where: Checkout, url: str, screen: Console, plan_only: bool) -> None:
    """Both places say where Outreach is; raises UsageError for an address that cannot serve."""
    aws = connect(settings.site.account_id, settings.site.region)
    wanted = addresses(aws, settings, url)
    if settings.sleepconnect.domain:
        refuse_itself(wanted[APP_URL], parent_viewer(aws, settings).base_url)
    refuse(settings, wanted, aws.endpoint is not None, probe)
    plan = _plan(aws.read_only(), settings, where, wanted)
    _show(plan, where, wanted, screen)
    if plan_only or not plan.changes:
        screen.line("nothing was changed")
        return
    _apply(aws, plan, where)
    environment = settings.site.environment
    screen.line("Rewrites are frozen when SleepConnect is built: it goes on with its old ones until")
    screen.line(f"  {commands.redeploy(environment)}")
    screen.line(f"  {commands.sleepconnect_check(environment)}    # proves that the new ones serve")


def addresses(aws: Aws, settings: Settings, url: str) -> dict[str, str]:
    """Both variables' values; on the local AWS those of this machine."""
    api = local_variables(aws).get("API_BASE_URL", settings.sleepconnect.api_url)
    return {APP_URL: (url or viewer(aws, settings).base_url).rstrip("/"), API_URL: api.rstrip("/")}


def probe(url: str) -> Response:
    """The answer to a request; raises OpsError when there is none."""
    return Viewer(url).fetch(url)


def refuse_itself(url: str, parent: str) -> None:
    """Outreach answers at SleepConnect's address too, until SleepConnect asks itself."""
    if urlsplit(url).netloc == urlsplit(parent).netloc:
        fix = "leave --url out: the outreach domain is what it takes then"
        raise UsageError(f"{APP_URL}={url} is SleepConnect itself: requests would go in a circle", fix)


def refuse(settings: Settings, wanted: Mapping[str, str], local: bool, ask: Ask) -> None:
    """Raises UsageError that names the variable, its value and what is wrong with it."""
    for name, value in wanted.items():
        host = urlsplit(value).hostname
        if urlsplit(value).username is not None:
            raise UsageError(f"the address for {name} holds a user's name", "leave out all before its @")
        if urlsplit(value).scheme not in ("https", "http") or host is None:
            raise UsageError(f"{name}={value} is no address", f"write it like {name}=https://host")
        if host in LOOPBACK and not local:
            raise UsageError(
                f"{name}={value} is this machine, which SleepConnect on AWS cannot reach",
                f"use the outreach domain: --url=https://{settings.cloudfront.domain}",
            )
        if value.startswith("http:") and not local:
            raise UsageError(f"{name}={value} is not https", f"write https://{host}")
    _refuse_unreachable(settings, APP_URL, wanted[APP_URL], ask)
    _reached(API_URL, wanted[API_URL], wanted[API_URL], ask)


def _refuse_unreachable(settings: Settings, name: str, url: str, ask: Ask) -> None:
    if FUNCTION_URL in url and settings.cloudfront.origin_protection != "none":
        raise UsageError(
            f"{name}={url} is a function URL: origin protection is on, and it answers CloudFront alone",
            f"use the outreach domain: --url=https://{settings.cloudfront.domain}",
        )
    path = settings.verify.checks[0].path if settings.verify.checks else settings.site.base_path
    answer = _reached(name, url, url + path, ask)
    if answer.status < 400:
        return
    environment = settings.site.environment
    fix = (
        f"deploy Outreach first ({commands.deploy(environment)}); if it is: {commands.diagnose(environment)}"
    )
    raise UsageError(f"{name}={url}: {path} answers {answer.status} there", fix)


def _reached(name: str, value: str, url: str, ask: Ask) -> Response:
    try:
        return ask(url)
    except OpsError as error:
        raise UsageError(f"{name}={value} is not reachable: {error.cause}", error.fix) from None


def _plan(aws: Aws, settings: Settings, where: Checkout, wanted: Mapping[str, str]) -> Plan:
    name = settings.sleepconnect.function_name
    found = Function(aws.api("lambda"), name).configuration() if name else None
    if found is None:
        raise OpsError(
            f"SleepConnect's function {name or '(none)'} does not exist",
            f"correct sleepconnect_function_name in inventories/{settings.site.environment}",
        )
    before = where.text()
    merged = Environment(wanted).over(found.environment)
    values.fit(merged, f"remove variables of {name} that it no longer needs")
    after = checkout.edited(before, wanted)
    return Plan(before, after, name, found.revision, found.environment, merged)


def _show(plan: Plan, where: Checkout, wanted: Mapping[str, str], screen: Console) -> None:
    screen.line(f"{where.env_file}:")
    for line in checkout.changes(plan.before, plan.after) or ["as wanted"]:
        screen.detail(line)
    screen.line(f"{plan.function}, merged over its {len(plan.held)} variables:")
    lines = [
        f"{'+' if name not in plan.held else '~'} {name}={value}"
        for name, value in wanted.items()
        if plan.held.get(name) != value
    ]
    for line in lines or ["as wanted"]:
        screen.detail(line)


def _apply(aws: Aws, plan: Plan, where: Checkout) -> None:
    # The function first: its write is conditional, and the file's is not seen by anybody before a build.
    told = dict(plan.held) != dict(plan.merged)
    if told:
        Function(aws.api("lambda"), plan.function).update_environment(plan.merged, plan.revision)
    if plan.before != plan.after:
        try:
            checkout.write(where.env_file, plan.before, plan.after)
        except UsageError as error:
            if not told:
                raise
            # A usage error says that nothing was changed.
            cause = f"{error.cause}; {plan.function} has been told already"
            raise OpsError(cause, error.fix, step="configure") from None
