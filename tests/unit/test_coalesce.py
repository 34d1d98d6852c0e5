"""Where variables come from, and which sources are refused with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.settings import SETTINGS
from outreach_ops.errors import UsageError
from outreach_ops.settings.formats import RESERVED
from outreach_ops.variables.coalesce import coalesce

SECRET = "s3cret-value"
PUBLIC, ADDRESS = "NEXT_PUBLIC_BASE_URL", "https://outreach.example.com"


def write(app: Path, **files: str) -> Path:
    """An application with these files of variables: env and env_local."""
    for name, text in files.items():
        (app / f".{name.replace('_', '.')}").write_text(text)
    return app


def refusal(app: Path, environ: dict[str, str] | None = None) -> str:
    """What coalescing says when it refuses; never a value."""
    with pytest.raises(UsageError) as caught:
        coalesce(SETTINGS, app, {}, environ or {})
    assert SECRET not in str(caught.value)
    return str(caught.value)


def test_later_sources_win_over_earlier_ones_and_are_named(tmp_path: Path) -> None:
    app = write(tmp_path, env="FEATURE=file\nPHONE=file", env_local="PHONE=local\nAUTH_SECRET=local")
    found = coalesce(SETTINGS, app, {}, {"AUTH_SECRET": "process"})
    assert dict(found.values) == {
        "NODE_ENV": "production",
        "FEATURE": "file",
        "PHONE": "local",
        "AUTH_SECRET": "process",
    }
    assert found.sources == {
        "NODE_ENV": "inventory",
        "FEATURE": ".env",
        "PHONE": ".env.local",
        "AUTH_SECRET": "environment",
    }
    assert found.warnings == ()


def test_a_value_of_the_inventory_yields_to_every_other_source(tmp_path: Path) -> None:
    assert coalesce(SETTINGS, tmp_path, {}, {}).values["NODE_ENV"] == "production"
    app = write(tmp_path, env="NODE_ENV=development")
    assert coalesce(SETTINGS, app, {}, {}).values["NODE_ENV"] == "development"


def test_another_value_than_the_inventorys_is_named_for_it_may_be_left_from_development(
    tmp_path: Path,
) -> None:
    for source, environ in ((".env.local", {}), ("environment", {"NODE_ENV": "test"})):
        app = write(tmp_path, env_local="NODE_ENV=development")
        (warning,) = coalesce(SETTINGS, app, {}, environ).warnings
        assert warning == (
            f"{source}: NODE_ENV is set to another value than the inventory's 'production', and wins"
        )
    assert coalesce(SETTINGS, app, {}, {"NODE_ENV": "production"}).warnings == ()
    assert coalesce(SETTINGS, tmp_path, {"NODE_ENV": "served"}, {}).warnings == ()


def test_what_the_local_aws_serves_wins_there(tmp_path: Path) -> None:
    found = coalesce(SETTINGS, tmp_path, {"FEATURE": "served"}, {"FEATURE": "process"})
    assert (found.values["FEATURE"], found.sources["FEATURE"]) == ("served", "local AWS")


def test_only_variables_that_the_inventory_names_are_taken_and_others_are_named(tmp_path: Path) -> None:
    app = write(tmp_path, env=f"UNKNOWN={SECRET}")
    found = coalesce(SETTINGS, app, {"OTHER": "1"}, {"HOME": "/", "AUTH_SECRET": SECRET})
    assert set(found.values) == {"NODE_ENV", "AUTH_SECRET"}
    assert found.warnings == (".env: UNKNOWN is in no inventory and is not set",)


def test_dollar_signs_between_single_quotes_are_kept_as_they_are(tmp_path: Path) -> None:
    app = write(tmp_path, env="AUTH_SECRET='a$HOME${B}'")
    assert coalesce(SETTINGS, app, {}, {"B": "x"}).values["AUTH_SECRET"] == "a$HOME${B}"


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("PHONE=a$HOST", "a$HOST"),
        ("PHONE=https://${HOST}/x", "https://of-env/x"),
        ('PHONE="${HOST}${NODE_ENV}"', "of-envproduction"),
        ("PHONE=${ABSENT:-other}", "other"),
        ("HOST=of-this-file\nPHONE=${HOST}", "of-this-file"),
        (f"PHONE=${{{PUBLIC}}}", ADDRESS),
        ("HOME=x\nPHONE=${HOME}", "of-the-process"),
    ],
)
def test_a_value_may_refer_to_others_as_in_python_dotenv(tmp_path: Path, line: str, value: str) -> None:
    app = write(tmp_path, env="HOST=of-env", env_local=line)
    assert coalesce(SETTINGS, app, {}, {"HOME": "of-the-process"}).values["PHONE"] == value


def test_a_value_that_refers_to_what_nobody_sets_is_refused_where_it_would_be_used(tmp_path: Path) -> None:
    app = write(tmp_path, env=f"UNKNOWN=${{B}}\nAUTH_SECRET={SECRET}${{{SECRET}}}")
    assert ".env:2: AUTH_SECRET refers to a variable that nobody sets" in refusal(app)
    assert coalesce(SETTINGS, app, {}, {"AUTH_SECRET": "x"}).values["AUTH_SECRET"] == "x"


def test_a_value_that_refers_to_others_is_hidden_as_it_is_written_too(tmp_path: Path) -> None:
    others = coalesce(
        SETTINGS, write(tmp_path, env=f"AUTH_SECRET={SECRET}${{HOME}}"), {}, {"HOME": "h"}
    ).others
    assert others.mask(f"{SECRET}h and {SECRET}${{HOME}}") == "*** and ***"


def test_the_syntax_is_that_of_python_dotenv(tmp_path: Path) -> None:
    app = write(tmp_path, env="# a comment\nexport FEATURE = 'a # b' # c\n\nPHONE=\"x\"\n")
    found = coalesce(SETTINGS, app, {}, {}).values
    assert (found["FEATURE"], found["PHONE"]) == ("a # b", "x")


def test_a_variable_without_a_value_in_the_file_is_not_set(tmp_path: Path) -> None:
    found = coalesce(SETTINGS, write(tmp_path, env="AUTH_SECRET=x\nAUTH_SECRET"), {}, {})
    assert "AUTH_SECRET" not in found.values
    assert found.warnings[-1].endswith(".env:2: AUTH_SECRET has no = behind it, and is not set")


@pytest.mark.parametrize(
    ("text", "line"), [(f"FEATURE=1\n\n='{SECRET}\n", 3), (f"PHONE '{SECRET}'", 1), (f"# c\n{SECRET} x\n", 2)]
)
def test_a_malformed_line_names_file_and_line_and_shows_no_value(
    tmp_path: Path, text: str, line: int
) -> None:
    assert f".env.local:{line}: this is no line like NAME=value" in refusal(write(tmp_path, env_local=text))


def test_a_name_that_is_set_twice_is_a_warning_and_the_later_wins(tmp_path: Path) -> None:
    found = coalesce(SETTINGS, write(tmp_path, env="PHONE=1\nFEATURE=x\nPHONE=2"), {}, {})
    assert found.values["PHONE"] == "2"
    (warning,) = found.warnings
    assert warning.endswith(".env:3: PHONE is set twice; line 1 is not used")


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_a_name_that_lambda_reserves_is_refused_with_its_place(tmp_path: Path, name: str) -> None:
    assert f".env:1: {name} is a name that Lambda sets itself" in refusal(write(tmp_path, env=f"{name}=x"))


@pytest.mark.parametrize("name", ["1BAD", "MY-NAME", "A", "_X", "É1"])
def test_a_name_that_lambda_refuses_is_refused_with_its_place(tmp_path: Path, name: str) -> None:
    assert f".env:2: {name} is no name" in refusal(write(tmp_path, env=f"PHONE=1\n{name}=x"))


@pytest.mark.parametrize(
    ("character", "what"), [("\n", "a newline"), ("\r", "a carriage return"), ("\0", "a NUL")]
)
def test_a_value_of_more_than_a_line_of_text_is_refused(tmp_path: Path, character: str, what: str) -> None:
    said = refusal(tmp_path, {"AUTH_SECRET": f"{SECRET}{character}x"})
    assert f"AUTH_SECRET in environment holds {what}" in said


def test_a_value_that_is_no_text_is_refused(tmp_path: Path) -> None:
    said = refusal(tmp_path, {"AUTH_SECRET": f"{SECRET}\udcff"})
    assert "AUTH_SECRET in environment holds bytes that are no UTF-8" in said


def test_a_newline_in_a_file_is_refused_too(tmp_path: Path) -> None:
    assert "AUTH_SECRET in .env holds a newline" in refusal(write(tmp_path, env=f"AUTH_SECRET='{SECRET}\nb'"))


def test_an_unreadable_file_is_not_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / ".env.local").mkdir()
    assert ".env.local cannot be read: Is a directory" in refusal(tmp_path)


def test_a_link_to_no_file_is_not_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / ".env.local").symlink_to(tmp_path / "unmounted")
    assert ".env.local links to no file" in refusal(tmp_path)


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(f"AUTH_SECRET={SECRET}\xe9".encode("latin-1"))
    assert ".env is not UTF-8" in refusal(tmp_path)


@pytest.mark.parametrize("source", ["env", "env_local", "env_production", "env_production_local", "process"])
def test_another_public_value_than_the_inventorys_is_refused_without_showing_it(
    tmp_path: Path, source: str
) -> None:
    value = "http://laptop:3000"
    if source != "process":
        write(tmp_path, **{source: f"{PUBLIC}={value}"})
    said = refusal(tmp_path, {PUBLIC: value} if source == "process" else {})
    place = "environment" if source == "process" else f".{source.replace('_', '.')}"
    assert f"{PUBLIC} is set in {place} to another value than the inventory's '{ADDRESS}'" in said
    assert value not in said


def test_the_inventorys_own_public_value_is_accepted(tmp_path: Path) -> None:
    coalesce(SETTINGS, write(tmp_path, env=f"{PUBLIC}={ADDRESS}"), {}, {PUBLIC: ADDRESS})


def test_a_public_variable_that_only_a_file_has_is_refused_for_next_would_bake_it_in(tmp_path: Path) -> None:
    said = refusal(write(tmp_path, env_local=f"NEXT_PUBLIC_OTHER={SECRET}"))
    assert "NEXT_PUBLIC_OTHER is set in .env.local, and the inventory does not have it" in said


def test_a_function_gets_nothing_from_a_file_that_next_alone_reads_and_that_is_said(tmp_path: Path) -> None:
    app = write(tmp_path, env_production=f"AUTH_SECRET={SECRET}\nPHONE=1\nAWS_REGION=x\nFEATURE=")
    found = coalesce(SETTINGS, app, {}, {"PHONE": "1"})
    assert set(found.values) == {"NODE_ENV", "PHONE"}
    (warning,) = found.warnings
    assert warning.startswith(".env.production: AUTH_SECRET of this file reach no function")
    assert SECRET not in warning


def test_what_no_function_gets_is_known_so_that_a_build_shows_it_not(tmp_path: Path) -> None:
    app = write(tmp_path, env=f"UNKNOWN={SECRET}", env_production=f"AUTH_SECRET={SECRET}")
    assert coalesce(SETTINGS, app, {}, {}).others.mask(f"a build says {SECRET}") == "a build says ***"
