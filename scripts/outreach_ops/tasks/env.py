"""Variables: show, check-ignored."""

from __future__ import annotations

import sys
from typing import Any

from invoke.tasks import task

from outreach_ops.tasks.support import announce, application, command

ENV = "the environment: a folder of inventories/"
APP = "the application's checkout, instead of the inventory's"


@task(help={"env": ENV, "app": APP, "json": "print JSON"})
@command
def show(_c: Any, env: str = "", app: str = "", json: bool = False) -> None:
    """List every variable: source, kind, whether it is there, and a fingerprint instead of its value."""
    from outreach_ops import env_show  # noqa: PLC0415
    from outreach_ops.checks.subject import look  # noqa: PLC0415
    from outreach_ops.settings import load_site  # noqa: PLC0415

    announce()
    settings = load_site(env)
    seen = look(settings, application(app, settings.site.app))
    print("\n".join(env_show.listing(settings, seen.found, seen.live["server"], json)))
    for warning in seen.found.warnings:
        print(f"warning: {warning}", file=sys.stderr)
