"""The local AWS: start, stop, status, reset, env."""

from __future__ import annotations

import os
from typing import Any

from invoke.tasks import task

from outreach_ops.tasks.support import command, query


@task
@command
def start(_c: Any) -> None:
    """Start the local AWS on 127.0.0.1; what it held when it was stopped is there again."""
    from outreach_ops.sandbox import local  # noqa: PLC0415

    print("\n".join(local.describe(local.start())))


@task
@command
def stop(_c: Any) -> None:
    """Stop the local AWS and keep what it holds."""
    from outreach_ops.sandbox import local  # noqa: PLC0415

    local.stop()
    print("the local AWS is stopped; its state is kept (invoke sandbox.start)")


@task(help={"json": "print JSON"})
@query
def status(_c: Any, json: bool = False) -> None:
    """Say whether the local AWS runs, and where its sites are."""
    from outreach_ops.sandbox import local  # noqa: PLC0415

    print("\n".join(local.report(json)))


@task
@command
def reset(_c: Any) -> None:
    """Stop the local AWS and forget everything that it held."""
    from outreach_ops.sandbox import local  # noqa: PLC0415

    local.reset()
    print("the local AWS is stopped and empty (invoke sandbox.start)")


@task
@query
def env(_c: Any) -> None:
    """Print the AWS variables of the local AWS, for eval "$(invoke sandbox.env)"."""
    from outreach_ops.sandbox import local  # noqa: PLC0415

    print(local.shell(os.environ))
