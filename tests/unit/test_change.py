"""A release that changes variables alone: rotation, and the Auth0 trio from memory to memory."""

from __future__ import annotations

import io
import traceback
from pathlib import Path

import pytest

from fakes.crash import KilledError, kill, revive
from fakes.settings import SETTINGS
from fakes.site import VARIABLES, Site, ending
from outreach_ops.errors import OpsError, UsageError
from outreach_ops.release import change, rotate
from outreach_ops.release.stages import DEPLOY
from outreach_ops.settings.variables import Variable
from outreach_ops.sleepconnect import auth0
from outreach_ops.variables.coalesce import coalesce
from outreach_ops.variables.values import KEY_NAME, Environment

NEW = "new-secret-of-the-parent"
PHONE = Variable("PHONE", "shared", required=False)


def changed(site: Site, **values: str) -> bool:
    return change.change(site.desk, values, "change")


def test_a_changed_variable_is_live_with_the_same_code_and_nothing_is_uploaded(site: Site) -> None:
    site.released("0.1.0")
    before = len(site.aws.writes)
    assert changed(site, AUTH_SECRET=NEW) is True
    assert site.variables["AUTH_SECRET"] == NEW
    assert site.variables["NODE_ENV"] == VARIABLES["NODE_ENV"]
    assert len(site.variables[KEY_NAME]) == 64
    assert not any("Object" in write for write in site.aws.writes[before:])
    entry = site.ledger[-1]
    assert (entry.kind, entry.status, entry.version) == ("release", "ok", "0.1.0")
    versions = site.aws.lambda_.functions["server"].versions
    assert versions[site.live["server"]].code == versions["2"].code


def test_the_same_value_again_writes_nothing(site: Site) -> None:
    site.released("0.1.0")
    changed(site, AUTH_SECRET=NEW)
    before = site.aws.writes
    assert changed(site, AUTH_SECRET=NEW) is False
    assert site.aws.writes == before


def test_the_value_is_in_no_output_and_in_no_ledger(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.released("0.1.0")
    changed(site, AUTH_SECRET=NEW)
    said = capsys.readouterr()
    assert "changed AUTH_SECRET (" in said.out
    assert NEW not in said.out + said.err
    assert NEW not in str(site.ledger)


def test_a_failure_that_quotes_the_value_is_masked_everywhere(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.released("0.1.0")
    site.aws.refuse("UpdateAlias", "AccessDeniedException", message=f"quoting {NEW}")
    with pytest.raises(OpsError, match=r"quoting \*\*\*") as caught:
        changed(site, AUTH_SECRET=NEW)
    said = capsys.readouterr()
    traced = "".join(traceback.format_exception(caught.value.__cause__, chain=False))
    for text in (said.out, said.err, str(caught.value), repr(caught.value), traced, str(site.ledger)):
        assert NEW not in text


def test_an_unforeseen_error_that_quotes_the_value_is_masked_too(site: Site) -> None:
    site.released("0.1.0")
    made, secret = site.build("0.2.0"), VARIABLES["AUTH_SECRET"]
    with pytest.raises(OpsError, match=r"quoting \*\*\*") as caught:
        site.deploy(made, stages=ending(DEPLOY, "settle", RuntimeError(f"quoting {secret}")))
    assert secret not in f"{caught.value}{caught.value!r}{site.ledger}"


def test_without_a_release_there_is_nothing_to_publish_again(site: Site) -> None:
    with pytest.raises(OpsError, match="is no release of this tool") as caught:
        changed(site, AUTH_SECRET=NEW)
    assert caught.value.fix == "invoke deploy --env=test"
    assert site.aws.writes == []


def test_a_change_after_a_crash_concludes_what_was_left_first(site: Site) -> None:
    site.released("0.1.0")
    kill(site, 8, "after")
    with pytest.raises(KilledError):
        site.released("0.2.0")
    revive(site)
    assert changed(site, PHONE="555 0100")
    assert site.variables["PHONE"] == "555 0100"
    assert site.read().explained and not site.read().unfinished


def test_a_rollback_keeps_what_was_rotated(site: Site) -> None:
    site.released("0.1.0")
    site.released("0.2.0")
    changed(site, AUTH_SECRET=NEW)
    site.rollback("v0.1.0")
    assert site.variables["AUTH_SECRET"] == NEW
    assert "version 0.1.0" in site.page("/outreach")


def test_a_rollback_that_publishes_again_says_so(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.released("0.1.0")
    site.released("0.2.0")
    changed(site, AUTH_SECRET=NEW)
    site.rollback("v0.1.0")
    assert "server: published again, because shared variables have changed" in capsys.readouterr().out


def test_sleepconnects_values_are_read_from_its_function(site: Site) -> None:
    site.aws.parent({"AUTH_SECRET": NEW, "OTHER": "not ours"})
    assert dict(auth0.trio(site.aws.connect(), SETTINGS)) == {"AUTH_SECRET": NEW}


@pytest.mark.parametrize(
    ("environ", "live", "value", "source"),
    [
        ({}, {}, NEW, "SleepConnect"),
        ({}, {"AUTH_SECRET": ""}, NEW, "SleepConnect"),
        ({}, {"AUTH_SECRET": "of-live"}, None, None),
        ({"AUTH_SECRET": "of-the-operator"}, {}, "of-the-operator", "environment"),
        # Set to nothing is not unset: it is named as missing.
        ({"AUTH_SECRET": ""}, {}, "", "environment"),
    ],
)
def test_what_nobody_has_yet_is_sleepconnects_own(
    site: Site, tmp_path: Path, environ: dict[str, str], live: dict[str, str], value: str, source: str
) -> None:
    site.aws.parent({"AUTH_SECRET": NEW})
    found = auth0.lent(site.aws.connect(), SETTINGS, coalesce(SETTINGS, tmp_path, {}, environ), live)
    assert (found.values.get("AUTH_SECRET"), found.sources.get("AUTH_SECRET")) == (value, source)


def test_what_cannot_be_lent_is_missing_as_all_else(site: Site, tmp_path: Path) -> None:
    del site.aws.lambda_.functions["parent"]
    found = coalesce(SETTINGS, tmp_path, {}, {})
    assert auth0.lent(site.aws.connect(), SETTINGS, found, {}) == found


def test_sleepconnects_function_that_is_missing_is_named(site: Site) -> None:
    del site.aws.lambda_.functions["parent"]
    with pytest.raises(OpsError, match="SleepConnect's function parent does not exist") as caught:
        auth0.trio(site.aws.connect(), SETTINGS)
    assert "sleepconnect_function_name" in caught.value.fix


def test_sleepconnects_function_that_may_not_be_read_is_named(site: Site) -> None:
    site.aws.refuse("GetFunctionConfiguration", "AccessDeniedException", containing="parent")
    with pytest.raises(OpsError, match=r"function parent cannot be read: .*AccessDenied") as caught:
        auth0.trio(site.aws.connect(), SETTINGS)
    assert "lambda:GetFunctionConfiguration on parent" in caught.value.fix


def test_a_trio_that_sleepconnect_lacks_is_not_copied() -> None:
    with pytest.raises(OpsError, match="has no AUTH_SECRET"):
        auth0.complete(SETTINGS, Environment({}))


@pytest.mark.parametrize(
    ("parent", "ours", "same"),
    [("a", "a", True), ("a", "b", False), ("", "", False), (None, None, False), ("a", None, False)],
)
def test_only_values_that_both_have_can_be_the_same(parent: str | None, ours: str | None, same: bool) -> None:
    def having(value: str | None) -> dict[str, str]:
        return {} if value is None else {"AUTH_SECRET": value}

    (pair,) = auth0.compare(SETTINGS, having(parent), having(ours))
    assert pair.same is same
    assert (pair.sleepconnect == pair.outreach) is (same or (not parent and not ours))


@pytest.mark.parametrize("text", ["piped\n", "piped\r\n", "piped"])
@pytest.mark.parametrize("environ", [{}, {"PHONE": "the old value, kept there by mise"}])
def test_a_value_that_is_piped_in_wins(text: str, environ: dict[str, str]) -> None:
    assert rotate.new_value(PHONE, io.StringIO(text), environ) == ("piped", "standard input")


def test_without_a_pipe_the_value_comes_from_the_environment() -> None:
    assert rotate.new_value(PHONE, io.StringIO(""), {"PHONE": "ambient"}) == ("ambient", "the environment")


@pytest.mark.parametrize(
    ("text", "says"), [("", "there is no value"), ("a\nb\n", "a newline"), ("a\0b", "a NUL")]
)
def test_no_value_or_more_than_a_line_is_refused(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        rotate.new_value(PHONE, io.StringIO(text), {})


@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])
def test_a_value_that_is_no_text_is_refused_without_showing_it(errors: str) -> None:
    piped = io.TextIOWrapper(io.BytesIO(b"s3cret\xff"), encoding="utf-8", errors=errors)
    with pytest.raises(UsageError, match="UTF-8") as caught:
        rotate.new_value(PHONE, piped, {})
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "says", "fix"),
    [
        ("AUTH_SECRET", "SleepConnect's own", "invoke auth0.sync --env=test"),
        ("NODE_ENV", "no shared variable", "choose one of: PHONE"),
        ("", "no shared variable", "choose one of: PHONE"),
    ],
)
def test_only_shared_variables_of_this_site_can_be_rotated(name: str, says: str, fix: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        rotate.secret(SETTINGS, name)
    assert fix in caught.value.fix


def test_rotation_says_what_else_must_change() -> None:
    twilio = Variable("TOKEN", "shared", owner="twilio")
    said = "\n".join(rotate.elsewhere(SETTINGS, twilio))
    assert "Twilio: revoke" in said
    assert "gh secret set TOKEN --env test" in said
