"""What Lambda would refuse is refused first, and no value ever shows."""

from __future__ import annotations

import json
import traceback

import pytest

from fakes.settings import SETTINGS
from outreach_ops.errors import UsageError
from outreach_ops.release.target import Wanted
from outreach_ops.variables.values import KEY_NAME, LIMIT, Environment, check, differences, private

SECRET = "s3cret-value"
GOOD = {"NODE_ENV": "production", "AUTH_SECRET": SECRET}


def test_every_required_variable_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        check(SETTINGS, {"NODE_ENV": ""}, on_real_aws=True)
    assert caught.value.cause == "required variables have no value: NODE_ENV, AUTH_SECRET"
    assert ".env.local" in caught.value.fix


def test_optional_variables_may_be_missing() -> None:
    check(SETTINGS, GOOD, on_real_aws=True)


def test_lambdas_4_kb_count_the_bytes_of_the_json_text() -> None:
    room = LIMIT - len(json.dumps({**GOOD, "PHONE": ""}, separators=(",", ":")))
    check(SETTINGS, {**GOOD, "PHONE": "x" * room}, on_real_aws=True)
    for value in ("x" * (room + 1), "é" * (room // 2 + 1), '"' * (room // 2 + 1)):
        with pytest.raises(UsageError, match="Lambda allows 4096"):
            check(SETTINGS, {**GOOD, "PHONE": value}, on_real_aws=True)


@pytest.mark.parametrize("address", ["http://127.0.0.1:4566", "https://localhost/x", "http://localhost"])
def test_an_address_of_this_machine_is_refused_on_real_aws_alone(address: str) -> None:
    check(SETTINGS, {**GOOD, "FEATURE": address}, on_real_aws=False)
    with pytest.raises(UsageError, match="FEATURE point to this machine") as caught:
        check(SETTINGS, {**GOOD, "FEATURE": address}, on_real_aws=True)
    assert address not in str(caught.value)


def test_an_environment_shows_names_alone() -> None:
    environment = Environment({"B": SECRET, "A": SECRET})
    wanted = Wanted("server", "server", None, "x86_64", environment)  # type: ignore[arg-type]
    shown = [repr(environment), str(environment), f"{environment}", f"{environment!r:>60}", repr(wanted)]
    assert shown[:3] == ["Environment(A, B)"] * 3
    assert not any(SECRET in text for text in shown)


def test_an_environment_in_an_exception_shows_names_alone() -> None:
    environment = Environment({"A": SECRET})
    with pytest.raises(ValueError, match="Environment") as caught:
        raise ValueError(environment, {"within": [environment]})
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    with pytest.raises(KeyError) as absent:
        environment["B"]
    assert SECRET not in "".join(traceback.format_exception(absent.value))


def test_an_environment_cannot_be_changed() -> None:
    values = {"A": "1"}
    environment = Environment(values)
    values["A"] = "2"
    assert environment["A"] == "1"
    assert not hasattr(environment, "__setitem__")


def test_mask_takes_every_value_out_the_longest_first() -> None:
    environment = Environment({"A": "secret", "B": "secret-and-more", "C": ""})
    assert environment.mask("got secret-and-more, secret and nothing") == "got ***, *** and nothing"


def test_over_keeps_what_it_does_not_name() -> None:
    merged = Environment({"A": "new"}).over({"A": "old", "B": "kept"})
    assert dict(merged) == {"A": "new", "B": "kept"}


def test_without_removes_what_it_names_and_needs_no_more() -> None:
    assert dict(Environment({"A": "1", "B": "2"}).without(["A", "C"])) == {"B": "2"}


def test_the_size_is_checked_first_and_the_largest_is_named() -> None:
    with pytest.raises(UsageError, match="the largest is FEATURE") as caught:
        check(SETTINGS, {"FEATURE": "x" * LIMIT, "PHONE": "1"}, on_real_aws=True)
    assert "--unset" in caught.value.fix


def test_private_is_what_the_inventory_has_no_value_for_and_is_long_enough_to_be_a_secret() -> None:
    everything = {**GOOD, "PHONE": "555", "FEATURE": "feature", "UNKNOWN": "unknown", KEY_NAME: "the key"}
    hidden = {"AUTH_SECRET": SECRET, "FEATURE": "feature", KEY_NAME: "the key"}
    assert dict(private(SETTINGS, everything)) == hidden


def test_private_is_what_somebody_set_by_hand_but_for_what_the_inventory_says_too() -> None:
    by_hand = {
        "OLD_KEY": "left-there-by-somebody",
        "OLD_BUCKET": SETTINGS.s3.bucket_name,
        "OLD_DOMAIN": SETTINGS.cloudfront.domain,
        "STAGE": "development",
    }
    served = {"CACHE_BUCKET_NAME": "whatever it is", "BUCKET_NAME": "of the image function"}
    assert dict(private(SETTINGS, {**by_hand, **served})) == {"OLD_KEY": "left-there-by-somebody"}


def test_differences_are_names_by_what_became_of_them() -> None:
    before, after = {"A": "1", "B": "1", "C": "1"}, {"B": "1", "C": "2", "D": "1"}
    assert differences(before, after) == {"added": ("D",), "changed": ("C",), "removed": ("A",)}
