"""Variables: show, check-ignored."""

from __future__ import annotations

import os
import sys
from typing import Any

from invoke.tasks import task

from outreach_ops.tasks.support import APP, ENV, announce, application, command, query


@task(help={"env": ENV, "app": APP, "json": "print JSON"})
@query
def show(_c: Any, env: str = "", app: str = "", json: bool = False) -> None:
    """List every variable: source, kind, whether it is there, and a fingerprint instead of its value."""
    from outreach_ops.checks.subject import look  # noqa: PLC0415
    from outreach_ops.settings import load_site  # noqa: PLC0415
    from outreach_ops.variables import show  # noqa: PLC0415

    announce()
    settings = load_site(env)
    seen = look(settings, application(app, settings.site.app))
    print("\n".join(show.listing(settings, seen.found, seen.live["server"], json)))
    for warning in seen.found.warnings:
        print(f"warning: {warning}", file=sys.stderr)


@task(help={"env": ENV, "app": APP, "json": "print JSON"})
@query
def check_ignored(_c: Any, env: str = "", app: str = "", json: bool = False) -> None:
    """Say whether git ignores every file that may hold secrets, and has none of them in a commit."""
    from outreach_ops import finding  # noqa: PLC0415
    from outreach_ops.checks import check_ignored as ignored  # noqa: PLC0415
    from outreach_ops.settings import environments, load_site  # noqa: PLC0415
    from outreach_ops.settings.load import ROOT  # noqa: PLC0415

    _without_account()
    # Any environment's inventory names the same checkout.
    settings = load_site(env or environments()[0])
    checkout = application(app, settings.site.app)
    findings = [
        *ignored.check(checkout, secrets=settings.variables.secret),
        *ignored.check(ROOT, ("mise.local.toml",)),
    ]
    print(finding.to_json(findings) if json else "\n".join(finding.render(findings)))
    finding.require(findings)


@task(help={"name": "like qa: its folder, and a part of its domain", "code": "its letter in resource names"})
@command
def new(_c: Any, name: str = "", code: str = "") -> None:
    """Write the inventory of a new environment, with every name by the convention."""
    from outreach_ops import commands, new_environment  # noqa: PLC0415

    _without_account()
    for path in new_environment.write(name, code):
        print(f"wrote {path}")
    print(f"next: read it, then: {commands.provision(name)} --check --diff")


def _without_account() -> None:
    """No call is made, so the inventories may leave the account open."""
    os.environ.setdefault("AWS_ACCOUNT_ID", "0" * 12)
