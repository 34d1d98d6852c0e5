"""A rotation that ends at any writing call fails no request, and the next one ends it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from fakes.aws import FIRST_SECRET
from fakes.client import Call
from fakes.crash import KilledError, count, kill, revive
from fakes.site import Site

Calls = Callable[[int], Iterable[int]]


def answers(site: Site) -> list[int]:
    """What both functions answer through CloudFront, also at edges that a change has not reached."""
    return [site.viewer.fetch("/outreach/api/health").status, site.viewer.image().status]


@pytest.mark.parametrize("then", ["rotate", "deploy", "rollback"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_rotation_that_is_killed_at_any_call_fails_no_request_and_is_ended_by_the_next(
    new_site: Callable[[], Site], calls: Calls, moment: str, then: str
) -> None:
    def two() -> Site:
        site = new_site()
        site.released("0.1.0")
        site.released("0.2.0")
        return site

    model = two()
    total = count(model, model.rotate_origin)
    assert total > 20
    for at in calls(total):
        site = two()

        def watch(_call: Call, site: Site = site) -> None:
            assert answers(site) == [200, 200]

        site.aws.after.append(watch)
        kill(site, at, moment)
        with pytest.raises(KilledError):
            site.rotate_origin()
        revive(site)
        site.aws.after.append(watch)
        if then == "deploy":
            site.released("0.3.0")
        elif then == "rollback":
            site.rollback("v0.1.0")
        if then == "rotate" or len(site.accepted["server"]) > 1 or site.sent == FIRST_SECRET:
            site.rotate_origin()
        assert answers(site) == [200, 200]
        assert site.sent not in (None, FIRST_SECRET)
        assert site.accepted == {"server": (site.sent,), "image": (site.sent,)}
        seen = site.read()
        assert seen.explained and not seen.unfinished
