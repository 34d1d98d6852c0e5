from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from outreach_ops.aws.errors import AwsError, WriteRefusedError
from outreach_ops.aws.session import Aws
from outreach_ops.errors import OpsError
from outreach_ops.provision.step import (
    KNOWN_LATER,
    Act,
    Existing,
    Lookup,
    MissingError,
    Resource,
    Step,
    Values,
    appear,
    call_name,
    converge,
)


class Store:
    """A client with one record that can be made and changed."""

    def __init__(self) -> None:
        self.record: dict[str, Any] | None = None
        self.settles_after = 0

    def get_record(self) -> dict[str, Any]:
        self.settles_after -= 1
        return {"record": self.record, "busy": self.settles_after > 0}

    def create_record(self, **params: Any) -> dict[str, Any]:
        self.record = dict(params)
        return {"id": "r-1"}

    def update_record(self, **params: Any) -> dict[str, Any]:
        assert self.record is not None
        self.record |= params
        return {}


class Session:
    def __init__(self, store: Store) -> None:
        self.store = store

    def client(self, _service: str, **_options: Any) -> Store:
        return self.store


@dataclasses.dataclass(frozen=True)
class Record(Resource[Mapping[str, Any]]):
    colour: str
    patience = 15

    def read(self, aws: Aws) -> Mapping[str, Any]:
        return aws.api("store").call("get_record")

    def decide(self, seen: Mapping[str, Any], _known: Values) -> tuple[Step, ...]:
        if seen["record"] is None:
            return (
                Step("store:CreateRecord", "record", None, {"colour": "none"}),
                Step("store:UpdateRecord", "record", None, {"colour": self.colour}),
            )
        before = seen["record"]["colour"]
        change = Step("store:UpdateRecord", "record", {"colour": before}, {"colour": self.colour})
        return () if before == self.colour else (change,)

    def values(self, seen: Mapping[str, Any]) -> Values:
        return {"colour": KNOWN_LATER if seen["record"] is None else seen["record"]["colour"]}

    def pending(self, seen: Mapping[str, Any]) -> str | None:
        return "the record is being painted" if seen["busy"] else None

    def acts(self) -> Mapping[str, Act]:
        return {"store:CreateRecord": self._create, "store:UpdateRecord": self._update}

    def _create(self, aws: Aws, step: Step, _seen: Any, _known: Values) -> Values:
        return aws.api("store").call("create_record", **step.after)

    def _update(self, aws: Aws, step: Step, _seen: Any, known: Values) -> None:
        aws.api("store").call("update_record", **step.after, made_by=known.get("id"))


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def written() -> list[str]:
    return []


@pytest.fixture
def aws(store: Store, written: list[str]) -> Aws:
    def guard(service: str, operation: str) -> None:
        written.append(call_name(service, operation))

    return Aws("111122223333", "us-east-1", None, Session(store), guard)


def calls(steps: tuple[Step, ...]) -> list[str]:
    return [step.call for step in steps]


def test_a_check_predicts_the_calls_of_the_run_and_makes_none(
    aws: Aws, store: Store, written: list[str]
) -> None:
    predicted = converge(aws, [Record("red")], check=True)
    assert (written, store.record) == ([], None)
    assert predicted.values == {"colour": KNOWN_LATER}
    done = converge(aws, [Record("red")], check=False)
    assert written == calls(predicted.steps) == calls(done.steps)
    assert done.values == {"colour": "red"}


def test_nothing_is_written_when_nothing_differs(aws: Aws, written: list[str]) -> None:
    converge(aws, [Record("red")], check=False)
    written.clear()
    assert converge(aws, [Record("red")], check=False).steps == ()
    assert written == []


def test_an_act_learns_what_an_earlier_one_was_answered(aws: Aws, store: Store) -> None:
    converge(aws, [Record("red")], check=False)
    assert store.record == {"colour": "red", "made_by": "r-1"}


def test_reading_and_deciding_cannot_write(aws: Aws) -> None:
    class Careless(Record):
        def read(self, aws: Aws) -> Mapping[str, Any]:
            return aws.api("store").call("create_record")

    for check in (True, False):
        with pytest.raises(WriteRefusedError):
            converge(aws, [Careless("red")], check=check)


def test_a_later_resource_knows_the_values_of_an_earlier_one(aws: Aws) -> None:
    seen: list[Values] = []

    class Watching(Record):
        def decide(self, _seen: Any, known: Values) -> tuple[Step, ...]:
            seen.append(dict(known))
            return ()

    converge(aws, [Record("red"), Watching("blue")], check=False)
    converge(aws, [Record("green"), Watching("blue")], check=True)
    assert seen == [{"colour": "red"}, {"colour": "red"}]


def test_stock_steps_are_left_to_the_role(aws: Aws, store: Store) -> None:
    class Stock(Record):
        stock = True

    outcome = converge(aws, [Stock("red")], check=False)
    assert (outcome.steps, calls(outcome.left)) == ((), ["store:CreateRecord", "store:UpdateRecord"])
    assert store.record is None


def lookup(kind: type[Lookup], found: str | None) -> Lookup:
    return kind("address", "address", "make one", lambda _aws: found)


def test_what_another_role_makes_is_unknown_in_a_check_and_required_in_a_run(
    aws: Aws, written: list[str]
) -> None:
    absent = [lookup(Lookup, None), Record("red")]
    assert converge(aws, absent, check=True).values["address"] == KNOWN_LATER
    with pytest.raises(MissingError, match="there is no address"):
        converge(aws, absent, check=False)
    assert written == []


@pytest.mark.parametrize("check", [True, False])
def test_what_must_exist_already_is_required_in_a_check_too(aws: Aws, check: bool) -> None:
    assert converge(aws, [lookup(Existing, "here")], check=check).values == {"address": "here"}
    with pytest.raises(MissingError):
        converge(aws, [lookup(Existing, None)], check=check)


@pytest.mark.parametrize("code", ["PreconditionFailed", "PreconditionFailedException"])
@pytest.mark.parametrize(("times", "writes"), [(2, 3), (3, 3)])
def test_what_somebody_else_changed_meanwhile_is_read_and_decided_on_again_at_most_three_times(
    aws: Aws, written: list[str], code: str, times: int, writes: int
) -> None:
    class Contested(Store):
        """Somebody else paints the record just before the first `times` updates."""

        def update_record(self, **params: Any) -> dict[str, Any]:
            assert self.record is not None
            if len(written) <= times:
                self.record["colour"] = f"theirs {len(written)}"
                raise ClientError({"Error": {"Code": code, "Message": "another revision"}}, "UpdateRecord")
            return super().update_record(**params)

    contested = Contested()
    contested.record = {"colour": "blue"}
    contesting = dataclasses.replace(aws, session=Session(contested))
    if times < writes:
        converge(contesting, [Record("red")], check=False)
        assert contested.record["colour"] == "red"
    else:
        with pytest.raises(AwsError, match=code):
            converge(contesting, [Record("red")], check=False)
        assert contested.record["colour"] == "theirs 3"
    assert written == ["store:UpdateRecord"] * writes


@pytest.mark.parametrize(
    ("code", "paints", "writes"),
    [("AccessDenied", "theirs", 1), ("PreconditionFailed", "red", 1), ("PreconditionFailed", "theirs", 2)],
)
def test_only_a_newer_revision_is_met_again_and_what_is_right_by_then_is_left_alone(
    aws: Aws, written: list[str], code: str, paints: str, writes: int
) -> None:
    class Contested(Store):
        """Somebody else paints the record just before the first update."""

        def update_record(self, **params: Any) -> dict[str, Any]:
            if len(written) == 1:
                self.record = {"colour": paints}
                raise ClientError({"Error": {"Code": code, "Message": "no"}}, "UpdateRecord")
            return super().update_record(**params)

    contested = Contested()
    contested.record = {"colour": "blue"}
    contesting = dataclasses.replace(aws, session=Session(contested))
    if code == "AccessDenied":
        with pytest.raises(AwsError, match=code):
            converge(contesting, [Record("red")], check=False)
    else:
        assert converge(contesting, [Record("red")], check=False).values == {"colour": "red"}
    assert len(written) == writes


def test_a_run_waits_with_progress_until_aws_has_settled(aws: Aws, store: Store) -> None:
    said: list[str] = []
    slept: list[float] = []
    store.settles_after = 4
    converge(aws, [Record("red")], check=False, notify=said.append, sleep=slept.append)
    assert slept == [5, 5]
    assert said[1] == "the record is being painted (5 s of at most 15 s; Ctrl-C is safe)"


def test_the_wait_is_bounded_and_says_how_to_go_on(aws: Aws, store: Store) -> None:
    store.settles_after = 100
    with pytest.raises(OpsError, match="after 15 seconds still: the record is being painted") as failure:
        converge(aws, [Record("red")], check=False, notify=lambda _text: None, sleep=lambda _seconds: None)
    assert "run the command again" in failure.value.fix


def test_a_run_that_does_not_wait_says_what_is_pending(aws: Aws, store: Store) -> None:
    store.settles_after = 100
    outcome = converge(aws, [Record("red")], check=False, wait=False)
    assert outcome.pending == "the record is being painted"


def test_appear_looks_until_aws_lists_what_it_made() -> None:
    answers = iter([None, None, "here"])
    assert appear(lambda: next(answers), "it", sleep=lambda _seconds: None) == "here"
    with pytest.raises(OpsError, match="it was made, but AWS does not show it"):
        appear(lambda: None, "it", sleep=lambda _seconds: None)


def test_call_name_is_the_name_of_the_permission() -> None:
    assert call_name("lambda", "create_function_url_config") == "lambda:CreateFunctionUrlConfig"
