"""The logs of a site's functions, and of the parent application's: read, followed, asked."""

from __future__ import annotations

import dataclasses
import datetime
import json
import time
from collections.abc import Callable, Iterator, Sequence

from outreach_ops import commands
from outreach_ops.aws.errors import DENIED, AwsError
from outreach_ops.aws.functions import Function
from outreach_ops.aws.logs import MISSING, Answer, Event, Log
from outreach_ops.aws.session import connect
from outreach_ops.errors import OpsError, UsageError
from outreach_ops.roles import ROLES, name_of
from outreach_ops.settings.model import Settings
from outreach_ops.terminal import plain
from outreach_ops.variables import values
from outreach_ops.variables.values import Environment

PARENT = "sleepconnect"
QUERIES = {
    "api-routes": """fields @timestamp, @message
| filter @message like /TEMPLATES API/
| sort @timestamp desc
| limit 100""",
    "errors": """fields @timestamp, @message
| filter @message like /ERROR|Failed/
| sort @timestamp desc
| limit 50""",
}
"""The production checklist's, by name; its `or` is one pattern here, which the local AWS knows too."""

POLL_SECONDS = 2.0
LATE_SECONDS = 15.0
"""How much later than it was written a line may be found."""
QUERY_SECONDS = 120.0


@dataclasses.dataclass(frozen=True)
class Source:
    """One function's log, and the values that its lines may hold and nobody may see."""

    log: Log
    hidden: Environment

    def shown(self, event: Event) -> str:
        """A line for people: when, by which version, what."""
        at = datetime.datetime.fromtimestamp(event.at / 1000, datetime.UTC)
        return f"{at:%Y-%m-%d %H:%M:%S} [{event.version}] {plain(self.hidden.mask(event.message))}"

    def dumped(self, event: Event) -> str:
        """The same for scripts, as one line of JSON."""
        at = datetime.datetime.fromtimestamp(event.at / 1000, datetime.UTC).isoformat()
        message = self.hidden.mask(event.message)
        return json.dumps({"at": at, "version": event.version, "message": message})


def source(settings: Settings, app: str, function: str) -> Source:
    """The log of a function of the site, or of the parent application; raises OpsError that names it."""
    name = function_name(settings, app, function)
    aws = connect(settings.site.account_id, settings.site.region).read_only()
    asked = Function(aws.api("lambda"), name)
    found = asked.configuration()
    if found is None:
        fix = commands.provision(settings.site.environment)
        if app == PARENT:
            fix = f"correct sleepconnect_function_name in the inventory of {settings.site.environment}"
        raise OpsError(f"the function {name} does not exist", fix)
    log = Log(aws.api("logs"), found.log_group, name)
    return Source(log, hidden(settings, app, [found.environment, *_earlier(asked)]))


def hidden(settings: Settings, app: str, environments: Sequence[Environment]) -> Environment:
    """What no line may show: also a secret that was rotated, while lines with the old one are still there."""
    # The parent's variables are not in our inventory: none of its longer values shows.
    each = [
        of.of_length(values.SHORTEST_UNKNOWN) if app == PARENT else values.private(settings, of)
        for of in environments
    ]
    return Environment(
        {f"{name} {at}": value for at, held in enumerate(each) for name, value in held.items()}
    )


def _earlier(function: Function) -> tuple[Environment, ...]:
    try:
        return function.environments()
    except AwsError as error:
        if error.code not in DENIED:
            raise
        return ()


def function_name(settings: Settings, app: str, function: str) -> str:
    """The name of the function that is meant; raises UsageError that lists what there is."""
    ours = settings.site.project
    if app not in ("", ours, PARENT):
        raise UsageError(f"--app={app} is no application", f"choose one: --app={ours}, --app={PARENT}")
    names: dict[str, str] = {role: name_of(settings, role) for role in reversed(ROLES)}
    if app == PARENT:
        names = {"server": settings.sleepconnect.function_name}
    if not names.get(function):
        there = ", ".join(f"--function {name}" for name, value in names.items() if value)
        raise UsageError(
            f"{app or ours} has no {function} function in the inventory of {settings.site.environment}",
            f"choose one: {there}" if there else "write sleepconnect_function_name there",
        )
    return names[function]


def read(found: Source, since: float, text: str) -> Iterator[Event]:
    """The lines since then, oldest first; none when the function has written nothing yet."""
    try:
        yield from found.log.events(since, text)
    except AwsError as error:
        if error.code != MISSING:
            raise


def follow(
    found: Source, since: float, text: str, sleep: Callable[[float], None] = time.sleep
) -> Iterator[Event]:
    """The lines since then and every later one, each once; it ends only from outside."""
    newest, seen = since, dict[str, int]()
    while True:
        # Each time a little of what was read before: lines arrive late.
        for event in read(found, max(since, newest - LATE_SECONDS), text):
            if event.identity not in seen:
                seen[event.identity] = event.at
                newest = max(newest, event.at / 1000)
                yield event
        oldest = (newest - 2 * LATE_SECONDS) * 1000
        seen = {identity: at for identity, at in seen.items() if at >= oldest}
        sleep(POLL_SECONDS)


def insights(found: Source, name: str, since: float, sleep: Callable[[float], None] = time.sleep) -> Answer:
    """What the query `name` finds in what was written since then; raises OpsError when it does not end."""
    if name not in QUERIES:
        raise UsageError(
            f"--query={name} is no query", f"choose one: {', '.join(f'--query {q}' for q in QUERIES)}"
        )
    try:
        asked = found.log.ask(QUERIES[name], since, time.time())
    except AwsError as error:
        if error.code != MISSING:
            raise
        return Answer("Complete", (), 0)
    for _ in range(int(QUERY_SECONDS / POLL_SECONDS)):
        answer = found.log.answer(asked)
        if answer.status not in ("Scheduled", "Running"):
            break
        sleep(POLL_SECONDS)
    if answer.status != "Complete":
        raise OpsError(
            f"the query {name} over {found.log.group}: {answer.status}", "ask again with a shorter --since"
        )
    rows = ({field: found.hidden.mask(value).rstrip() for field, value in row.items()} for row in answer.rows)
    return dataclasses.replace(answer, rows=tuple(rows))


def render(answer: Answer, as_json: bool) -> list[str]:
    """The rows for people, or JSON for scripts."""
    if as_json:
        return [json.dumps({"rows": answer.rows, "scanned_bytes": answer.scanned_bytes}, indent=2)]
    lines = [f"{row.get('@timestamp', '')}  {plain(row.get('@message', ''))}" for row in answer.rows]
    return lines or ["nothing was found"]
