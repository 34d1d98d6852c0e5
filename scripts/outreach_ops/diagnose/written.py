"""Causes that the functions themselves write into their logs."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from outreach_ops import commands
from outreach_ops.aws.logs import Event
from outreach_ops.diagnose.scene import Scene
from outreach_ops.finding import Finding, Level, ok, warning
from outreach_ops.roles import Role
from outreach_ops.variables import values

SHOWN = 160
"""Characters of a line that are shown."""


@dataclasses.dataclass(frozen=True)
class Known:
    """A line that tells a cause; `fix` may name the {environment}."""

    pattern: re.Pattern[str]
    cause: str
    fix: str
    level: Level = "failure"


def _known(pattern: str, cause: str, fix: str) -> Known:
    return Known(re.compile(pattern), cause, fix)


MODULE = _known(
    r"Cannot find (?:module|package) '(?P<name>[^']+)'",
    "the package lacks the module {name}, which pnpm links and the package must hold",
    "invoke deploy --env={environment} --rebuild",
)
SIGNATURE = _known(
    r"JWT signature verification failed|JWSSignatureVerificationFailed|signature verification failed|"
    r"AUTH0_CLIENT_SECRET is not set",
    "tokens are signed with another AUTH0_CLIENT_SECRET than the live function has",
    "invoke auth0.sync --env={environment}",
)
EXPIRED = _known(
    r"JWTExpired|jwt expired|\"exp\" claim timestamp check failed",
    "tokens had expired when they were used",
    "sign in again at SleepConnect; when it recurs, compare its clock and token lifetime",
)
SIZE = _known(
    r"6291456|[Rr]esponse payload size exceeded|RequestEntityTooLarge|Runtime\.ResponseSizeTooLarge",
    "an answer was larger than the 6 MB that Lambda passes on; CloudFront compresses only what it is given",
    'set wrapper: "aws-lambda-compressed" in open-next.config.ts and deploy, or page the answer',
)
UPSTREAM = _known(
    r"\[TEMPLATES API\] FAILED: (?P<name>.*)",
    "the clinics' API behind Outreach failed: {name}",
    "look whether API_BASE_URL is right and answers: invoke env.show --env={environment}",
)
TENANT = _known(
    r"Invalid or missing tenant_id",
    "a request came without a tenant, so its token had none",
    "give the user a tenant in SleepConnect, then sign in again",
)
ENDED = _known(
    r"Runtime exited|Runtime\.[A-Z]\w+|Task timed out after|\bStatus: (?:error|timeout)\b",
    "the function ended before it had answered",
    "invoke releases --env={environment}, then roll back: invoke rollback --env={environment} --version N",
)
ERROR = _known(
    r"\tERROR\t|\"level\": ?\"(?:ERROR|FATAL)\"",
    "the application logged an error",
    "invoke logs --env={environment}, then roll back: invoke rollback --env={environment} --version N",
)
SHARP = _known(
    r"Could not load the \"sharp\" module|Cannot find (?:module|package) '(?:sharp|@img/)",
    "the image function has no sharp for its processor",
    "set imageOptimization.install in open-next.config.ts, then: invoke deploy --env={environment} --rebuild",
)
DENIED = _known(
    r"AccessDenied|not authorized to perform",
    "AWS refuses the function what it needs",
    "ansible-playbook provision.yml -i inventories/{environment}; for the bucket ask the role's owner",
)
IMAGE = _known(
    r"Failed to optimize image",
    "an image could not be made",
    "invoke logs --env={environment} --function image",
)
RENEWAL = Known(
    re.compile(r"Failed to revalidate|Error revalidating page"),
    "a cached page could not be renewed, and stays as it is until a later attempt",
    "invoke logs --env={environment} --function revalidation",
    level="warning",
)


def judge(check: str, known: Sequence[Known], events: Sequence[Event], environment: str) -> Finding:
    """The first known cause in this order; one log line may tell several, the most telling comes first."""
    for each in known:
        hits = [(event, found) for event in events if (found := each.pattern.search(event.message))]
        if hits:
            event, found = hits[-1]
            words = {name: value for name, value in found.groupdict().items() if value}
            line = event.message.strip().replace("\n", " ").replace("\t", " ")[:SHOWN]
            cause = f"{each.cause.format(**words)} ({len(hits)} times, version {event.version}: {line})"
            return Finding(check, each.level, cause, each.fix.format(environment=environment))
    return ok(check, f"{len(events)} lines of the live version name no such cause")


def look(scene: Scene, check: str, known: Sequence[Known], role: Role = "server") -> Finding:
    """The causes in a function's log; one without lines proves nothing where each request is written."""
    events = scene.written.get(role, ())
    if not events and role != "server":
        return ok(check, f"the {role} function has written nothing in the time that was looked at")
    if not events:
        return warning(
            check,
            "the live version has written nothing in the time that was looked at",
            f"repeat what failed, then: {commands.diagnose(scene.environment)}",
        )
    hidden = values.private(scene.settings, scene.subject.live[role])
    masked = [dataclasses.replace(event, message=hidden.mask(event.message)) for event in events]
    return judge(check, known, masked, scene.environment)
