"""What goes to a function by invocation is what its URL would hand it, and comes back the same way."""

from __future__ import annotations

import base64

import pytest

from fakes.settings import SETTINGS
from outreach_ops.aws.functions import Invocation
from outreach_ops.proof import event
from outreach_ops.proof.answers import Response, Silence
from outreach_ops.settings.verify import Check


def test_a_check_is_a_viewers_request_at_the_sites_domain() -> None:
    made = event.request(SETTINGS, Check("/outreach?a=1&b=2", headers={"Cookie": "x=1; y=2", "Rsc": "1"}), {})
    assert (made["version"], made["rawPath"], made["rawQueryString"]) == ("2.0", "/outreach", "a=1&b=2")
    assert made["requestContext"]["http"]["method"] == "GET"
    assert made["requestContext"]["http"]["path"] == "/outreach"
    assert (made["headers"]["host"], made["headers"]["rsc"]) == ("outreach.example.com", "1")
    # A function URL hands cookies over by themselves.
    assert made["cookies"] == ["x=1", "y=2"]
    assert "cookie" not in made["headers"]
    assert "body" not in made


def test_a_guarded_function_is_shown_a_secret_that_it_accepts() -> None:
    made = event.request(SETTINGS, Check("/outreach"), {"ORIGIN_SECRET": "old,new"})
    assert made["headers"]["x-origin-secret"] == "old"
    assert "x-origin-secret" not in event.request(SETTINGS, Check("/outreach"), {})["headers"]


def test_a_post_has_its_body_and_type() -> None:
    made = event.request(SETTINGS, Check("/api", method="POST", body='{"ping":1}'), {})
    assert (made["body"], made["isBase64Encoded"]) == ('{"ping":1}', False)
    assert made["headers"]["content-type"] == "application/json"


def test_an_answer_is_read_with_its_encoding() -> None:
    body = base64.b64encode("größer".encode()).decode()
    said = {"statusCode": 201, "headers": {"X-A": "1"}, "body": body, "isBase64Encoded": True}
    found = event.response(Invocation("7", None, said, "log"))
    assert found == Response(201, {"x-a": "1"}, "größer".encode(), "log")


@pytest.mark.parametrize("said", [{"ok": True}, "text", None])
def test_anything_else_is_the_body_of_a_good_answer_as_lambda_has_it(said: object) -> None:
    found = event.response(Invocation("7", None, said))
    assert isinstance(found, Response)
    assert found.status == 200


def test_a_function_that_failed_answers_502_as_its_url_would() -> None:
    found = event.response(Invocation("7", "Unhandled", {"errorMessage": "boom"}, "trace"))
    assert isinstance(found, Response)
    assert (found.status, found.log) == (502, "trace")
    assert "boom" in found.text


def test_a_function_that_ran_out_of_time_gave_no_answer() -> None:
    late = {"errorMessage": "2026-01-01T00:00:00Z 7 Task timed out after 30.00 seconds"}
    assert isinstance(event.response(Invocation("7", "Unhandled", late)), Silence)
