"""GitHub's secrets through a stand-in for gh that is as strict as gh."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fakes.settings import SETTINGS
from fakes.site import Site
from outreach_ops.checks import doctor, github
from outreach_ops.checks.subject import Subject
from outreach_ops.variables.coalesce import coalesce

# It knows the two ways in which it is asked, and refuses any other as gh does.
GH = """#!/bin/sh
# It takes the repository from git, so it may not be led to another one.
test -z "$GIT_DIR" || exit 1
case "$*" in
  "secret list --json name") echo '[{"name":"PHONE"},{"name":"FEATURE"}]' ;;
  "secret list --json name --env test") @ENVIRONMENT@ ;;
  "auth status") @AUTH@ ;;
  *) echo "unknown command: $*" >&2; exit 1 ;;
esac
"""


@pytest.fixture
def subject(site: Site, tmp_path: Path) -> Subject:
    return Subject(site.aws.connect(), SETTINGS, tmp_path, coalesce(SETTINGS, tmp_path, {}, {}), {})


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, environment: str, auth: str = "true") -> None:
    """Puts the stand-in on the path, alone with what a shell needs."""
    program = folder / "bin" / "gh"
    program.parent.mkdir()
    program.write_text(GH.replace("@ENVIRONMENT@", environment).replace("@AUTH@", auth))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}/usr/bin{os.pathsep}/bin")


def test_the_environments_secrets_come_on_top_of_the_repositorys(
    subject: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, """echo '[{"name":"AUTH_SECRET"}]'""")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "theirs"))
    assert github.secrets(subject).level == "ok"


def test_a_required_secret_that_is_nowhere_is_a_failure(
    subject: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, "echo '[]'")
    found = github.secrets(subject)
    assert (found.level, found.cause) == ("failure", "GitHub has no secret AUTH_SECRET")


def test_an_environment_that_github_does_not_have_adds_nothing(
    subject: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, "echo 'gh: Not Found (HTTP 404)' >&2; exit 1")
    assert github.secrets(subject).cause == "GitHub has no secret AUTH_SECRET"


@pytest.mark.parametrize("answer", ["echo 'HTTP 403: Forbidden' >&2; exit 1", "echo 'no JSON'"])
def test_gh_that_cannot_tell_is_a_warning(
    subject: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    install(tmp_path, monkeypatch, answer)
    found = github.secrets(subject)
    assert (found.level, found.fix) == ("warning", "gh auth login")


def test_without_gh_the_secrets_are_not_looked_at(
    subject: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "not installed" in github.secrets(subject).cause


@pytest.mark.parametrize(("auth", "level"), [("true", "ok"), ("exit 1", "warning")])
def test_the_doctor_asks_whether_gh_is_logged_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, auth: str, level: str
) -> None:
    install(tmp_path, monkeypatch, "true", auth)
    (found,) = [each for each in doctor.run(SETTINGS, tmp_path, dict(os.environ)) if each.check == "gh"]
    assert found.level == level
