"""An alias has settled when the new version has answered several times in a row."""

from __future__ import annotations

import pytest

from fakes.client import Call, RefusedError
from fakes.site import Site
from outreach_ops.errors import OpsError
from outreach_ops.proof.settle import LIMIT_SECONDS, STEADY, UnsettledError, probe_event, settle


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def __call__(self) -> float:
        return self.now


def wait(site: Site, version: str) -> Clock:
    """Waits for the server function's alias."""
    clock = Clock()
    settle("server", site.door.functions["server"], site.settings, version, {}, clock.sleep, clock)
    return clock


def invocations(site: Site) -> int:
    return sum(call.operation == "Invoke" for call in site.aws.calls)


@pytest.fixture
def moved(site: Site) -> Site:
    """A site whose server alias has just been moved to version 2."""
    site.aws.lambda_.functions["server"].latest.variables["FEATURE"] = "on"
    site.aws.lambda_.PublishVersion("server")
    site.aws.lambda_.UpdateAlias("server", "live", FunctionVersion="2")
    return site


def test_steady_answers_are_enough(moved: Site) -> None:
    assert wait(moved, "2").now == 0
    assert invocations(moved) == STEADY == 5


def test_answers_of_the_version_before_are_waited_out(moved: Site) -> None:
    moved.aws.lambda_.lag = 3
    assert wait(moved, "2").now > 0
    assert invocations(moved) == 3 + STEADY


def test_one_late_answer_starts_the_count_again(moved: Site) -> None:
    def fall_back(_call: object) -> None:
        if invocations(moved) == STEADY - 1:
            moved.aws.lambda_.lag = 1

    moved.aws.before.append(fall_back)
    wait(moved, "2")
    assert invocations(moved) == STEADY - 1 + 1 + STEADY


def test_a_version_that_never_answers_fails_in_bounded_time_with_the_logs_to_read(moved: Site) -> None:
    moved.aws.lambda_.lag = 10**6
    clock = Clock()
    with pytest.raises(
        OpsError, match=r"server does not answer steadily with version 2 .*: version 1"
    ) as caught:
        settle("server", moved.door.functions["server"], moved.settings, "2", {}, clock.sleep, clock)
    assert LIMIT_SECONDS < clock.now < LIMIT_SECONDS + 1
    assert caught.value.fix == "invoke logs --env=test --function server"


def test_an_answer_with_an_error_counts_for_the_checks_judge_it(moved: Site) -> None:
    moved.aws.lambda_.crashing = {"2"}
    assert wait(moved, "2").now == 0


def test_a_refused_call_is_no_answer_and_is_waited_out(moved: Site) -> None:
    refused: list[object] = []

    def busy(call: Call) -> None:
        if call.operation == "Invoke" and len(refused) < 2:
            refused.append(call)
            raise RefusedError("TooManyRequestsException", "Rate exceeded")

    moved.aws.before.append(busy)
    assert wait(moved, "2").now > 0
    assert (len(refused), invocations(moved)) == (2, STEADY)


def test_calls_that_are_refused_for_ever_end_it_with_the_last_ones_reason(moved: Site) -> None:
    moved.aws.refuse("Invoke", "TooManyRequestsException")
    with pytest.raises(UnsettledError, match="TooManyRequestsException"):
        wait(moved, "2")


def test_the_probe_asks_for_the_first_page_that_is_checked(site: Site) -> None:
    event = probe_event(site.settings, {})
    assert event["rawPath"] == "/outreach/api/health"
    assert event["requestContext"]["http"]["method"] == "GET"
    assert event["headers"]["host"] == "outreach.example.com"
