"""Deploy, releases, rollback."""

from __future__ import annotations

from typing import Any

from invoke.tasks import task

from outreach_ops.tasks.support import (
    ENV,
    PLAN,
    WAIT,
    WATCH,
    announce,
    application,
    command,
    number,
    query,
    seconds,
)
from outreach_ops.terminal import plain


@task(
    help={
        "env": ENV,
        "app": "the application's checkout, instead of the inventory's",
        "skip-build": "release the newest artifact as it is",
        "rebuild": "build again although the inputs have not changed",
        "verbose": "show the whole output of the build",
        "lock-wait": WAIT,
        "plan": PLAN,
        "unset": "a variable to remove, which live has and nobody sets any more; may be repeated",
        "yes": "do not ask before production is changed: for CI",
        "watch": WATCH,
        "full": "look at every file in the bucket, also when this release is live already",
    },
    iterable=["unset"],
)
@command
def deploy(
    c: Any,
    env: str = "",
    app: str = "",
    skip_build: bool = False,
    rebuild: bool = False,
    verbose: bool = False,
    lock_wait: str = "",
    plan: bool = False,
    unset: list[str] | None = None,
    yes: bool = False,
    watch: str = "",
    full: bool = False,
) -> None:
    """Build the application if it has changed, and make it live without a failed request."""
    from outreach_ops.builds import opennext  # noqa: PLC0415
    from outreach_ops.console import Console  # noqa: PLC0415
    from outreach_ops.release import deploy as site_deploy  # noqa: PLC0415
    from outreach_ops.release.operation import Manner  # noqa: PLC0415
    from outreach_ops.settings import load_site  # noqa: PLC0415

    announce()
    settings = load_site(env)
    options = opennext.Options(skip_build, rebuild, verbose)
    manner = Manner(seconds("lock-wait", lock_wait), plan or c.config.run.dry, seconds("watch", watch))
    path = application(app, settings.site.app)
    site_deploy.deploy(settings, path, options, Console(), manner, unset or (), yes, full)


@task(
    help={
        "env": ENV,
        "version": "the server function's version number; without it and --tag the release before",
        "tag": "the release's tag, like v0.1.5",
        "force": "take a release that never passed its checks too",
        "lock-wait": WAIT,
        "plan": PLAN,
        "watch": WATCH,
    }
)
@command
def rollback(
    c: Any,
    env: str = "",
    version: str = "",
    tag: str = "",
    force: bool = False,
    lock_wait: str = "",
    plan: bool = False,
    watch: str = "",
) -> None:
    """Make an earlier release live again: code, variables, public files and pages at the edge as one."""
    from outreach_ops.console import Console  # noqa: PLC0415
    from outreach_ops.release import rollback as site_rollback  # noqa: PLC0415
    from outreach_ops.release.choice import Choice  # noqa: PLC0415
    from outreach_ops.release.operation import Manner  # noqa: PLC0415
    from outreach_ops.settings import load_site  # noqa: PLC0415

    announce()
    choice = Choice(number("version", version), tag or None, force)
    manner = Manner(seconds("lock-wait", lock_wait), plan or c.config.run.dry, seconds("watch", watch))
    site_rollback.rollback(load_site(env), choice, Console(), manner)


@task(help={"env": ENV, "lock-wait": WAIT})
@command
def resume(_c: Any, env: str = "", lock_wait: str = "") -> None:
    """Finish or take back what an interrupted command left, whichever keeps the site whole."""
    from outreach_ops import commands  # noqa: PLC0415
    from outreach_ops.console import Console  # noqa: PLC0415
    from outreach_ops.release import operation, work  # noqa: PLC0415
    from outreach_ops.settings import load_site  # noqa: PLC0415

    announce()
    desk = work.at(load_site(env), Console())
    operation.resume(desk, commands.resume(desk.environment), seconds("lock-wait", lock_wait))


@task(help={"env": ENV, "json": "print JSON"})
@query
def status(_c: Any, env: str = "", json: bool = False) -> None:
    """Say what is live, who changes the site, how the last command ended, and what has drifted."""
    from outreach_ops.settings import load_site  # noqa: PLC0415
    from outreach_ops.site import status as site_status  # noqa: PLC0415

    announce()
    print(plain("\n".join(site_status.render(site_status.of(load_site(env)), json))))
