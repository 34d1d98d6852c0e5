"""The secret between CloudFront and the functions: rotate."""

from __future__ import annotations

from typing import Any

from invoke.tasks import task

from outreach_ops.tasks.support import ENV, PLAN, WAIT, announce, command, seconds


@task(help={"env": ENV, "lock-wait": WAIT, "plan": PLAN, "yes": "do not ask before production is changed"})
@command
def rotate(c: Any, env: str = "", lock_wait: str = "", plan: bool = False, yes: bool = False) -> None:
    """Change the secret by which the functions know CloudFront, in three steps without a failed request."""
    from outreach_ops import confirm  # noqa: PLC0415
    from outreach_ops.console import Console  # noqa: PLC0415
    from outreach_ops.release import origin_rotate  # noqa: PLC0415
    from outreach_ops.release.operation import Manner  # noqa: PLC0415
    from outreach_ops.settings import load_site  # noqa: PLC0415

    announce()
    settings = load_site(env)
    manner = Manner(seconds("lock-wait", lock_wait), plan or c.config.run.dry)
    confirm.confirm(settings, yes or manner.plan_only)
    origin_rotate.rotate(settings, Console(), manner)
