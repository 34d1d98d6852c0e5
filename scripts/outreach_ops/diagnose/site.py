"""What the site answers now, and where the parent application sends requests."""

from __future__ import annotations

from urllib.parse import urlsplit

from outreach_ops import commands
from outreach_ops.aws.functions import Function
from outreach_ops.aws.session import LOOPBACK
from outreach_ops.diagnose.scene import Scene
from outreach_ops.finding import Finding, failure, ok

APP_URL = "OUTREACH_APP_URL"


def answers(scene: Scene) -> Finding:
    """Whether the site's own checks meet an error of the server."""
    for each in scene.settings.verify.checks:
        answer = scene.viewer.fetch(each.path, each.method)
        if answer.status >= 500:
            version = scene.versions.get("server", "none")
            return failure(
                "answers",
                f"{each.path} answers {answer.status}, with version {version} live",
                f"{commands.releases(scene.environment)}, then: {commands.rollback(scene.environment, 'N')}",
            )
    return ok(
        "answers", f"none of {len(scene.settings.verify.checks)} paths answers with an error of the server"
    )


def parent(scene: Scene) -> Finding:
    """Whether SleepConnect's function passes API calls and pages on to Outreach."""
    name = scene.settings.sleepconnect.function_name
    found = Function(scene.subject.aws.api("lambda"), name).configuration() if name else None
    if found is None:
        fix = f"correct sleepconnect_function_name in the inventory of {scene.environment}"
        return failure("parent", f"SleepConnect's function {name} does not exist", fix)
    given = found.environment.get(APP_URL, "")
    real = scene.subject.aws.endpoint is None
    return judge_parent(name, given, scene.settings.cloudfront.domain, real, scene.environment)


def judge_parent(name: str, given: str, domain: str, on_real_aws: bool, environment: str) -> Finding:
    """Past Outreach's routes nobody adds the user's context: 502, or 400 for a missing tenant_id."""
    host, look = urlsplit(given).hostname or "", commands.sleepconnect_check(environment)
    # Its rewrites are frozen when it is built: telling it alone changes nothing.
    fix = f"{commands.configure(environment)}, then: {commands.redeploy(environment)}"
    if not given:
        return failure("parent", f"SleepConnect's function {name} has no {APP_URL}", fix)
    if ".execute-api." in host:
        return failure("parent", f"{APP_URL} is the API gateway: requests go past Outreach's routes", fix)
    if on_real_aws and host in LOOPBACK:
        return failure("parent", f"{APP_URL} points to {host}, which no function on AWS can reach", fix)
    if on_real_aws and host != domain:
        return failure("parent", f"{APP_URL} is {given}, not https://{domain}", fix)
    return ok("parent", f"{APP_URL} is {given}; whether it serves that: {look}")
