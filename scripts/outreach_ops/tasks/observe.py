"""What the site's functions say, and what is wrong with it: logs, insights, diagnose."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from invoke.tasks import task

from outreach_ops import output
from outreach_ops.interrupt import Interrupted
from outreach_ops.tasks.support import APP, ENV, announce, checkout, query, seconds

if TYPE_CHECKING:
    from outreach_ops.logs import Source

FUNCTION = "whose log: server, image, revalidation or initialization"
OF = "sleepconnect for the parent application's function"
SINCE = "how far back, like 90s, 10m or 1h"


@task(
    help={
        "env": ENV,
        "follow": "go on with every new line until Ctrl-C",
        "since": SINCE,
        "filter": "only lines with this text in them, as it stands",
        "function": FUNCTION,
        "app": OF,
        "json": "print each line as JSON",
    }
)
@query
def logs(
    _c: Any,
    env: str = "",
    follow: bool = False,
    since: str = "10m",
    filter: str = "",
    function: str = "server",
    app: str = "",
    json: bool = False,
) -> None:
    """Show what a function has written, every version of it, with the secrets taken out."""
    from outreach_ops import logs as site_logs  # noqa: PLC0415

    found, begin = _opened(env, app, function, since)
    shown = found.dumped if json else found.shown
    try:
        for event in (site_logs.follow if follow else site_logs.read)(found, begin, filter):
            print(shown(event), flush=True)
            if output.error() is not None:
                # Nobody reads on, and with --follow there would be no end.
                break
    except Interrupted:
        if not follow:
            raise
    else:
        print(f"that is all that {found.log.function} has written in the last {since}", file=sys.stderr)


@task(
    help={
        "env": ENV,
        "query": "api-routes or errors: the production checklist's",
        "since": SINCE,
        "function": FUNCTION,
        "app": OF,
        "json": "print JSON",
    }
)
@query
def insights(
    _c: Any,
    env: str = "",
    query: str = "",
    since: str = "1h",
    function: str = "server",
    app: str = "",
    json: bool = False,
) -> None:
    """Ask CloudWatch Logs Insights one of the checklist's queries; AWS charges by what it scans."""
    from outreach_ops import logs as site_logs  # noqa: PLC0415

    found, begin = _opened(env, app, function, since)
    answer = site_logs.insights(found, query, begin)
    print("\n".join(site_logs.render(answer, json)))
    size = answer.scanned_bytes / 1024
    print(f"{len(answer.rows)} lines of {found.log.group}; {size:.0f} KB scanned", file=sys.stderr)


def _opened(env: str, app: str, function: str, since: str) -> tuple[Source, float]:
    """The log that is meant, and from when on it is read."""
    from outreach_ops import logs as site_logs  # noqa: PLC0415
    from outreach_ops.settings import load_site  # noqa: PLC0415

    announce()
    begin = time.time() - seconds("since", since)
    return site_logs.source(load_site(env), app, function), begin


@task(
    help={
        "env": ENV,
        "symptom": "what is seen: 502, 400, 401, 404, 500, 6mb, build or logout; all without it",
        "since": "how far back the logs are looked at, like 90s, 10m or 1h",
        "app": APP,
        "sleepconnect": "its checkout, instead of the inventory's; looked at when requests are lost there",
        "json": "print JSON",
    }
)
@query
def diagnose(
    _c: Any,
    env: str = "",
    symptom: str = "",
    since: str = "1h",
    app: str = "",
    sleepconnect: str = "",
    json: bool = False,
) -> None:
    """Find the cause of what somebody sees, and say the command that mends it; reads only."""
    from outreach_ops import finding  # noqa: PLC0415
    from outreach_ops.diagnose import scene, symptoms  # noqa: PLC0415
    from outreach_ops.settings import load_site  # noqa: PLC0415

    announce()
    looks = symptoms.chosen(symptom)
    settings = load_site(env)
    parent = checkout(sleepconnect, settings.sleepconnect.app)
    seen = scene.look(settings, checkout(app, settings.site.app), parent, seconds("since", since))
    findings = symptoms.run(seen, looks)
    print(finding.to_json(findings) if json else "\n".join(finding.render(findings)))
    finding.require(findings)
