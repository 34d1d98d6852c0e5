"""The local AWS as benches need it: slowed down, and changed by commands that have to succeed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from support.local import LocalAws


def succeed(aws: LocalAws, *command: str) -> str:
    """Runs a command of the toolkit that has to succeed; what it printed."""
    done = aws.run(*command)
    if done.returncode != 0:
        raise RuntimeError(done.stdout + done.stderr)
    return done.stdout


@contextlib.contextmanager
def delayed(aws: LocalAws, delay_ms: int) -> Iterator[None]:
    """Every call takes so much longer."""
    aws.faults(*([{"delay_ms": delay_ms}] if delay_ms else []))
    try:
        yield
    finally:
        aws.faults()
