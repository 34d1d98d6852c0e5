"""Secrets: rotate."""

from __future__ import annotations

from typing import Any

from invoke.tasks import task

from outreach_ops.tasks.support import ENV, WAIT, announce, command, seconds


@task(
    help={
        "env": ENV,
        "name": "the shared variable, like TWILIO_AUTH_TOKEN",
        "lock-wait": WAIT,
        "yes": "do not ask before production is changed",
    }
)
@command
def rotate(_c: Any, env: str = "", name: str = "", lock_wait: str = "", yes: bool = False) -> None:
    """Release a new value of a shared variable, read from standard input or the environment."""
    from outreach_ops import confirm  # noqa: PLC0415
    from outreach_ops.console import Console  # noqa: PLC0415
    from outreach_ops.release import change, rotate  # noqa: PLC0415
    from outreach_ops.release.operation import Manner  # noqa: PLC0415
    from outreach_ops.settings import load_site  # noqa: PLC0415

    announce()
    settings, manner = load_site(env), Manner(seconds("lock-wait", lock_wait))
    secret = rotate.secret(settings, name)
    confirm.confirm(settings, yes)
    change.rotate(settings, secret, *rotate.new_value(secret), Console(), manner)
