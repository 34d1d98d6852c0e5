"""The table of releases, and import."""

from __future__ import annotations

from typing import Any

from invoke.tasks import task

from outreach_ops.tasks.support import ENV, PLAN, WAIT, announce, command, number, query, seconds
from outreach_ops.terminal import plain


@task(default=True, help={"env": ENV, "json": "print JSON"})
@query
def table(_c: Any, env: str = "", json: bool = False) -> None:
    """List every release and rollback, newest first, and which one is live."""
    from outreach_ops.settings import load_site  # noqa: PLC0415
    from outreach_ops.site import releases as site_releases  # noqa: PLC0415

    announce()
    for line in site_releases.render(site_releases.table(load_site(env)), json):
        print(plain(line))


@task(
    name="import",
    help={
        "env": ENV,
        "last": "how many of the newest versions; the one that is live always is",
        "plan": PLAN,
        "lock-wait": WAIT,
    },
)
@command
def bring(c: Any, env: str = "", last: str = "5", plan: bool = False, lock_wait: str = "") -> None:
    """Record versions made before this tool, with their code and files, so that one can roll back to them."""
    from outreach_ops.console import Console  # noqa: PLC0415
    from outreach_ops.release import work  # noqa: PLC0415
    from outreach_ops.release.imports.command import run  # noqa: PLC0415
    from outreach_ops.release.operation import Manner  # noqa: PLC0415
    from outreach_ops.settings import load_site  # noqa: PLC0415

    announce()
    manner = Manner(seconds("lock-wait", lock_wait), plan or c.config.run.dry)
    desk = work.at(load_site(env), Console(), manner.plan_only)
    done = run(desk, max(1, number("last", last) or 1), manner)
    print(f"imported: {', '.join(done) or 'nothing'}")
