"""What a build names reaches Ansible as data, never as a template, whose lookups run commands."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from outreach_ops import playbook
from outreach_ops.errors import OpsError, UsageError
from outreach_ops.settings import behaviours_file, load_site
from outreach_ops.settings.cloudfront import Behaviour


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials for an AWS that nothing answers for: a play reads its variables before it asks."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCOUNT_ID", "123456789012")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "123456789012")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "made up")


def running(command: str) -> str:
    """A name that runs a command where it is templated."""
    return "{{ lookup('pipe', '" + command + "') }}"


def test_a_file_name_that_is_a_lookup_runs_no_command(tmp_path: Path) -> None:
    pwned = tmp_path / "PWNED"
    names = ("{{7*7}}.txt", running(f"touch {pwned}"))
    hostile = [Behaviour(f"/{name}", "assets", "static") for name in names]
    with pytest.raises(OpsError) as caught:
        playbook.add_behaviours(load_site("staging"), tuple(hostile), lambda _line: None)
    assert not pwned.exists()
    assert "'/{{7*7}}.txt' is not a path pattern of CloudFront" in caught.value.cause
    assert "/49.txt" not in caught.value.cause


def test_an_account_from_the_environment_is_no_template(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCOUNT_ID", running(f"touch {tmp_path / 'PWNED'}"))
    with pytest.raises(UsageError, match="is not 12 digits"):
        load_site("staging")
    assert not (tmp_path / "PWNED").exists()


def test_behaviours_go_through_a_private_file_that_does_not_stay() -> None:
    needed = (Behaviour("/outreach/notes.txt", "assets", "static"),)
    with behaviours_file.written(needed) as named:
        file = Path(named[behaviours_file.VARIABLE])
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert behaviours_file.read(named) == needed
    assert not file.exists()
    assert behaviours_file.read({}) == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        json.dumps(["/x"]),
        json.dumps([{"path": "/x"}]),
        json.dumps([{"path": "/x", "origin": "elsewhere", "cache": "static"}]),
        json.dumps([{"path": "/x y", "origin": "assets", "cache": "static"}]),
        json.dumps([{"path": 1, "origin": "assets", "cache": "static"}]),
    ],
)
def test_a_file_that_holds_anything_else_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "behaviours.json"
    file.write_text(text)
    with pytest.raises(UsageError, match="is no list of behaviours"):
        behaviours_file.read({behaviours_file.VARIABLE: str(file)})
    with pytest.raises(UsageError, match="is no list of behaviours"):
        behaviours_file.read({behaviours_file.VARIABLE: str(tmp_path / "none.json")})
