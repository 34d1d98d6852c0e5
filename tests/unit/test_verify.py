"""Checks are asked until they are decided, each as often as it says, with pauses between failures."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from outreach_ops.errors import OpsError
from outreach_ops.proof.answers import Response
from outreach_ops.proof.verify import Through, UnprovenError, verify
from outreach_ops.proof.viewer import Viewer
from outreach_ops.settings.verify import Check

PAGE = '<script src="/static/_next/static/a.js"></script><link href="/static/_next/static/b.css">'


class Answers(Viewer):
    """Gives the answers of each path in turn, the last one for ever."""

    def __init__(self, answers: dict[str, list[Response]]) -> None:
        self.base_url = "https://site"
        self.answers, self.asked, self.pauses = answers, [], []  # type: ignore[var-annotated]

    def fetch(
        self,
        path: str,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: str | bytes | None = None,
    ) -> Response:
        self.asked.append((method, path, headers, body))
        answers = self.answers.get(path, [answer(404)])
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        if found.status == 0:
            raise OpsError("no answer: connection reset", "curl")
        return found

    def check(self, *checks: Check) -> int:
        """Verifies version 0.1.0, without a pause."""
        return verify(Through(self), checks, "0.1.0", sleep=self.pauses.append)


def answer(status: int = 200, text: str = "") -> Response:
    return Response(status, {}, text.encode())


def test_right_answers_pass_without_a_pause_and_are_counted() -> None:
    site = Answers({"/health": [answer(200, '{"version":"0.1.0"}')]})
    assert site.check(Check("/health", pattern='"version":"{version}"', passes=2)) == 2
    assert site.pauses == []


def test_a_wrong_answer_fails_with_the_same_request_by_hand() -> None:
    with pytest.raises(UnprovenError, match="GET /health answered 500") as caught:
        Answers({"/health": [answer(500)]}).check(Check("/health"))
    assert caught.value.fix == "curl -v https://site/health"


def test_a_late_answer_passes_within_the_attempts_after_growing_pauses() -> None:
    site = Answers({"/health": [answer(404), answer(404), answer(200)]})
    assert site.check(Check("/health", passes=2, attempts=4)) == 2
    assert len(site.asked) == 4
    assert len(site.pauses) == 2
    assert site.pauses == sorted(site.pauses)


def test_no_more_is_asked_than_can_decide() -> None:
    site = Answers({"/health": [answer(500)]})
    with pytest.raises(UnprovenError):
        site.check(Check("/health", passes=2, attempts=4))
    assert len(site.asked) == 3


def test_no_answer_is_inconclusive_and_no_pass() -> None:
    with pytest.raises(UnprovenError, match=r"inconclusive, which is no pass: 0 of 1 .* connection reset"):
        Answers({"/": [answer(0)]}).check(Check("/", passes=1, attempts=1))


def test_the_request_is_sent_as_the_check_says() -> None:
    site = Answers({"/api": [answer(200)], "/page": [answer(200)]})
    site.check(
        Check("/api", method="POST", body='{"ping":1}', headers={"X-Ask": "1"}, passes=1),
        Check("/page", passes=1),
    )
    json_type = {"content-type": "application/json", "x-ask": "1"}
    assert site.asked == [("POST", "/api", json_type, '{"ping":1}'), ("GET", "/page", {}, None)]


def test_every_file_that_a_page_names_is_fetched_and_counted() -> None:
    files = {f"/static/_next/static/{name}": [answer(200)] for name in ("a.js", "b.css")}
    assert Answers({"/": [answer(200, PAGE)], **files}).check(Check("/", assets=True, passes=1)) == 3


def test_a_file_that_a_page_names_and_nobody_serves_fails() -> None:
    site = Answers({"/": [answer(200, PAGE)], "/static/_next/static/a.js": [answer(200)]})
    with pytest.raises(UnprovenError, match=r"/ names /static/_next/static/b\.css, which answers 404"):
        site.check(Check("/", assets=True))


def test_all_checks_must_pass() -> None:
    site = Answers({"/one": [answer(200)], "/two": [answer(500)]})
    with pytest.raises(UnprovenError, match="GET /two"):
        site.check(Check("/one"), Check("/two"))
