"""Deploy, releases, rollback."""

from __future__ import annotations

from typing import Any

from invoke.tasks import task

from outreach_ops.tasks.support import announce, application, command, number

ENV = "the environment: a folder of inventories/"


@task(
    help={
        "env": ENV,
        "app": "the application's checkout, instead of the inventory's",
        "skip-build": "release the newest artifact as it is",
        "rebuild": "build again although the inputs have not changed",
        "verbose": "show the whole output of the build",
        "unset": "a variable to remove, which live has and nobody sets any more; may be repeated",
        "yes": "do not ask before production is changed: for CI",
    },
    iterable=["unset"],
)
@command
def deploy(
    _c: Any,
    env: str = "",
    app: str = "",
    skip_build: bool = False,
    rebuild: bool = False,
    verbose: bool = False,
    unset: tuple[str, ...] = (),
    yes: bool = False,
) -> None:
    """Build the application if it has changed, and make it live without a failed request."""
    from outreach_ops import build, release  # noqa: PLC0415
    from outreach_ops.console import Console  # noqa: PLC0415
    from outreach_ops.settings import load_site  # noqa: PLC0415

    announce()
    settings = load_site(env)
    options = build.Options(skip_build, rebuild, verbose)
    release.deploy(settings, application(app, settings.site.app), options, Console(), unset, yes)


@task(
    help={
        "env": ENV,
        "version": "the server function's version number",
        "tag": "the release's tag, like v0.1.5",
    }
)
@command
def rollback(_c: Any, env: str = "", version: str = "", tag: str = "") -> None:
    """Make an earlier release live again: code, variables, public files and pages at the edge as one."""
    from outreach_ops import release  # noqa: PLC0415
    from outreach_ops.console import Console  # noqa: PLC0415
    from outreach_ops.settings import load_site  # noqa: PLC0415

    announce()
    choice = release.Choice(number("version", version), tag or None)
    release.rollback(load_site(env), choice, Console())


@task(help={"env": ENV, "json": "print JSON"})
@command
def releases(_c: Any, env: str = "", json: bool = False) -> None:
    """List every release and rollback, newest first, and which one is live."""
    from outreach_ops import release  # noqa: PLC0415
    from outreach_ops.settings import load_site  # noqa: PLC0415

    announce()
    for line in release.render(release.table(load_site(env)), json):
        print(line)
