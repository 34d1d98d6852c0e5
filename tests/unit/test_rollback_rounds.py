"""How many calls of a rollback wait for one another before the first alias moves: the account check and the
lock count. Calls that overlap are one round; see docs/decisions/rollback.md for what is counted.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from fakes.aws import FakeAws
from fakes.client import Call
from fakes.settings import SETTINGS
from fakes.site import VARIABLES, Site
from outreach_ops.aws.session import check_account

ROUNDS, TRIES = 4, 5
CHUNKS = 120
DELAY_SECONDS = 0.15
"""What a call takes here: long enough for calls that need not wait for one another to overlap."""


class Rounds:
    """Lets each call take a while, and notes when which began and ended."""

    def __init__(self, aws: FakeAws) -> None:
        self.spans: list[tuple[str, float, float]] = []
        self._writing = threading.Lock()
        aws.wire = self._delay

    def _delay(self, call: Call, answer: Callable[[], object]) -> object:
        begun = time.monotonic()
        time.sleep(DELAY_SECONDS)
        try:
            return answer()
        finally:
            with self._writing:
                self.spans.append((str(call), begun, time.monotonic()))

    def before(self, operation: str) -> list[list[str]]:
        """The calls before the first `operation`, in rounds: each begins after one of the round before has
        ended. Calls that wait for one another never overlap, so there are at least as many rounds as that.
        """
        end = min(begun for name, begun, _ in self.spans if name.startswith(operation))
        rounds: list[list[str]] = []
        until: list[float] = []
        for name, begun, ended in sorted(self.spans, key=lambda span: span[1]):
            if begun >= end:
                continue
            # The longest chain of calls, each of which began after the one before it had ended.
            depth = sum(1 for earlier in until if earlier <= begun)
            if depth == len(rounds):
                rounds.append([])
                until.append(ended)
            rounds[depth].append(name)
            until[depth] = min(until[depth], ended)
        return rounds


def measured(site: Site) -> Rounds:
    """The rounds of a rollback to the release before, from the account check on."""
    # As many to a page as AWS gives.
    site.aws.s3.page = site.aws.dynamodb.page = 1000
    site.aws.cloudfront.page = 100
    rounds = Rounds(site.aws)
    aws = site.aws.connect()
    check_account(aws, aws.api("sts"))
    site.rollback()
    return rounds


def _size(rounds: list[list[str]]) -> int:
    return len(rounds) or 1000


def two_releases(site: Site) -> None:
    site.released("0.1.0")
    site.released("0.2.0")


def other_variables(site: Site) -> None:
    made = site.build("0.1.0")
    site.deploy(made, {**VARIABLES, "FEATURE": "works"})
    site.deploy(made, {**VARIABLES, "FEATURE": "broken"})


def ten_releases(site: Site) -> None:
    for number in range(1, 11):
        site.deploy(site.build(f"0.{number}.0", chunks=CHUNKS))


@pytest.mark.parametrize("release", [two_releases, other_variables, ten_releases])
def test_at_most_four_rounds_pass_before_the_alias_moves(
    new_site: Callable[[], Site], release: Callable[[Site], None]
) -> None:
    # A busy machine can only make calls overlap less: the smallest count is nearest to the truth, and never
    # below it.
    best: list[list[str]] = []
    last: list[list[str]] = []
    for _ in range(TRIES):
        site = new_site()
        site.aws.identity(lambda _call: {"Account": SETTINGS.site.account_id})
        release(site)
        found = measured(site)
        best = min(best, found.before("UpdateAlias"), key=_size)
        last = min(last, found.before("UpdateAlias server"), key=_size)
        if len(best) <= ROUNDS and len(last) <= ROUNDS + 1:
            break
    assert len(best) <= ROUNDS, best
    # The site's own alias is the last: those beside it move in one round.
    assert len(last) <= ROUNDS + 1, last
    assert best[0] == ["GetCallerIdentity"]
    assert any(name.startswith("PutItem") for each in best for name in each)
    assert any(name.startswith("ListObjectsV2") for each in best for name in each)


def test_calls_that_wait_for_one_another_are_rounds_of_their_own(site: Site) -> None:
    rounds = Rounds(site.aws)
    api = site.aws.connect().api("lambda")
    for _ in range(3):
        api.call("get_alias", FunctionName="server", Name="live")
    api.call("update_alias", FunctionName="server", Name="live")
    assert len(rounds.before("UpdateAlias")) == 3
