"""The parent application: configure, check, redeploy, rollback."""

from __future__ import annotations

from typing import Any

from invoke.tasks import task

from outreach_ops.tasks import support
from outreach_ops.tasks.support import ENV, announce, command, query

APP = "SleepConnect's checkout, instead of the inventory's"


@task(
    help={
        "env": ENV,
        "app": APP,
        "url": "where Outreach is, instead of its domain",
        "plan": "read only: show what would be done",
        "yes": "do not ask before production is changed",
    }
)
@command
def configure(
    c: Any, env: str = "", app: str = "", url: str = "", plan: bool = False, yes: bool = False
) -> None:
    """Set where Outreach is in SleepConnect's env file and on its function; its next build reads it."""
    from outreach_ops import confirm  # noqa: PLC0415
    from outreach_ops.console import Console  # noqa: PLC0415
    from outreach_ops.settings import load_site  # noqa: PLC0415
    from outreach_ops.sleepconnect import checkout, configure  # noqa: PLC0415

    announce()
    settings = load_site(env)
    where = checkout.find(settings, support.checkout(app, settings.sleepconnect.app))
    only_plan = plan or c.config.run.dry
    if not only_plan:
        confirm.confirm(settings, yes)
    configure.configure(settings, where, url, Console(), only_plan)


@task(help={"env": ENV, "app": APP, "yes": "do not ask before production is changed"})
@command
def redeploy(c: Any, env: str = "", app: str = "", yes: bool = False) -> None:
    """Run SleepConnect's own pipeline, so that it serves what it was told by sleepconnect.configure."""
    _run("deploy", env, app, yes, c.config.run.dry)


@task(help={"env": ENV, "app": APP, "yes": "do not ask before production is changed"})
@command
def rollback(c: Any, env: str = "", app: str = "", yes: bool = False) -> None:
    """Run the way back of SleepConnect's own pipeline."""
    _run("rollback", env, app, yes, c.config.run.dry)


def _run(deed: Any, env: str, app: str, yes: bool, dry: bool) -> None:
    from outreach_ops import confirm  # noqa: PLC0415
    from outreach_ops.console import Console  # noqa: PLC0415
    from outreach_ops.settings import load_site  # noqa: PLC0415
    from outreach_ops.sleepconnect import checkout, pipeline  # noqa: PLC0415

    announce()
    settings = load_site(env)
    wanted = pipeline.needed(settings, deed)
    hidden = pipeline.told_by(settings, wanted)
    local = wanted.runs == "command"
    where = checkout.find(settings, support.checkout(app, settings.sleepconnect.app)) if local else None
    if dry:
        print(f"would run SleepConnect's own pipeline ({wanted.runs}): {getattr(wanted, deed)}")
        return
    confirm.confirm(settings, yes)
    pipeline.run(settings, where, deed, Console(), hidden)


@task(help={"env": ENV, "app": APP, "json": "print JSON"})
@query
def check(_c: Any, env: str = "", app: str = "", json: bool = False) -> None:
    """Say whether SleepConnect passes requests on as it must: configured, built and live; reads only."""
    from outreach_ops import finding  # noqa: PLC0415
    from outreach_ops.aws.session import connect  # noqa: PLC0415
    from outreach_ops.settings import load_site  # noqa: PLC0415
    from outreach_ops.sleepconnect import check, checkout  # noqa: PLC0415

    announce()
    settings = load_site(env)
    where = checkout.find(settings, support.checkout(app, settings.sleepconnect.app))
    aws = connect(settings.site.account_id, settings.site.region).read_only()
    findings = check.run(aws, settings, where)
    print(finding.to_json(findings) if json else "\n".join(finding.render(findings)))
    finding.require(findings)
