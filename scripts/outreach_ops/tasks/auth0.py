"""The Auth0 trio of SleepConnect and Outreach: check, sync."""

from __future__ import annotations

from typing import Any

from invoke.tasks import task

from outreach_ops.tasks.support import ENV, WAIT, announce, command, query, seconds


@task(help={"env": ENV, "json": "print JSON"})
@query
def check(_c: Any, env: str = "", json: bool = False) -> None:
    """Compare the three variables that both applications must share, by fingerprint."""
    from outreach_ops import finding  # noqa: PLC0415
    from outreach_ops.settings import load_site  # noqa: PLC0415
    from outreach_ops.sleepconnect import auth0  # noqa: PLC0415

    announce()
    settings = load_site(env)
    parent, ours = auth0.read(settings)
    pairs = auth0.compare(settings, parent, ours)
    print("\n".join(auth0.render(pairs, json)))
    finding.require([auth0.judge(settings, parent, pairs, ours)])


@task(help={"env": ENV, "lock-wait": WAIT, "yes": "do not ask before production is changed"})
@command
def sync(_c: Any, env: str = "", lock_wait: str = "", yes: bool = False) -> None:
    """Release SleepConnect's three variables with the code that is live; they are never shown or stored."""
    from outreach_ops import confirm  # noqa: PLC0415
    from outreach_ops.console import Console  # noqa: PLC0415
    from outreach_ops.release import change  # noqa: PLC0415
    from outreach_ops.release.operation import Manner  # noqa: PLC0415
    from outreach_ops.settings import load_site  # noqa: PLC0415

    announce()
    settings, manner = load_site(env), Manner(seconds("lock-wait", lock_wait))
    confirm.confirm(settings, yes)
    change.sync(settings, Console(), manner)
