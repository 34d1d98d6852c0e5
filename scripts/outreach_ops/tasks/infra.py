"""The infrastructure: check."""

from __future__ import annotations

from typing import Any

from invoke.tasks import task

from outreach_ops.tasks.support import ENV, announce, command


@task(help={"env": ENV})
@command
def check(_c: Any, env: str = "") -> None:
    """Say as JSON whether an environment is provisioned, and what is missing; reads only."""
    from outreach_ops import infra  # noqa: PLC0415
    from outreach_ops.aws.session import connect  # noqa: PLC0415
    from outreach_ops.settings import load_site  # noqa: PLC0415

    announce()
    settings = load_site(env)
    report = infra.check(connect(settings.site.account_id, settings.site.region), settings)
    print(report.to_json())
    report.require(settings)
