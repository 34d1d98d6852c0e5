"""What is done with releases that exist: promote, prune."""

from __future__ import annotations

from typing import Any

from invoke.tasks import task

from outreach_ops.tasks.support import (
    APP,
    ENV,
    PLAN,
    WAIT,
    WATCH,
    announce,
    application,
    command,
    number,
    seconds,
)


@task(
    help={
        "from": "the environment that has proven the commit",
        "to": "the environment that it goes to",
        "app": APP,
        "lock-wait": WAIT,
        "plan": PLAN,
        "yes": "do not ask before production is changed: for CI",
        "watch": WATCH,
    }
)
@command
def promote(
    c: Any,
    from_: str = "staging",
    to: str = "production",
    app: str = "",
    lock_wait: str = "",
    plan: bool = False,
    yes: bool = False,
    watch: str = "",
) -> None:
    """Deploy to one environment the commit that another has live and proven."""
    from outreach_ops.console import Console  # noqa: PLC0415
    from outreach_ops.release import promote as site_promote  # noqa: PLC0415
    from outreach_ops.release.operation import Manner  # noqa: PLC0415
    from outreach_ops.settings import load_site  # noqa: PLC0415

    announce()
    source, target = load_site(from_), load_site(to)
    manner = Manner(seconds("lock-wait", lock_wait), plan or c.config.run.dry, seconds("watch", watch))
    checkout = application(app, source.site.app)
    site_promote.promote(source, target, checkout, Console(), manner, yes)


@task(
    help={
        "env": ENV,
        "keep": "how many of the newest proven releases stay; live and the release before it always do",
        "plan": PLAN,
        "json": "print what is deleted as JSON; the progress goes to standard error",
        "lock-wait": WAIT,
    }
)
@command
def prune(
    c: Any, env: str = "", keep: str = "10", plan: bool = False, json: bool = False, lock_wait: str = ""
) -> None:
    """Delete the versions and objects that only older releases need, by their manifests and no others."""
    import sys  # noqa: PLC0415
    from json import dumps  # noqa: PLC0415

    from outreach_ops.console import Console  # noqa: PLC0415
    from outreach_ops.release import work  # noqa: PLC0415
    from outreach_ops.release.operation import Manner  # noqa: PLC0415
    from outreach_ops.release.prune.command import prune  # noqa: PLC0415
    from outreach_ops.settings import load_site  # noqa: PLC0415

    announce()
    manner = Manner(seconds("lock-wait", lock_wait), plan or c.config.run.dry)
    kept = number("keep", keep) or 0
    desk = work.at(load_site(env), Console(sys.stderr if json else None), manner.plan_only)
    pruned = prune(desk, kept, manner)
    if json:
        print(dumps(pruned.dump(), indent=2))
