"""What every task shares: flags that are read strictly, failures that become text and exit code."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from invoke.context import Context
from invoke.exceptions import Exit

from outreach_ops.errors import Exit as Code
from outreach_ops.errors import OpsError, RollbackFailedError, RolledBackError, UsageError
from outreach_ops.interrupt import Interrupted
from outreach_ops.settings.load import ROOT
from outreach_ops.tasks.support import announce, application, command, number

CONTEXT = Context()
"""What invoke gives each task first."""


def fail(error: BaseException) -> int:
    """The exit code of a task that fails with `error`."""

    def body(_context: Context) -> None:
        raise error

    with pytest.raises(Exit) as caught:
        command(body)(CONTEXT)
    return caught.value.code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("wrong", "type this"), Code.USAGE),
        (OpsError("wrong", "type this", step="files", live="v0.1.0, unchanged"), Code.LIVE_UNCHANGED),
        (RolledBackError("wrong", "type this"), Code.ROLLED_BACK),
        (RollbackFailedError("wrong", "type this"), Code.ROLLBACK_FAILED),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_failure_becomes_its_text_and_its_exit_code(
    error: OpsError, code: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert fail(error) == code
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", f"{error}\n")


def test_an_interruption_that_nothing_else_explains_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert fail(Interrupted()) == Code.LIVE_UNCHANGED
    assert capsys.readouterr().err.startswith("interrupted")


def test_the_exit_codes_are_those_of_the_documentation() -> None:
    assert [int(code) for code in Code] == [0, 2, 3, 4, 5, 6]


def test_an_error_says_step_cause_what_is_live_and_what_to_type() -> None:
    error = OpsError("it broke", "type this", step="files", live="v0.1.0, unchanged")
    assert str(error) == "error: files: it broke\nlive:  v0.1.0, unchanged\nfix:   type this"
    assert str(OpsError("it broke", "type this")) == "error: it broke\nfix:   type this"


def test_an_unforeseen_error_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)

    def body(_context: Context) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        command(body)(CONTEXT)


def test_a_task_works_in_the_projects_root_and_gets_its_flags(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    seen: list[object] = []
    command(lambda c, env="": seen.extend([c, env, Path.cwd()]))(CONTEXT, env="staging")
    assert seen == [CONTEXT, "staging", ROOT]


@pytest.mark.parametrize(("value", "read"), [("", None), ("5", 5), ("0", 0), ("12", 12)])
def test_a_whole_number_is_read(value: str, read: int | None) -> None:
    assert number("version", value) == read


@pytest.mark.parametrize("value", ["v5", "-5", "5.0", " 5", "five", "²", "True"])
def test_anything_else_is_refused_with_how_to_write_it(value: str) -> None:
    with pytest.raises(UsageError, match="is not a whole number") as caught:
        number("version", value)
    assert caught.value.fix == "write it like --version=5"


def test_an_application_is_the_flags_else_the_inventorys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("flag", "configured"):
        (tmp_path / name).mkdir()
    assert application(str(tmp_path / "flag"), "configured") == tmp_path / "flag"
    assert application("", "configured") == tmp_path / "configured"


@pytest.mark.parametrize(("flag", "configured"), [("nowhere", "."), ("", "nowhere")])
def test_an_application_that_does_not_exist_is_refused(flag: str, configured: str) -> None:
    with pytest.raises(UsageError, match="nowhere does not exist") as caught:
        application(flag, configured)
    assert "--app=PATH" in caught.value.fix


def test_work_on_the_local_aws_is_announced_and_on_the_real_one_is_not(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    announce()
    assert "local AWS at http://127.0.0.1:4566" in capsys.readouterr().err
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1.example.com")
    announce()
    assert "local" not in capsys.readouterr().err
    monkeypatch.setenv("AWS_ENDPOINT_URL", "")
    announce()
    assert capsys.readouterr().err == ""
    assert "AWS_ENDPOINT_URL" in os.environ
