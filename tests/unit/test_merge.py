"""The operator's variables over live's: what stays, what goes, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.settings import SETTINGS
from outreach_ops.errors import UsageError
from outreach_ops.release import target
from outreach_ops.variables import merge
from outreach_ops.variables.coalesce import coalesce
from outreach_ops.variables.values import KEY_NAME, LIMIT, Environment

LIVE: merge.Live = {
    "server": Environment({"AUTH_SECRET": "live", "BY_HAND": "kept", KEY_NAME: "key"}),
    "image": Environment({}),
}


def merged(app: Path, environ: dict[str, str], *unset: str, live: merge.Live = LIVE) -> Environment:
    """What the server function would get."""
    found = coalesce(SETTINGS, app, {}, environ)
    operators = merge.operators(SETTINGS, found, live, unset, True)
    return target.merged(SETTINGS, operators, merge.without(live, unset), "")["server"]


def test_what_the_operator_does_not_name_stays(tmp_path: Path) -> None:
    found = merged(tmp_path, {"PHONE": "1"})
    assert (found["BY_HAND"], found["AUTH_SECRET"], found["PHONE"]) == ("kept", "live", "1")
    assert found["CACHE_BUCKET_NAME"] == "made-up-assets"


def test_unset_removes_what_live_has(tmp_path: Path) -> None:
    assert "BY_HAND" not in merged(tmp_path, {}, "BY_HAND")


def test_unset_removes_what_another_function_has_too(tmp_path: Path) -> None:
    live: merge.Live = {**LIVE, "image": Environment({"LEFT": "x"})}
    merged(tmp_path, {}, "LEFT", live=live)
    assert dict(merge.without(live, ["LEFT"])["image"]) == {}


@pytest.mark.parametrize(
    ("name", "environ", "says"),
    [
        ("BUCKET_NAME", {}, "each release sets it itself"),
        ("ABSENT", {}, "live has no such variable"),
        ("PHONE", {"PHONE": "1"}, "it is set by environment"),
        ("NODE_ENV", {}, "it is set by inventory"),
        ("CACHE_BUCKET_NAME", {}, "each release sets it itself"),
        (KEY_NAME, {}, "each release sets it itself"),
        ("AUTH_SECRET", {}, "required variables have no value: AUTH_SECRET"),
    ],
)
def test_unset_refuses_what_would_not_go_or_must_not(
    tmp_path: Path, name: str, environ: dict[str, str], says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        merged(tmp_path, environ, name)


def test_a_value_that_is_set_to_nothing_is_named_with_its_source_for_it_hides_live(tmp_path: Path) -> None:
    (tmp_path / ".env.local").write_text("AUTH_SECRET=of-the-file")
    with pytest.raises(UsageError, match="no value: AUTH_SECRET") as caught:
        merged(tmp_path, {"AUTH_SECRET": ""})
    assert caught.value.fix.endswith("which hides every other value: AUTH_SECRET in environment")


def test_the_size_counts_what_live_has_and_what_the_release_adds(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"Lambda allows 4096; the largest is BY_HAND"):
        merged(tmp_path, {}, live={**LIVE, "server": Environment({"BY_HAND": "x" * (LIMIT - 120)})})


def test_a_first_release_makes_the_key(tmp_path: Path) -> None:
    live: merge.Live = {"server": Environment({}), "image": Environment({})}
    assert len(merged(tmp_path, {"AUTH_SECRET": "x"}, live=live)[KEY_NAME]) == 64
