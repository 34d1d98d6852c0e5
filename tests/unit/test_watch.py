"""Errors that a new version logs once visitors meet it take it back; those of others do not."""

from __future__ import annotations

import dataclasses
import time

import pytest

from fakes.client import Call
from fakes.logs import Event
from fakes.site import VARIABLES, Site
from outreach_ops.errors import OpsError, RolledBackError
from outreach_ops.proof.watch import errors

ERROR = "2026-01-31T10:00:00.000Z\tid\tERROR\tno such clinic"


@pytest.mark.parametrize(
    "line",
    [
        ERROR,
        '{"timestamp":"2026-01-31T10:00:00.000Z","level":"ERROR","message":"no such clinic"}',
        "2026-01-31T10:00:00.000Z id Task timed out after 30.03 seconds",
        "RequestId: id Error: Runtime exited with error: exit status 134",
        "REPORT RequestId: id\tDuration: 12 ms\tStatus: error\tError Type: Runtime.Unknown",
    ],
)
def test_what_the_runtime_and_lambda_write_of_errors_is_seen(line: str) -> None:
    assert errors(["START", line, "END"]) == [line]


@pytest.mark.parametrize(
    "line",
    [
        "REPORT RequestId: id\tDuration: 12 ms\tBilled Duration: 12 ms",
        "2026-01-31T10:00:00.000Z\tid\tINFO\tERRORS: none",
        '{"level":"INFO","message":"ERROR"}',
        "INIT_START Runtime Version: nodejs:24.v3\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:x",
    ],
)
def test_other_lines_are_not(line: str) -> None:
    assert errors([line]) == []


def test_known_and_harmless_errors_are_ignored() -> None:
    assert errors([ERROR], ["no such (clinic|patient)"]) == []


def log_when_watched(site: Site, version: str, line: str = ERROR, after: int = 3) -> None:
    """A visitor meets an error while the logs are read for the `after`th time since the release."""
    reads = 0

    def visit(call: Call) -> None:
        nonlocal reads
        if call.operation == "FilterLogEvents" and site.live["server"] == "3":
            reads += 1
            if reads == after:
                site.aws.lambda_.logs.write("server", version, line)

    site.aws.before.append(visit)


@pytest.fixture
def live(site: Site) -> Site:
    """v0.1.0 is live."""
    site.released("0.1.0")
    return site


def test_an_error_of_the_new_version_takes_it_back(live: Site) -> None:
    log_when_watched(live, "3")
    with pytest.raises(RolledBackError, match="version 3 of server has written 1 errors") as caught:
        live.watched(live.build("0.2.0"), 120)
    assert int(caught.value.exit_code) == 5
    assert caught.value.step == "watch"
    assert "no such clinic" in (live.ledger[-1].cause or "")
    assert caught.value.fix == "invoke logs --env=test --function server"
    assert live.live["server"] == "2"


def test_an_error_at_the_very_end_is_found_too(live: Site) -> None:
    # Two functions are read 25 times in 120 seconds.
    log_when_watched(live, "3", after=49)
    with pytest.raises(RolledBackError):
        live.watched(live.build("0.2.0"), 120)


def test_an_error_of_the_version_before_is_not_the_new_ones(live: Site) -> None:
    log_when_watched(live, "2")
    live.watched(live.build("0.2.0"), 120)
    assert live.live["server"] == "3"


def test_an_error_from_before_the_release_is_not_counted(live: Site) -> None:
    early = Event("2026/01/31/[3]old", int(time.time() * 1000) - 60_000, ERROR)
    live.aws.lambda_.logs.groups["/aws/lambda/server"].append(early)
    live.watched(live.build("0.2.0"), 120)
    assert live.live["server"] == "3"


@pytest.mark.parametrize(("function", "taken_back"), [("server", True), ("image", False), ("other", False)])
def test_functions_that_share_a_group_are_told_apart_by_their_streams(
    live: Site, function: str, taken_back: bool
) -> None:
    live.aws.lambda_.functions["server"].latest.shell = {"LoggingConfig": {"LogGroup": "shared"}}
    later = int(time.time() * 1000) + 60_000
    live.aws.lambda_.logs.groups["shared"] = [Event(f"2026/01/31/{function}[3][guid]", later, ERROR)]
    if taken_back:
        with pytest.raises(RolledBackError):
            live.watched(live.build("0.2.0"), 10)
    else:
        live.watched(live.build("0.2.0"), 10)


def test_without_the_flag_no_log_is_read(live: Site) -> None:
    live.released("0.2.0")
    assert not any(call.operation == "FilterLogEvents" for call in live.aws.calls)


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException"])
def test_a_log_that_cannot_be_read_is_found_before_the_release(live: Site, code: str) -> None:
    live.aws.refuse("FilterLogEvents", code)
    with pytest.raises(OpsError, match=code) as caught:
        live.watched(live.build("0.2.0"), 120)
    assert (int(caught.value.exit_code), live.live["server"]) == (4, "2")


def test_a_function_without_a_log_proves_nothing(live: Site) -> None:
    live.aws.lambda_.functions["server"].latest.shell = {"LoggingConfig": {"LogGroup": "nowhere"}}
    with pytest.raises(OpsError, match="no log group nowhere") as caught:
        live.watched(live.build("0.2.0"), 120)
    assert (int(caught.value.exit_code), live.live["server"]) == (4, "2")


def test_a_log_that_cannot_be_read_any_more_is_no_pass(live: Site) -> None:
    def refuse(call: Call) -> None:
        if call.operation == "FilterLogEvents" and live.live["server"] == "3":
            live.aws.refuse("FilterLogEvents", "AccessDeniedException")

    live.aws.after.append(refuse)
    with pytest.raises(RolledBackError, match="AccessDeniedException"):
        live.watched(live.build("0.2.0"), 120)


def test_what_is_shown_of_a_log_has_no_secret(live: Site, capsys: pytest.CaptureFixture[str]) -> None:
    secret = VARIABLES["AUTH_SECRET"]
    log_when_watched(live, "3", f"{ERROR} {secret}")
    with pytest.raises(RolledBackError) as caught:
        live.watched(live.build("0.2.0"), 120)
    said = capsys.readouterr().out
    assert "log: " in said
    assert secret not in said + str(caught.value) + str(live.ledger)


def test_errors_that_the_inventory_ignores_do_not_count(live: Site) -> None:
    verify = dataclasses.replace(live.settings.verify, watch_ignored=("no such clinic",))
    live.settings = dataclasses.replace(live.settings, verify=verify)
    log_when_watched(live, "3")
    live.watched(live.build("0.2.0"), 120)
    assert live.live["server"] == "3"
