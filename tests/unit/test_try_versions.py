"""A new version is tried before any visitor meets it; whatever is no pass leaves live as it was."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from fakes.builds import STATIC
from fakes.client import Call
from fakes.site import VARIABLES, Site
from outreach_ops.errors import OpsError, RolledBackError
from outreach_ops.settings.cloudfront import Behaviour
from outreach_ops.settings.verify import Check

SECRET = VARIABLES["AUTH_SECRET"]


@pytest.fixture
def live(site: Site) -> Site:
    """v0.1.0 is live."""
    site.released("0.1.0")
    return site


def refused(site: Site, **says: Any) -> OpsError:
    """Deploys v0.2.0, which is not well, and must not go live: exit code 4."""
    before = len(site.aws.writes)
    with pytest.raises(OpsError) as caught:
        site.deploy(site.build("0.2.0", **says))
    assert int(caught.value.exit_code) == 4
    assert caught.value.step == "test"
    assert caught.value.live is not None
    assert caught.value.live.endswith("version 2, unchanged")
    assert site.live["server"] == "2"
    assert not any(write.startswith(("UpdateAlias", "Copy")) for write in site.aws.writes[before:])
    assert site.ledger[-1].status == "failed"
    return caught.value


def test_a_new_version_is_asked_by_its_number_before_the_alias_moves(live: Site) -> None:
    live.aws.calls.clear()
    live.deploy(live.build("0.2.0"))
    names = [str(call) for call in live.aws.calls]
    asked = [call.params["Qualifier"] for call in live.aws.calls if call.operation == "Invoke"]
    assert asked[:4] == ["3"] * 4
    assert names.index("Invoke server") < names.index("UpdateAlias server")


def test_a_release_that_answers_wrongly_never_goes_live(live: Site) -> None:
    error = refused(live, status=500)
    assert "GET /outreach/api/health answered 500, 200 was expected; the answer begins: " in error.cause
    assert error.fix == "invoke logs --env=test --function server"


def test_the_functions_log_is_shown_without_secrets(live: Site, capsys: pytest.CaptureFixture[str]) -> None:
    live.aws.lambda_.log = f"TypeError: no such patient\nconnecting with {SECRET}"
    refused(live, status=500, says=SECRET)
    said = capsys.readouterr().out
    assert "log: TypeError: no such patient" in said
    assert "log: connecting with ***" in said
    assert SECRET not in said + str(live.ledger)


def test_a_secret_that_the_end_of_a_log_cuts_is_not_shown(
    live: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    # What is kept begins within the secret.
    live.aws.lambda_.log = SECRET + "\n" + "x" * (4096 - len("\nEND\n") - len(SECRET[5:]) - 1)
    refused(live, status=500)
    assert SECRET[5:] not in capsys.readouterr().out


def test_a_file_that_the_page_names_and_the_bucket_lacks_stops_the_release(live: Site) -> None:
    def lose(call: Call) -> None:
        if call.operation == "PublishVersion":
            live.aws.s3.objects.pop(f"{STATIC}/main-0.2.0.js", None)

    live.aws.after.append(lose)
    assert "main-0.2.0.js, which answers 404" in refused(live).cause


def test_a_flaky_version_is_inconclusive_and_no_pass(live: Site) -> None:
    live.aws.lambda_.turn = 0
    error = refused(live, flaky=4)
    assert "inconclusive, which is no pass: 1 of 4 attempts passed, 2 are needed" in error.cause


@pytest.mark.parametrize("crash", ["Task timed out after 30.00 seconds", "the handler threw"])
def test_a_version_that_fails_or_hangs_stops_the_release(live: Site, crash: str) -> None:
    live.aws.lambda_.crashing, live.aws.lambda_.crash = {"3"}, crash
    error = refused(live)
    assert crash in error.cause
    assert ("inconclusive" in error.cause) == crash.startswith("Task timed out")


def test_a_throttled_invocation_is_inconclusive(live: Site) -> None:
    live.aws.refuse("Invoke", "TooManyRequestsException", containing="server")
    assert "inconclusive" in refused(live).cause


def test_a_release_that_breaks_only_through_cloudfront_is_taken_back(live: Site) -> None:
    with pytest.raises(RolledBackError, match="answered 500") as caught:
        live.deploy(live.build("0.2.0", edge_status=500))
    assert int(caught.value.exit_code) == 5
    assert live.live["server"] == "2"
    assert "version 0.1.0" in live.page("/outreach")


def test_a_version_that_was_proven_before_is_not_asked_again(live: Site) -> None:
    live.released("0.2.0")
    live.aws.calls.clear()
    live.rollback("v0.1.0")
    qualifiers = {call.params["Qualifier"] for call in live.aws.calls if call.operation == "Invoke"}
    assert qualifiers == {"live"}


def test_a_rollback_that_publishes_again_tries_that_first(live: Site) -> None:
    live.deploy(live.build("0.2.0"), {**VARIABLES, "AUTH_SECRET": "rotated-at-the-parent"})
    live.aws.lambda_.crashing = {"4"}
    with pytest.raises(OpsError) as caught:
        live.rollback("v0.1.0")
    assert (int(caught.value.exit_code), live.live["server"]) == (4, "3")


def test_a_check_of_a_public_file_waits_for_cloudfront(live: Site) -> None:
    behaviour = Behaviour("/outreach/notes.txt", "assets", "static")
    check = Check("/outreach/notes.txt", pattern="notes of {version}")
    settings = live.settings
    live.settings = dataclasses.replace(
        settings,
        cloudfront=dataclasses.replace(settings.cloudfront, behaviours=(behaviour,)),
        verify=dataclasses.replace(settings.verify, checks=(*settings.verify.checks, check)),
    )
    live.deploy(live.build("0.2.0"))
    assert live.live["server"] == "3"
    with pytest.raises(RolledBackError, match="notes of"):
        live.deploy(live.build("0.3.0", notes="other notes"))
