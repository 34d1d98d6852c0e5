"""invoke verify: how answers are judged, and what is sent."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from fakes.settings import SETTINGS
from outreach_ops.errors import OpsError
from outreach_ops.finding import Finding
from outreach_ops.journey import api, browser, chromium, limits, pages, traveller, verify
from outreach_ops.proof.answers import Response

TENANT = "00000000-0000-0000-0000-000000000001"
TEMPLATES = "/outreach/api/outreach/templates"


def answer(status: int = 200, body: Any = b"", **headers: str) -> Response:
    given = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, given)


@pytest.mark.parametrize(
    ("found", "level", "said"),
    [
        (answer(200, {"data": [{"tenantId": TENANT}]}), "ok", "1 templates of the tenant"),
        (answer(200, {"data": []}), "ok", "0 templates"),
        (answer(200, {"data": [{"tenantId": "another"}]}), "failure", "another tenant"),
        (answer(400, {"error": "Invalid or missing tenant_id"}), "failure", "issue 2"),
        (answer(401), "failure", "its cookie did not arrive"),
        (answer(502), "failure", "issue 1"),
        (answer(200, b"<html>"), "failure", "no list of data"),
    ],
)
def test_templates_are_the_tenant_s_or_the_issue_is_named(found: Response, level: str, said: str) -> None:
    judged = api.judge_templates(TEMPLATES, found, TENANT, "look")
    assert (judged.level, said in judged.cause) == (level, True), judged


@pytest.mark.parametrize(
    ("status", "level"), [(401, "ok"), (200, "failure"), (404, "failure"), (502, "failure")]
)
def test_only_401_refuses_a_stranger(status: int, level: str) -> None:
    assert api.judge_refusal("bad token", TEMPLATES, answer(status), "look").level == level


@pytest.mark.parametrize(
    ("found", "level"),
    [
        (answer(307, location="/outreach/conversations"), "ok"),
        (answer(307, location="https://stage.example.com/outreach"), "ok"),
        (answer(307, location="https://outreach.example.com/outreach"), "failure"),
        (answer(200), "failure"),
    ],
)
def test_a_redirect_keeps_the_host_that_the_user_sees(found: Response, level: str) -> None:
    assert pages.judge_redirect("/outreach/start", found, {"stage.example.com"}).level == level


def test_four_megabytes_must_come_back_whole() -> None:
    assert limits.judge_passing("/echo", answer(200, b"x" * 4_000_031)).level == "ok"
    assert limits.judge_passing("/echo", answer(200, b"x" * 100)).level == "failure"
    assert limits.judge_passing("/echo", answer(413)).level == "failure"


def test_seven_megabytes_are_named_for_lambda_s_limit_with_the_fix() -> None:
    refused = limits.judge_too_large("/echo", answer(413))
    assert refused.level == "ok"
    assert f"Lambda's limit of 6 MB; {limits.FIX}" in refused.cause
    assert limits.judge_too_large("/echo", answer(200)).level == "warning"
    assert limits.judge_too_large("/echo", answer(500)).level == "failure"


def test_a_form_is_posted_with_its_hidden_fields_as_they_are() -> None:
    page = (
        '<form action=""><input type="hidden" name="$ACTION_REF_1"/>'
        '<input type="hidden" name="$ACTION_1:0" value="{&quot;id&quot;:&quot;a&quot;}"/>'
        '<textarea id="note" name="note" rows="3"></textarea><button>Send</button></form>'
        '<form><input type="hidden" name="other" value="x"/></form>'
    )
    body = pages.form(page)
    assert 'name="$ACTION_1:0"\r\n\r\n{"id":"a"}\r\n' in body
    assert f'name="note"\r\n\r\n{pages.NOTE}\r\n' in body
    assert "other" not in body
    assert body.endswith(f"--{pages.BOUNDARY}--\r\n")


def test_a_token_is_signed_as_jwt_libraries_do() -> None:
    # The example that jwt.io begins with.
    said = {"sub": "1234567890", "name": "John Doe", "iat": 1516239022}
    signature = traveller.token("your-256-bit-secret", said).rpartition(".")[2]
    assert signature == "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"


def test_the_console_s_errors_are_found_and_nothing_else() -> None:
    def event(method: str, **params: Any) -> dict[str, Any]:
        return {"method": method, "params": params}

    events = [
        event("Page.loadEventFired"),
        event("Runtime.consoleAPICalled", type="log", args=[{"value": "hello"}]),
        event("Runtime.consoleAPICalled", type="error", args=[{"value": "hydration"}, {"value": "failed"}]),
        event(
            "Runtime.exceptionThrown",
            exceptionDetails={"text": "Uncaught", "exception": {"description": "TypeError: x\n at y"}},
        ),
        event("Log.entryAdded", entry={"level": "error", "text": "404", "url": "https://a/b.js"}),
        event("Log.entryAdded", entry={"level": "warning", "text": "slow"}),
        event("Log.entryAdded", entry={"level": "error", "text": "404", "url": "https://a/favicon.ico"}),
    ]
    wrong = browser.errors(events, set())
    assert wrong == ["hydration failed", "TypeError: x", "404 https://a/b.js"]
    assert browser.errors(events[-1:], {"https://a/favicon.ico"}) == ["404 https://a/favicon.ico"]
    assert browser.judge(2, [], [], Path("shot.png")).level == "ok"
    assert browser.judge(2, [], wrong, Path("shot.png")).level == "failure"
    assert (
        "did not open in the browser: /outreach/x" in browser.judge(2, ["/outreach/x"], [], Path("s")).cause
    )


def test_a_check_without_an_answer_is_a_failure_with_its_name() -> None:
    def navigation(_journey: traveller.Journey) -> list[Finding]:
        raise OpsError("there is no Chromium on this machine", chromium.INSTALL)

    nobody: Any = None
    (found,) = verify.attempt(navigation, nobody)
    assert (found.check, found.level, found.fix) == ("navigation", "failure", chromium.INSTALL)
    assert all(check.__name__.isidentifier() for check in verify.CHECKS)


def test_what_the_inventory_names_no_path_for_is_said_to_be_left_out() -> None:
    named = dict.fromkeys(("templates", "echo", "form", "redirect"), "/outreach/x")
    whole = dataclasses.replace(SETTINGS, verify=dataclasses.replace(SETTINGS.verify, **named))
    assert verify.left_out(whole) == []
    formless = dataclasses.replace(whole, verify=dataclasses.replace(whole.verify, form="", redirect=""))
    (found,) = verify.left_out(formless)
    assert (found.level, found.cause.endswith("verify_form, verify_redirect")) == ("warning", True)


def test_without_chromium_it_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(OpsError) as missing:
        chromium.find(str(tmp_path), ())
    assert missing.value.fix == "apt-get install chromium"
    program = tmp_path / "chromium"
    program.write_text("")
    program.chmod(0o755)
    # Where it is installed but hidden from the PATH.
    assert chromium.find("/nowhere", (str(tmp_path),)) == str(program)
