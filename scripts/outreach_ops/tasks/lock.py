"""The lease of a site: status, release."""

from __future__ import annotations

from typing import Any

from invoke.tasks import task

from outreach_ops.tasks.support import ENV, announce, command, query
from outreach_ops.terminal import plain


@task(help={"env": ENV})
@query
def status(_c: Any, env: str = "") -> None:
    """Say who changes the site, since when, and until when without renewal."""
    from outreach_ops.settings import load_site  # noqa: PLC0415
    from outreach_ops.site import lease, lock  # noqa: PLC0415

    announce()
    print(plain(lock.describe(*lease.look(load_site(env)))))


@task(help={"env": ENV, "force": "needed: the holder, if it lives, stops before its next write"})
@command
def release(_c: Any, env: str = "", force: bool = False) -> None:
    """Take the lease from its holder; leases expire by themselves, so this is hardly ever needed."""
    from outreach_ops.settings import load_site  # noqa: PLC0415
    from outreach_ops.site import lease  # noqa: PLC0415

    announce()
    print(plain(lease.release(load_site(env), force)))
