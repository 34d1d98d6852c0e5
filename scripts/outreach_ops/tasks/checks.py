"""Doctor, pre-deploy-check, verify."""

from __future__ import annotations

from typing import Any

from invoke.tasks import task

from outreach_ops.tasks.support import APP, ENV, announce, application, checkout, query


@task(help={"env": ENV, "app": APP, "json": "print JSON"})
@query
def doctor(_c: Any, env: str = "", app: str = "", json: bool = False) -> None:
    """Say whether this machine can deploy: tools, credentials, the application's versions."""
    from outreach_ops import finding  # noqa: PLC0415
    from outreach_ops.checks import doctor  # noqa: PLC0415
    from outreach_ops.settings import load_site  # noqa: PLC0415

    announce()
    settings = load_site(env)
    findings = doctor.run(settings, checkout(app, settings.site.app))
    print(finding.to_json(findings) if json else "\n".join(finding.render(findings)))
    finding.require(findings)


@task(help={"env": ENV, "app": APP, "json": "print JSON"})
@query
def pre_deploy_check(_c: Any, env: str = "", app: str = "", json: bool = False) -> None:
    """Say what would keep a deploy from being good, each with its cause and one fix; reads only."""
    from outreach_ops import finding  # noqa: PLC0415
    from outreach_ops.checks import preflight  # noqa: PLC0415
    from outreach_ops.checks.subject import unseen  # noqa: PLC0415
    from outreach_ops.settings import load_site  # noqa: PLC0415

    announce()
    settings = load_site(env)
    findings = preflight.whole(unseen(settings, application(app, settings.site.app)))
    print(finding.to_json(findings) if json else "\n".join(finding.render(findings)))
    finding.require(findings)


@task(help={"env": ENV, "through": "sleepconnect: enter where users do", "json": "print JSON"})
@query
def verify(_c: Any, env: str = "", through: str = "", json: bool = False) -> None:
    """Make the checklist's tests of the whole path: API, user, files, sizes, a browser; reads only."""
    from outreach_ops import finding  # noqa: PLC0415
    from outreach_ops.journey import verify  # noqa: PLC0415
    from outreach_ops.settings import load_site  # noqa: PLC0415

    announce()
    findings = verify.run(verify.begin(load_site(env), through))
    print(finding.to_json(findings) if json else "\n".join(finding.render(findings)))
    finding.require(findings)
