"""One judge decides what answers prove, before the traffic and after it."""

from __future__ import annotations

import pytest

from outreach_ops.proof.answers import Answer, Response, Silence
from outreach_ops.proof.judge import PASSED, Judgement, Verdict, conclude, judge
from outreach_ops.settings.verify import Check

HEALTH = Check("/health", pattern='"version":"{version}"')
PAGE = Check("/", assets=True)
HTML = '<script src="/static/_next/static/a.js"></script><link href="/static/_next/static/b.css">'
A, B = "/static/_next/static/a.js", "/static/_next/static/b.css"
GOOD, BAD, NONE = PASSED, Judgement("failed", "wrong"), Judgement("inconclusive", "silent")


def answer(status: int = 200, text: str = "", log: str = "") -> Response:
    return Response(status, {}, text.encode(), log)


def judged(check: Check, given: Answer, **files: Answer) -> Judgement:
    return judge(check, "0.1.0", given, {A: files.get("a", answer()), B: files.get("b", answer())})


def test_the_right_status_and_body_pass() -> None:
    assert judged(HEALTH, answer(200, '{"version":"0.1.0"}')) == PASSED


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (answer(500, "broken"), "GET /health answered 500, 200 was expected; the answer begins: 'broken'"),
        (answer(404), "answered 404"),
        (answer(200, '{"version":"0.0.9"}'), "a body like"),
        (answer(200, '{"version":"0x1.0"}'), "a body like"),
    ],
)
def test_any_other_answer_fails_with_what_was_asked_answered_and_expected(given: Response, says: str) -> None:
    found = judged(HEALTH, given)
    assert found.verdict == "failed"
    assert says in found.reason


@pytest.mark.parametrize("given", [Silence("timed out"), answer(429), answer(503), answer(504)])
def test_an_answer_in_the_applications_place_proves_nothing(given: Answer) -> None:
    assert judged(HEALTH, given).verdict == "inconclusive"


def test_an_expected_error_passes() -> None:
    assert judged(Check("/nowhere", status=404), answer(404)) == PASSED
    assert judged(Check("/closed", status=503), answer(503)) == PASSED


def test_a_page_passes_when_every_file_that_it_names_is_there() -> None:
    assert judged(PAGE, answer(200, HTML)).verdict == "passed"


def test_a_file_that_a_page_names_and_nobody_has_fails() -> None:
    found = judged(PAGE, answer(200, HTML), b=answer(404))
    assert (found.verdict, found.reason) == ("failed", f"/ names {B}, which answers 404")


@pytest.mark.parametrize("given", [Silence("reset"), answer(503)])
def test_a_file_without_an_answer_proves_nothing(given: Answer) -> None:
    assert judged(PAGE, answer(200, HTML), a=given).verdict == "inconclusive"


def test_a_lost_file_outweighs_one_without_an_answer() -> None:
    assert judged(PAGE, answer(200, HTML), a=answer(404), b=Silence("reset")).verdict == "failed"


def test_a_page_that_names_no_file_is_no_proof() -> None:
    assert judged(PAGE, answer(200, "<p>maintenance</p>")).verdict == "failed"


def test_what_is_shown_of_an_answer_is_masked_before_it_is_cut() -> None:
    text = "x" * 295 + "secret-value"
    found = judge(HEALTH, "0.1.0", answer(500, text), {}, lambda said: said.replace("secret-value", "***"))
    assert "secre" not in found.reason
    assert "***" in found.reason


def test_the_log_of_the_attempt_that_did_not_pass_comes_along() -> None:
    assert judged(HEALTH, answer(500, log="TypeError")).log == "TypeError"
    assert judged(PAGE, Response(200, {}, HTML.encode(), "lost"), a=answer(404)).log == "lost"


@pytest.mark.parametrize(
    ("attempts", "verdict"),
    [
        ([], None),
        ([GOOD], None),
        ([GOOD, GOOD], "passed"),
        ([BAD, NONE, GOOD], None),
        ([BAD, GOOD, BAD, GOOD], "passed"),
        ([BAD, BAD], None),
        ([BAD, BAD, BAD], "failed"),
        ([BAD, GOOD, BAD, BAD], "inconclusive"),
        ([NONE, NONE, NONE], "inconclusive"),
        ([BAD, BAD, NONE], "inconclusive"),
    ],
)
def test_two_of_four_must_pass_and_nothing_else_is_a_pass(
    attempts: list[Judgement], verdict: Verdict | None
) -> None:
    found = conclude(Check("/", passes=2, attempts=4), attempts)
    assert (found and found.verdict) == verdict


def test_an_inconclusive_check_says_how_often_it_passed_and_what_was_last() -> None:
    found = conclude(Check("/", passes=2, attempts=3), [BAD, GOOD, NONE])
    assert found is not None
    assert found.reason == ("inconclusive, which is no pass: 1 of 3 attempts passed, 2 are needed; silent")
