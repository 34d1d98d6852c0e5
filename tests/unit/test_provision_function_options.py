"""Tracing, log retention and reserved concurrency: kept where they are asked for, else as they are found."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from fakes.settings import SETTINGS
from outreach_ops.errors import OpsError
from outreach_ops.provision.concurrency import Concurrency, SeenConcurrency
from outreach_ops.provision.function import Function, SeenFunction
from outreach_ops.provision.function_settings import FunctionSettings
from outreach_ops.provision.log_group import LogGroup, SeenLog
from outreach_ops.provision.parts import PARTS
from outreach_ops.provision.step import Resource

SHAPE = ("nodejs24.x", "index.handler", 1024, 30)
KNOWN = {"role": "arn:role"}
FOUND = {
    "Runtime": "nodejs24.x",
    "Handler": "index.handler",
    "MemorySize": 1024,
    "Timeout": 30,
    "Role": "arn:role",
}


def test_a_function_is_made_with_the_tracing_that_is_asked_for() -> None:
    made = Function("server", "live", *SHAPE, "x86_64", "Active")
    assert made.decide(SeenFunction(None, None), KNOWN)[0].after["tracing"] == "Active"
    plain = Function("server", "live", *SHAPE, "x86_64")
    assert "tracing" not in plain.decide(SeenFunction(None, None), KNOWN)[0].after


@pytest.mark.parametrize(
    ("asked", "there", "step"),
    [
        ("Active", {}, ({"tracing": "PassThrough"}, {"tracing": "Active"})),
        (
            "PassThrough",
            {"TracingConfig": {"Mode": "Active"}},
            ({"tracing": "Active"}, {"tracing": "PassThrough"}),
        ),
        ("PassThrough", {}, None),
        ("Active", {"TracingConfig": {"Mode": "Active"}}, None),
        (None, {"TracingConfig": {"Mode": "Active"}}, None),
    ],
)
def test_tracing_is_kept_only_where_it_is_asked_for(asked: str | None, there: Any, step: Any) -> None:
    steps = FunctionSettings("server", *SHAPE, asked).decide({**FOUND, **there}, KNOWN)
    assert [(each.before, each.after) for each in steps] == ([] if step is None else [step])


def test_a_log_group_that_is_not_there_yet_is_made_before_lambda_makes_one_for_ever() -> None:
    steps = LogGroup("server", 30).decide(SeenLog(None, elsewhere=False), {})
    assert [step.call for step in steps] == ["logs:CreateLogGroup", "logs:PutRetentionPolicy"]


@pytest.mark.parametrize(("there", "shown"), [({}, "for ever"), ({"retentionInDays": 7}, 7)])
def test_another_retention_is_shown_and_put_right(there: dict[str, int], shown: object) -> None:
    (step,) = LogGroup("server", 30).decide(SeenLog(there, elsewhere=False), {})
    assert (step.call, step.before, step.after) == (
        "logs:PutRetentionPolicy",
        {"days": shown},
        {"days": 30},
    )


def test_the_retention_that_is_asked_for_needs_nothing_and_a_shared_group_is_left_alone() -> None:
    assert LogGroup("server", 30).decide(SeenLog({"retentionInDays": 30}, elsewhere=False), {}) == ()
    assert LogGroup("server", 30).decide(SeenLog(None, elsewhere=True), {}) == ()


BOTH = Concurrency((("server", 50), ("image", 10)))


def test_only_what_differs_is_reserved() -> None:
    seen = SeenConcurrency({"server": 40, "image": None}, 900)
    first, second = BOTH.decide(seen, {})
    assert (first.resource, first.before, first.after) == (
        "function server",
        {"reserved": 40},
        {"reserved": 50},
    )
    assert (second.resource, second.before) == ("function image", None)
    assert BOTH.decide(SeenConcurrency({"server": 50, "image": 10}, 0), {}) == ()


@pytest.mark.parametrize(("unreserved", "refused"), [(120, False), (119, True), (10, True)])
def test_what_would_leave_other_functions_too_little_is_refused(unreserved: int, refused: bool) -> None:
    seen = SeenConcurrency({"server": 40, "image": None}, unreserved)
    if not refused:
        assert len(BOTH.decide(seen, {})) == 2
        return
    with pytest.raises(OpsError, match="20 more requests at a time cannot be reserved"):
        BOTH.decide(seen, {})


def test_a_reservation_is_lowered_however_little_is_left() -> None:
    assert len(BOTH.decide(SeenConcurrency({"server": 500, "image": 500}, 100), {})) == 2


def test_nothing_is_read_that_is_not_asked_for() -> None:
    def kinds(**asked: Any) -> list[type[Resource[Any]]]:
        settings = dataclasses.replace(SETTINGS, lambda_=dataclasses.replace(SETTINGS.lambda_, **asked))
        return [type(each) for name in ("lambda_settings", "isr") for each in PARTS[name](settings)]

    assert not {LogGroup, Concurrency} & set(kinds())
    assert kinds(log_retention_days=30).count(LogGroup) == 4
    assert kinds(server_concurrency=5).count(Concurrency) == 1
