"""Sizes: many cookies, large bodies, and Lambda's limit called by its name."""

from __future__ import annotations

import json

from outreach_ops.errors import OpsError
from outreach_ops.finding import Finding, failure, ok, warning
from outreach_ops.journey.traveller import Journey
from outreach_ops.proof.answers import Response

COOKIE_BYTES = 8_000
PASSES, REFUSED = 4_000_000, 7_000_000
"""Lambda takes and gives 6 MB (6291556 bytes); CloudFront and SleepConnect may take less."""

FIX = (
    "send more in parts, or to S3 by a presigned URL; "
    "page a large answer, or use OpenNext's wrapper aws-lambda-compressed"
)


def cookies(journey: Journey) -> list[Finding]:
    """8 KB of cookies, as Auth0 sessions have, arrive whole with the user's token behind them."""
    path = journey.settings.verify.templates
    if not path or journey.settings.verify.user is None:
        return []
    answer = journey.enters.fetch(path, headers=journey.signed_in(padding=COOKIE_BYTES))
    if answer.status == 200:
        return [ok("8 KB of cookies", f"{path} answers 200")]
    return [
        failure(
            "8 KB of cookies",
            f"{path} answers {answer.status}: they did not arrive whole",
            "forward all cookies at each CloudFront on the way, and let nothing between take less than 10 KB",
        )
    ]


def bodies(journey: Journey) -> list[Finding]:
    """POST works, 4 MB of JSON pass both ways, and 7 MB fail for the reason that is named."""
    path = journey.settings.verify.echo
    if not path:
        return []
    small = _echo(journey, path, 10)
    found = [_judge_small(path, small)]
    if found[0].level == "ok":
        found += [judge_passing(path, _echo(journey, path, PASSES)), _too_large(journey, path)]
    return found


def _echo(journey: Journey, path: str, size: int) -> Response:
    body = json.dumps({"filling": "x" * size})
    return journey.enters.fetch(path, "POST", {"content-type": "application/json"}, body)


def _judge_small(path: str, answer: Response) -> Finding:
    if answer.status == 200 and "xxxxxxxxxx" in answer.text:
        return ok("POST", f"{path} answers with what was sent")
    fix = "allow POST in each CloudFront behaviour on the way"
    return failure("POST", f"POST {path} answers {answer.status} without what was sent", fix)


def judge_passing(path: str, answer: Response) -> Finding:
    """4 MB are below every documented limit."""
    if answer.status == 200 and len(answer.body) > PASSES:
        return ok("4 MB of JSON", f"{path} takes and gives them")
    return failure("4 MB of JSON", f"{path} answers {answer.status} with {len(answer.body)} bytes", FIX)


def _too_large(journey: Journey, path: str) -> Finding:
    try:
        return judge_too_large(path, _echo(journey, path, REFUSED))
    except OpsError as error:
        # Whoever refuses a body while it is being sent may close the connection.
        return ok(
            "7 MB of JSON", f"the connection was closed: Lambda's limit of 6 MB; {FIX} ({error.cause[:80]})"
        )


def judge_too_large(path: str, answer: Response) -> Finding:
    """What AWS answers to more than Lambda takes, which users see as an error without a reason."""
    name = "7 MB of JSON"
    if answer.status in (413, 502):
        return ok(name, f"{path} answers {answer.status}: Lambda's limit of 6 MB; {FIX}")
    if answer.status == 200:
        return warning(name, f"{path} answers 200: not Lambda answered, which takes 6 MB", "look who did")
    return failure(
        name, f"{path} answers {answer.status}, which is not how Lambda's limit of 6 MB looks", FIX
    )
