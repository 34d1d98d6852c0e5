"""What functions have written: chosen, filtered, followed, asked, and with no secret in it."""

from __future__ import annotations

import dataclasses
import itertools
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from fakes.client import Call, RefusedError, session
from fakes.settings import SETTINGS
from fakes.site import VARIABLES, Site
from outreach_ops import logs
from outreach_ops.aws.api import Api
from outreach_ops.aws.logs import Answer, Event, Log
from outreach_ops.errors import OpsError, UsageError
from outreach_ops.release import change
from outreach_ops.variables.values import Environment

NOW = time.time()


def source(site: Site, function: str = "server") -> logs.Source:
    """The log of a function of the site."""
    hidden = Environment({"AUTH_SECRET": VARIABLES["AUTH_SECRET"]})
    return logs.Source(Log(site.aws.connect().api("logs"), f"/aws/lambda/{function}", function), hidden)


def messages(found: logs.Source, text: str = "", since: float = NOW - 60) -> list[tuple[str, str]]:
    return [(event.version, event.message) for event in logs.read(found, since, text)]


def test_a_line_is_shown_without_what_a_terminal_would_obey(site: Site) -> None:
    site.aws.lambda_.logs.write("server", "2", "\x1b]0;title\x07agent \x1b[2J\x9b5nof a visitor\tend")
    found = source(site)
    (event,) = logs.read(found, NOW - 60, "")
    assert found.shown(event).endswith("[2] ]0;titleagent 5nof a visitor\tend")
    rows = Answer("Complete", ({"@timestamp": "now", "@message": "a\x1b[31mb\rc"},), 0)
    assert logs.render(rows, as_json=False) == ["now  abc"]
    assert json.loads(found.dumped(event))["message"] == event.message


def test_every_version_is_shown_oldest_first(site: Site) -> None:
    written = site.aws.lambda_.logs
    written.write("server", "2", "START")
    written.write("server", "3", "START", "END")
    assert messages(source(site)) == [("2", "START"), ("3", "START"), ("3", "END")]


def test_what_was_written_before_is_not_shown(site: Site) -> None:
    site.aws.lambda_.logs.write("server", "2", "old")
    assert messages(source(site), since=time.time() + 1) == []


@pytest.mark.parametrize("text", ["[TEMPLATES API] START", 'a "quoted" word', "{ $.level = 1 }", "-x ?y"])
def test_a_filter_is_text_as_it_stands(site: Site, text: str) -> None:
    site.aws.lambda_.logs.write("server", "2", f"at 10:00 {text}: id", "another line")
    assert messages(source(site), text) == [("2", f"at 10:00 {text}: id")]


def test_a_function_that_has_written_nothing_yet_shows_nothing(site: Site) -> None:
    assert messages(source(site)) == []


def test_a_log_that_may_not_be_read_is_an_error(site: Site) -> None:
    site.aws.refuse("FilterLogEvents", "AccessDeniedException")
    with pytest.raises(OpsError, match="AccessDenied"):
        messages(source(site))


def test_a_secret_that_was_rotated_is_not_shown_in_older_lines(site: Site) -> None:
    site.released("0.1.0")
    change.change(site.desk, {"AUTH_SECRET": "the-new-secret"}, "change")
    every = site.door.functions["server"].environments()
    masked = logs.hidden(SETTINGS, "", every).mask(f"was {VARIABLES['AUTH_SECRET']}, is the-new-secret")
    assert masked == "was ***, is ***"


def test_lines_for_people_and_scripts_show_no_secret(site: Site) -> None:
    event = Event("1", 1_700_000_000_123, "7", f"token {VARIABLES['AUTH_SECRET']}")
    assert source(site).shown(event) == "2023-11-14 22:13:20 [7] token ***"
    assert json.loads(source(site).dumped(event)) == {
        "at": "2023-11-14T22:13:20.123000+00:00",
        "version": "7",
        "message": "token ***",
    }


def test_following_gives_each_line_once_and_late_ones_too(site: Site) -> None:
    written = site.aws.lambda_.logs
    written.write("server", "2", "first", "same", "same")
    later = iter([["second"], [], ["third"]])

    def visit(_seconds: float) -> None:
        written.write("server", "2", *next(later))
        # A line that was written some seconds ago, and is found only now.
        if len(written.groups["/aws/lambda/server"]) == 4:
            event = written.groups["/aws/lambda/server"][0]
            late = dataclasses.replace(event, at=event.at - 5000, message="late")
            written.groups["/aws/lambda/server"].append(late)

    followed = itertools.islice(logs.follow(source(site), NOW - 60, "", visit), 6)
    assert [event.message for event in followed] == ["first", "same", "same", "second", "late", "third"]


@pytest.mark.parametrize(
    ("app", "function", "name"),
    [
        ("", "server", "server"),
        ("outreach", "image", "image"),
        ("", "revalidation", "revalidation"),
        ("", "initialization", "initialization"),
        ("sleepconnect", "server", "parent"),
    ],
)
def test_the_function_that_is_meant(app: str, function: str, name: str) -> None:
    assert logs.function_name(SETTINGS, app, function) == name


@pytest.mark.parametrize(
    ("app", "function", "fix"),
    [
        ("other", "server", "--app=sleepconnect"),
        ("sleepconnect", "image", "--function server"),
        ("", "servers", "--function server, --function image"),
    ],
)
def test_another_is_refused_with_what_there_is(app: str, function: str, fix: str) -> None:
    with pytest.raises(UsageError) as caught:
        logs.function_name(SETTINGS, app, function)
    assert fix in caught.value.fix


def asked(answers: Callable[[Call], Mapping[str, Any]]) -> logs.Source:
    """A log whose calls are answered so."""
    api = Api("logs", session(answers).client("logs"))
    return logs.Source(Log(api, "/aws/lambda/server", "server"), Environment({"T": "s3cret-token"}))


def test_a_query_is_awaited_and_its_rows_show_no_secret() -> None:
    calls: list[Call] = []
    statuses = iter(["Scheduled", "Running", "Complete"])

    def answer(call: Call) -> Mapping[str, Any]:
        calls.append(call)
        if call.operation == "StartQuery":
            return {"queryId": "q"}
        row = [{"field": "@timestamp", "value": "10:00"}, {"field": "@message", "value": "s3cret-token\n"}]
        return {"status": next(statuses), "results": [row], "statistics": {"bytesScanned": 2048.0}}

    found = logs.insights(asked(answer), "errors", NOW - 3600, lambda _seconds: None)
    assert found == Answer("Complete", ({"@timestamp": "10:00", "@message": "***"},), 2048)
    assert "like /ERROR|Failed/" in calls[0].params["queryString"]
    assert calls[0].params["endTime"] - calls[0].params["startTime"] >= 3600
    assert logs.render(found, False) == ["10:00  ***"]
    assert json.loads(logs.render(found, True)[0])["scanned_bytes"] == 2048


@pytest.mark.parametrize("status", ["Failed", "Cancelled", "Timeout", "Running"])
def test_a_query_that_does_not_complete_is_an_error(status: str) -> None:
    def answer(call: Call) -> Mapping[str, Any]:
        return {"queryId": "q"} if call.operation == "StartQuery" else {"status": status, "results": []}

    with pytest.raises(OpsError, match=status):
        logs.insights(asked(answer), "api-routes", NOW, lambda _seconds: None)


def test_a_query_of_a_function_that_has_written_nothing_finds_nothing() -> None:
    def answer(_call: Call) -> Mapping[str, Any]:
        raise RefusedError("ResourceNotFoundException", "no group")

    found = logs.insights(asked(answer), "errors", NOW)
    assert logs.render(found, False) == ["nothing was found"]


def test_a_query_that_there_is_not_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        logs.insights(asked(lambda _call: {}), "slow", NOW)
    assert caught.value.fix == "choose one: --query api-routes, --query errors"
