"""A process that ends at any of its calls that matter, and the one that comes after it."""

from __future__ import annotations

from collections.abc import Callable

from fakes.client import Call
from fakes.site import Site

PROVING = ("Invoke", "HeadObject", "FilterLogEvents")
"""What a release asks to be sure of itself: it changes nothing, but takes time in which much may happen."""


class KilledError(BaseException):
    """The process is gone: nothing that it would still do happens."""


def kill(site: Site, at: int, moment: str) -> None:
    """Ends the process before or after its call number `at` that matters, and makes every later one fail."""
    made, dead = 0, False

    def before(call: Call) -> None:
        nonlocal made, dead
        if dead:
            raise KilledError
        if matters(call):
            made += 1
            dead = made == at
            if dead and moment == "before":
                raise KilledError

    def after(_call: Call) -> None:
        if dead:
            raise KilledError

    site.aws.before.append(before)
    site.aws.after.append(after)


def revive(site: Site) -> None:
    """Another process, after the lease of the killed one has expired."""
    site.aws.before.clear()
    site.aws.after.clear()
    key = (f"{site.settings.host}#lock", 0)
    if key in site.aws.dynamodb.items:
        site.aws.dynamodb.items[key] = {**site.aws.dynamodb.items[key], "expires": {"N": "1"}}


def count(site: Site, work: Callable[[], object]) -> int:
    """How many calls that matter a piece of work makes."""
    before = len([call for call in site.aws.calls if matters(call)])
    work()
    return len([call for call in site.aws.calls if matters(call)]) - before


def matters(call: Call) -> bool:
    """Whether it writes, or proves a release."""
    return call.writes or call.operation in PROVING
