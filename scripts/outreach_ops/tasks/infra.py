"""The infrastructure: check."""

from __future__ import annotations

import sys
from typing import Any

from invoke.tasks import task

from outreach_ops.tasks.support import ENV, announce, query


@task(help={"env": ENV, "json": "print the findings as JSON too"})
@query
def check(_c: Any, env: str = "", json: bool = False) -> None:
    """Say as JSON whether an environment is provisioned, what is missing, and what AWS would refuse."""
    from outreach_ops import finding  # noqa: PLC0415
    from outreach_ops.aws.session import connect  # noqa: PLC0415
    from outreach_ops.checks import infra  # noqa: PLC0415
    from outreach_ops.settings import load_site  # noqa: PLC0415

    announce()
    settings = load_site(env)
    report = infra.check(connect(settings.site.account_id, settings.site.region), settings)
    found = infra.findings(report, settings)
    gaps = report.gaps(settings)
    print(report.to_json([*gaps, *found] if json else None))
    told = [*gaps, *(each for each in found if each.level != "ok")]
    if told and not json:
        print("\n".join(finding.render(told)), file=sys.stderr)
    finding.require(found)
    report.require(settings)
