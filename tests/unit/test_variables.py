"""Where variables come from, what is refused, and that no value ever shows."""

from __future__ import annotations

import dataclasses
import traceback
from pathlib import Path

import pytest

from fakes.settings import SETTINGS
from outreach_ops.errors import UsageError
from outreach_ops.target import Wanted
from outreach_ops.variables import LIMIT, Environment, check, coalesce, differences

SECRET = "s3cret-value"
GOOD = {"NODE_ENV": "production", "AUTH_SECRET": SECRET}


def write(app: Path, **files: str) -> Path:
    """An application with these files of variables: env and env_local."""
    for name, text in files.items():
        (app / f".{name.replace('_', '.')}").write_text(text)
    return app


def test_later_sources_win_over_earlier_ones(tmp_path: Path) -> None:
    app = write(tmp_path, env="A=1\nFEATURE=file\nPHONE=file", env_local="PHONE=local\nAUTH_SECRET=local")
    found = coalesce(SETTINGS, app, {}, {"AUTH_SECRET": "process"})
    assert dict(found) == {
        "NODE_ENV": "production",
        "FEATURE": "file",
        "PHONE": "local",
        "AUTH_SECRET": "process",
    }


def test_a_value_of_the_inventory_yields_to_every_other_source(tmp_path: Path) -> None:
    assert coalesce(SETTINGS, tmp_path, {}, {})["NODE_ENV"] == "production"
    app = write(tmp_path, env="NODE_ENV=development")
    assert coalesce(SETTINGS, app, {}, {})["NODE_ENV"] == "development"


def test_what_the_local_aws_serves_wins_there(tmp_path: Path) -> None:
    found = coalesce(SETTINGS, tmp_path, {"FEATURE": "local AWS"}, {"FEATURE": "process"})
    assert found["FEATURE"] == "local AWS"


def test_only_variables_that_the_inventory_names_are_taken(tmp_path: Path) -> None:
    app = write(tmp_path, env="UNKNOWN=1")
    assert set(coalesce(SETTINGS, app, {"OTHER": "1"}, {"HOME": "/", **GOOD})) == {"NODE_ENV", "AUTH_SECRET"}


def test_dollar_signs_in_files_are_kept_as_they_are(tmp_path: Path) -> None:
    app = write(tmp_path, env="AUTH_SECRET='a$HOME${B}'")
    assert coalesce(SETTINGS, app, {}, {})["AUTH_SECRET"] == "a$HOME${B}"


def test_every_required_variable_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        check(SETTINGS, {"NODE_ENV": ""}, on_real_aws=True)
    assert caught.value.cause == "required variables have no value: NODE_ENV, AUTH_SECRET"
    assert ".env.local" in caught.value.fix


def test_optional_variables_may_be_missing() -> None:
    check(SETTINGS, GOOD, on_real_aws=True)


def test_lambdas_4_kb_count_names_and_values_in_bytes() -> None:
    used = sum(len(name) + len(value) for name, value in GOOD.items())
    room = LIMIT - used - len("PHONE")
    check(SETTINGS, {**GOOD, "PHONE": "x" * room}, on_real_aws=True)
    for value in ("x" * (room + 1), "é" * (room // 2 + 1)):
        with pytest.raises(UsageError, match="Lambda allows 4096"):
            check(SETTINGS, {**GOOD, "PHONE": value}, on_real_aws=True)


@pytest.mark.parametrize("address", ["http://127.0.0.1:4566", "https://localhost/x", "http://localhost"])
def test_an_address_of_this_machine_is_refused_on_real_aws_alone(address: str) -> None:
    check(SETTINGS, {**GOOD, "FEATURE": address}, on_real_aws=False)
    with pytest.raises(UsageError, match="FEATURE point to this machine") as caught:
        check(SETTINGS, {**GOOD, "FEATURE": address}, on_real_aws=True)
    assert address not in str(caught.value)


@pytest.mark.parametrize("source", ["env", "env_local", "process"])
def test_another_public_value_than_the_inventorys_is_refused_without_showing_it(
    tmp_path: Path, source: str
) -> None:
    name, value = "NEXT_PUBLIC_BASE_URL", "http://laptop:3000"
    if source != "process":
        write(tmp_path, **{source: f"{name}={value}"})
    environ = {name: value} if source == "process" else {}
    with pytest.raises(UsageError, match=f"{name} is set here to another value") as caught:
        coalesce(SETTINGS, tmp_path, {}, environ)
    assert value not in str(caught.value)
    assert "https://outreach.example.com" in str(caught.value)


def test_the_inventorys_own_public_value_is_accepted(tmp_path: Path) -> None:
    coalesce(SETTINGS, tmp_path, {}, {"NEXT_PUBLIC_BASE_URL": "https://outreach.example.com"})


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


def test_mask_cuts_what_lambda_quotes_of_the_variables() -> None:
    environment = Environment({"A": "line one\nline two"})
    said = 'exceeded the 4KB limit. String measured: {"A":"line one\\nline two"}'
    assert environment.mask(said) == "exceeded the 4KB limit. "


def test_over_keeps_what_it_does_not_name() -> None:
    merged = Environment({"A": "new"}).over({"A": "old", "B": "kept"})
    assert dict(merged) == {"A": "new", "B": "kept"}


def test_differences_are_names_by_what_became_of_them() -> None:
    before, after = {"A": "1", "B": "1", "C": "1"}, {"B": "1", "C": "2", "D": "1"}
    assert differences(before, after) == {"added": ("D",), "changed": ("C",), "removed": ("A",)}


def test_a_variable_without_a_value_in_the_file_is_not_set(tmp_path: Path) -> None:
    app = write(tmp_path, env="AUTH_SECRET")
    assert "AUTH_SECRET" not in coalesce(SETTINGS, app, {}, {})


def test_settings_are_not_changed_by_reading(tmp_path: Path) -> None:
    before = dataclasses.replace(SETTINGS)
    coalesce(SETTINGS, tmp_path, {}, GOOD)
    assert before == SETTINGS
