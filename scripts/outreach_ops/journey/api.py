"""API routes: they run in Outreach, know the user, and refuse whoever is none (tests 1 and 2)."""

from __future__ import annotations

import json
import sys
import time

from outreach_ops import commands
from outreach_ops.aws.errors import AwsError
from outreach_ops.aws.functions import Function
from outreach_ops.aws.logs import Log
from outreach_ops.finding import Finding, failure, ok, warning
from outreach_ops.journey.traveller import Journey
from outreach_ops.proof.answers import Response

LOGGED = ("[TEMPLATES API] START", "Calling Lambda")
LOG_SECONDS = 60.0
LOST_SECONDS = 15.0
"""Where no data came back nothing is expected in the log, and nobody waits long for it."""
PAUSE_SECONDS = 2.0


def templates(journey: Journey) -> list[Finding]:
    """The user's own data comes back, and Outreach's log shows that its route ran."""
    path = journey.settings.verify.templates
    if not path:
        return []
    if journey.settings.verify.user is None:
        return [warning("tenant data", "verify_user is not in the inventory", "write a test tenant there")]
    since = time.time()
    answer = journey.enters.fetch(path, headers=journey.signed_in())
    found = judge_templates(path, answer, journey.settings.verify.user.tenant_id, _look(journey))
    print("  API log: waits for its lines ...", file=sys.stderr, flush=True)
    return [found, _logged(journey, since, LOG_SECONDS if found.level == "ok" else LOST_SECONDS)]


def _look(journey: Journey) -> str:
    return commands.sleepconnect_check(journey.settings.site.environment)


def judge_templates(path: str, answer: Response, tenant: str, look: str) -> Finding:
    """Test 2: data of the tenant; the checklist's issues 1 to 3 are named. `look` is the command for them."""
    body = answer.text.strip()[:120]
    if answer.status == 400:
        cause = f"{path} answers 400 ({body}): the user's context did not reach the API: issue 2"
        return failure("tenant data", cause, f"{look}: API calls must go through Outreach")
    if answer.status == 401:
        cause = f"{path} answers 401 to a token that Outreach's own secret signed: its cookie did not arrive"
        return failure("tenant data", cause, "forward all cookies at each CloudFront on the way")
    if answer.status == 502:
        cause = f"{path} answers 502 ({body}): the API behind Outreach, or a rewrite past it: issue 1"
        return failure("tenant data", cause, f"{look}, then API_BASE_URL in env.show")
    try:
        data = json.loads(answer.body)["data"]
    except (ValueError, KeyError, TypeError):
        data = None
    if answer.status != 200 or not isinstance(data, list):
        # Not its text: what answers 200 may be a clinic's.
        kind = answer.headers.get("content-type", "nothing")
        cause = f"{path} answers {answer.status} with {len(answer.body)} bytes of {kind}, and no list of data"
        return failure("tenant data", cause, f"curl -v {path} with the cookie of a user")
    strangers = {str(each.get("tenantId")) for each in data if each.get("tenantId") not in (None, tenant)}
    if strangers:
        return failure("tenant data", f"{path} has data of another tenant", "stop, and look at the API")
    return ok("tenant data", f"{path} answers {len(data)} templates of the tenant")


def _logged(journey: Journey, since: float, seconds: float) -> Finding:
    """Test 1: the lines that the route writes, looked for until they appear."""
    wanted = journey.settings.lambda_
    live = Function(journey.aws.api("lambda"), wanted.server_name).configuration(wanted.alias)
    if live is None:
        return failure("API log", f"{wanted.server_name} has no alias {wanted.alias}", "deploy first")
    log = Log(journey.aws.api("logs"), live.log_group, wanted.server_name)
    lacking = list(LOGGED)
    deadline = time.monotonic() + seconds
    while lacking and time.monotonic() < deadline:
        try:
            said = list(log.lines(live.version, since - 1))
        except AwsError as error:
            return warning("API log", f"could not be read: {error.cause}", error.fix)
        if lacking := [each for each in LOGGED if not any(each in line for line in said)]:
            time.sleep(PAUSE_SECONDS)
    if lacking:
        cause = f"{wanted.server_name} has not logged {' or '.join(lacking)}: its route did not run"
        return failure("API log", cause, commands.logs(journey.settings.site.environment, "server"))
    return ok("API log", f"{wanted.server_name} has logged {' and '.join(LOGGED)}")


def refusals(journey: Journey) -> list[Finding]:
    """No token, one signed by somebody else and one that has ended are all 401, and no error page."""
    path = journey.settings.verify.templates
    if not path:
        return []
    who = {
        "no token": {},
        "bad token": journey.signed_in(secret="not-the-secret"),  # noqa: S106
        "expired token": journey.signed_in(seconds=-60),
    }
    return [
        judge_refusal(name, path, journey.enters.fetch(path, headers=headers), _look(journey))
        for name, headers in who.items()
    ]


def judge_refusal(name: str, path: str, answer: Response, look: str) -> Finding:
    """Anything but 401 lets somebody in, or hides who refused."""
    if answer.status == 401:
        return ok(name, f"{path} answers 401")
    if answer.status < 300:
        return failure(
            name, f"{path} answers {answer.status}: it lets in whoever asks", "stop, and look at it"
        )
    cause = f"{path} answers {answer.status} where Outreach answers 401: somebody else answered"
    return failure(name, cause, look)
