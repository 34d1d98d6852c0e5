"""SleepConnect's rewrites: where requests go, and what is wrong with them."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from fakes.settings import SETTINGS
from outreach_ops.finding import Finding
from outreach_ops.sleepconnect import chain, check, rewrites
from outreach_ops.sleepconnect.checkout import API_URL, APP_URL

APP, API = "https://outreach.example.com", "https://abc.execute-api.us-east-1.amazonaws.com/dev"
WANTED = {APP_URL: APP, API_URL: API}
ROUTES = {"source": "/outreach/api/outreach/:path*", "destination": f"{APP}/outreach/api/outreach/:path*"}
PAGES = {"source": "/outreach/:path*", "destination": f"{APP}/outreach/:path*"}
STATIC = {"source": "/outreach-static/:path*", "destination": f"{APP}/outreach-static/:path*"}
BROKEN = {"source": "/outreach/api/outreach/:path*", "destination": f"{API}/outreach/:path*"}


def zipped(files: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return packed.getvalue()


def judged(*before: Any, **others: Any) -> dict[str, Finding]:
    found = rewrites.parse({"beforeFiles": before, **others})
    return {
        each.check.removeprefix("built: "): each for each in rewrites.judge(SETTINGS, found, WANTED, "built")
    }


def levels(*before: Any, **others: Any) -> dict[str, str]:
    return {name: found.level for name, found in judged(*before, **others).items()}


def test_the_checklist_s_rewrites_are_right() -> None:
    assert levels(ROUTES, PAGES, STATIC) == dict.fromkeys(("API", "pages", "front page", "static"), "ok")


def test_the_checklist_s_broken_form_is_named() -> None:
    found = judged(BROKEN, PAGES, STATIC)["API"]
    assert found.level == "failure"
    assert "the checklist's broken form" in found.cause
    assert f"{API}/outreach/templates" in found.cause


def test_another_gateway_is_the_broken_form_too() -> None:
    other = {**BROKEN, "destination": "https://xyz.execute-api.eu-west-1.amazonaws.com/prod/:path*"}
    assert "broken form" in judged(other, PAGES, STATIC)["API"].cause


def test_the_first_rule_decides_and_a_hidden_gateway_is_warned_of() -> None:
    found = levels(PAGES, BROKEN, STATIC)
    assert (found["API"], found["order"]) == ("ok", "warning")
    assert levels(BROKEN, ROUTES, PAGES, STATIC)["API"] == "failure"


def test_rules_behind_the_pages_are_not_enough() -> None:
    found = judged(afterFiles=[ROUTES, PAGES, STATIC])
    assert {each.level for each in found.values()} == {"failure"}
    assert "after SleepConnect's own pages" in found["API"].cause
    assert rewrites.parse([ROUTES]) == rewrites.Rewrites((), (rewrites.Rule(*ROUTES.values()),))


def test_missing_static_files_and_a_frozen_localhost_are_failures() -> None:
    assert "by no rewrite" in judged(ROUTES, PAGES)["static"].cause
    local = {**PAGES, "destination": "http://localhost:3001/outreach/:path*"}
    found = judged(ROUTES, local, STATIC)["pages"]
    assert "was not set" in found.cause
    assert (
        found.fix == "invoke sleepconnect.configure --env=test, then: invoke sleepconnect.redeploy --env=test"
    )


def test_a_rule_for_some_requests_only_counts_for_none() -> None:
    some = {**PAGES, "has": [{"type": "cookie", "key": "beta"}]}
    assert levels(ROUTES, some, STATIC)["pages"] == "failure"


@pytest.mark.parametrize(
    ("source", "destination", "path", "to"),
    [
        ("/a/:path*", f"{APP}/b/:path*", "/a", f"{APP}/b"),
        ("/a/:path*", f"{APP}/b/:path*", "/a/x/y", f"{APP}/b/x/y"),
        ("/a/:path+", f"{APP}/b/:path+", "/a", None),
        ("/a/:id", f"{APP}/b?id=:id", "/a/7", f"{APP}/b?id=7"),
        ("/a/:id", f"{APP}/b", "/a/7/8", None),
        ("/a/:id(\\d+)/c", f"{APP}/:id", "/a/7/c", f"{APP}/7"),
        ("/a/:id(\\d+)/c", f"{APP}/:id", "/a/x/c", None),
        ("/a.b", f"{APP}/b", "/aXb", None),
        ("/a", "http://127.0.0.1:4000/b", "/a/", "http://127.0.0.1:4000/b"),
        ("/ab/:path*", f"{APP}/:path*", "/abc/x", None),
    ],
)
def test_a_rule_is_read_as_next_reads_it(source: str, destination: str, path: str, to: str | None) -> None:
    assert rewrites.destination((rewrites.Rule(source, destination),), path) == to


def test_two_distributions_are_allowed_and_three_are_not() -> None:
    assert chain.judge(chain.longest({"p": {"o"}}, "p"), {}).level == "ok"
    found = chain.judge(chain.longest({"p": {"o"}, "o": {"x", "y"}, "y": {"z"}}, "p"), {"z": "z.example.com"})
    assert found.level == "failure"
    assert "4 chained distributions" in found.cause
    assert "p -> o -> y -> z.example.com" in found.cause


def test_a_circle_ends_and_is_named() -> None:
    found = chain.judge(chain.longest({"p": {"o"}, "o": {"p"}}, "p"), {})
    assert found.cause == "requests go in a circle: p -> o -> p"


@pytest.mark.parametrize(
    ("given", "level", "says"),
    [
        (WANTED, "ok", "says where Outreach is"),
        ({}, "failure", f"{APP_URL}=(not set) instead of {APP}"),
        ({**WANTED, APP_URL: f"{API}/"}, "failure", "the API gateway"),
        ({**WANTED, APP_URL: "http://localhost:3001"}, "failure", "this machine"),
        ({**WANTED, APP_URL: "https://outreach-stage.example.com"}, "failure", f"instead of {APP}"),
        ({APP_URL: APP}, "warning", f"{API_URL}=(not set)"),
    ],
)
def test_what_sleepconnect_is_told_is_compared_by_name(given: dict[str, str], level: str, says: str) -> None:
    found = check.judge_told("env file", "f", given, WANTED, "fix")
    assert (found.level, says in found.cause) == (level, True), found


def test_all_at_one_host_are_told_apart_by_their_ports() -> None:
    local = {APP_URL: "http://127.0.0.1:4001", API_URL: "http://127.0.0.1:4000/upstream"}
    found = rewrites.parse({"beforeFiles": [{**PAGES, "destination": "http://127.0.0.1:4002/x"}]})
    assert "gateway" not in rewrites.judge(SETTINGS, found, local, "built")[1].cause
    past = rewrites.parse({"beforeFiles": [{**BROKEN, "destination": "http://127.0.0.1:4000/upstream/t"}]})
    assert "broken form" in rewrites.judge(SETTINGS, past, local, "built")[0].cause


@pytest.mark.parametrize("name", [".next/routes-manifest.json", "apps/web/.next/routes-manifest.json"])
def test_a_package_s_rewrites_are_those_of_its_build(name: str) -> None:
    package = zipped({name: json.dumps({"rewrites": {"beforeFiles": [PAGES]}}), "index.mjs": ""})
    assert rewrites.packed(package) == rewrites.parse({"beforeFiles": [PAGES]})


@pytest.mark.parametrize(
    "package",
    [
        zipped({"index.mjs": ""}),
        zipped({".next/routes-manifest.json": "{"}),
        zipped({".next/routes-manifest.json": "[]"}),
        b"no zip",
    ],
)
def test_a_package_without_them_has_none(package: bytes) -> None:
    assert rewrites.packed(package) is None
