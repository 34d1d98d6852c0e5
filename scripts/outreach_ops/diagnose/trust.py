"""Why users are refused or signed out: the trio, a token, cookies on their way, the way back from Auth0."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import os
from collections.abc import Mapping
from typing import Any

from outreach_ops import commands
from outreach_ops.aws import cloudfront
from outreach_ops.checks import edge
from outreach_ops.diagnose.scene import Scene
from outreach_ops.finding import Finding, failure, ok, warning
from outreach_ops.provision.quantities import items

TOKEN = "USER_CONTEXT"  # noqa: S105  (the name of a variable)
"""Of the environment; it may hold the cookie x-sax-user-context of a user who is refused."""
SIGNER = "AUTH0_CLIENT_SECRET"


def keys(scene: Scene) -> Finding:
    """Whether the live function has every required variable."""
    required = [each.name for each in scene.settings.variables.runtime if each.required]
    name = scene.settings.lambda_.server_name
    if lacking := [each for each in required if not scene.live.get(each)]:
        fix = f"set them in .env.local, then: {commands.deploy(scene.environment)}"
        return failure("lambda", f"the live {name} has no {', '.join(lacking)}", fix)
    return ok("lambda", f"the live {name} has every required variable")


def callback(scene: Scene) -> Finding:
    """Whether Auth0 sends users back to this site: elsewhere it refuses the redirect."""
    wanted = {
        each.name: each.value
        for each in scene.settings.variables.runtime
        if each.name.startswith("AUTH0_") and each.value is not None
    }
    if other := [name for name, value in wanted.items() if scene.live.get(name) != value]:
        deploy = commands.deploy(scene.environment)
        fix = f"remove them from .env, .env.local and the environment, then: {deploy}"
        return failure("callback", f"live has not the inventory's {', '.join(other)}", fix)
    return ok("callback", f"{', '.join(wanted) or 'nothing'} are the inventory's")


def cookies(scene: Scene) -> Finding:
    """Whether CloudFront hands users' cookies on to the server function."""
    seen = edge.read(scene.subject)
    fix = commands.provision(scene.environment)
    if seen is None:
        return failure("cookies", f"no distribution serves {scene.settings.cloudfront.domain}", fix)
    default = seen.config["DefaultCacheBehavior"]
    behaviours = {"*": default}
    behaviours |= {each["PathPattern"]: each for each in items(seen.config.get("CacheBehaviors"))}
    dropping = [
        path
        for path, each in behaviours.items()
        if each["TargetOriginId"] == default["TargetOriginId"] and not _forwards(scene, each)
    ]
    if dropping:
        return failure("cookies", f"CloudFront keeps cookies from the function on {', '.join(dropping)}", fix)
    return ok("cookies", "CloudFront hands them on to the server function")


def token(scene: Scene, environ: Mapping[str, str] = os.environ, now: float | None = None) -> Finding:
    """What is wrong with the token that the operator has put into the environment."""
    given = environ.get(TOKEN)
    if not given:
        fix = f"{TOKEN}=... {commands.diagnose(scene.environment)}, with the cookie of a user who is refused"
        return warning("token", f"{TOKEN} holds none: no user's token was looked at", fix)
    import time  # noqa: PLC0415  (tests say when now is)

    return judge_token(given, scene.live, time.time() if now is None else now, scene.environment)


def judge_token(given: str, live: Mapping[str, str], now: float, environment: str) -> Finding:
    """By signature first: what an unsigned token says means nothing. No part of it is shown."""
    again = "sign in again at SleepConnect"
    try:
        head, claims, signature = given.strip().split(".")
        wanted = hmac.digest(live.get(SIGNER, "").encode(), f"{head}.{claims}".encode(), "sha256")
        same = hmac.compare_digest(wanted, _bytes(signature))
        said: dict[str, Any] = json.loads(_bytes(claims))
    except (ValueError, binascii.Error):
        return failure("token", f"{TOKEN} holds no token", f"copy the cookie's whole value into {TOKEN}")
    if not same or not live.get(SIGNER):
        cause = f"it was signed with another {SIGNER} than the live function has"
        return failure("token", cause, commands.auth0_sync(environment))
    if not isinstance(said.get("exp"), int | float) or said["exp"] <= now:
        return failure("token", "it has expired, or does not say when it does", again)
    if not said.get("tenant_id"):
        fix = f"give the user a tenant in SleepConnect, then {again}"
        return failure("token", "it names no tenant_id: the API answers 400", fix)
    return ok("token", f"good for {(said['exp'] - now) / 60:.0f} minutes, and it names a tenant")


def _bytes(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _forwards(scene: Scene, behaviour: Mapping[str, Any]) -> bool:
    policy = cloudfront.origin_request_policy(scene.subject.aws, behaviour.get("OriginRequestPolicyId"))
    return (policy.get("CookiesConfig") or {}).get("CookieBehavior") in ("all", "allExcept")
