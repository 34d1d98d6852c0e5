"""Smoke checks pass on the right answer alone, and say what was answered instead."""

from __future__ import annotations

import pytest

from outreach_ops.errors import OpsError
from outreach_ops.settings.model import Check
from outreach_ops.verify import ATTEMPTS, verify
from outreach_ops.viewer import Response, Viewer

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
        headers: dict[str, str] | None = None,
        body: str | bytes | None = None,
    ) -> Response:
        self.asked.append((method, path, headers, body))
        answers = self.answers.get(path, [answer(404)])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def check(self, *checks: Check) -> int:
        """Verifies version 0.1.0, without a pause."""
        return verify(self, checks, "0.1.0", self.pauses.append)


def answer(status: int = 200, text: str = "") -> Response:
    return Response(status, {}, text.encode())


def test_a_right_answer_passes_at_once() -> None:
    site = Answers({"/health": [answer(200, '{"version":"0.1.0"}')]})
    assert site.check(Check("/health", contains='"version":"{version}"')) == 1
    assert site.pauses == []


@pytest.mark.parametrize("wrong", [answer(500, "broken"), answer(200, '{"version":"0.0.9"}'), answer(404)])
def test_a_wrong_answer_fails_with_what_was_asked_answered_and_expected(wrong: Response) -> None:
    site = Answers({"/health": [wrong]})
    with pytest.raises(OpsError) as caught:
        site.check(Check("/health", contains="{version}"))
    assert f"GET /health answered {wrong.status}, 200 with '0.1.0' was expected" in caught.value.cause
    assert repr(wrong.text) in caught.value.cause
    assert caught.value.fix == "curl -v https://site/health"


def test_a_late_answer_passes_within_the_attempts() -> None:
    site = Answers({"/health": [*[answer(503)] * (ATTEMPTS - 1), answer(200)]})
    assert site.check(Check("/health")) == 1
    assert len(site.pauses) == ATTEMPTS - 1
    assert site.pauses == sorted(site.pauses)


def test_attempts_are_bounded() -> None:
    site = Answers({"/health": [answer(503)]})
    with pytest.raises(OpsError):
        site.check(Check("/health"))
    assert len(site.asked) == ATTEMPTS


def test_an_expected_error_passes() -> None:
    assert Answers({}).check(Check("/nowhere", status=404)) == 1


def test_a_body_is_sent_as_json() -> None:
    site = Answers({"/api": [answer(200)]})
    site.check(Check("/api", method="POST", body='{"ping":1}'))
    assert site.asked == [("POST", "/api", {"content-type": "application/json"}, '{"ping":1}')]


def test_every_file_that_a_page_names_is_fetched_and_counted() -> None:
    files = {f"/static/_next/static/{name}": [answer(200)] for name in ("a.js", "b.css")}
    site = Answers({"/": [answer(200, PAGE)], **files})
    assert site.check(Check("/", assets=True)) == 3


def test_a_file_that_a_page_names_and_nobody_serves_fails() -> None:
    site = Answers({"/": [answer(200, PAGE)], "/static/_next/static/a.js": [answer(200)]})
    with pytest.raises(OpsError, match=r"/ names /static/_next/static/b\.css, which answers 404"):
        site.check(Check("/", assets=True))


def test_a_page_that_names_no_file_is_no_proof() -> None:
    site = Answers({"/": [answer(200, "<p>maintenance</p>")]})
    with pytest.raises(OpsError, match="names no static file"):
        site.check(Check("/", assets=True))


def test_all_checks_must_pass() -> None:
    site = Answers({"/one": [answer(200)], "/two": [answer(500)]})
    with pytest.raises(OpsError, match="GET /two"):
        site.check(Check("/one"), Check("/two"))
