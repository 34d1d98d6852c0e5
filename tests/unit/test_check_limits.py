"""Each limit of AWS that the local AWS does not have: told before it is met, with one fix."""

from __future__ import annotations

import dataclasses
import datetime

import pytest

from fakes.settings import SETTINGS
from outreach_ops.aws.cloudfront import CACHE, HEADERS
from outreach_ops.checks import limits
from outreach_ops.provision.cache_policies import images_policy, pages_policy
from outreach_ops.provision.quantities import listed
from outreach_ops.settings.cloudfront import Behaviour, SecurityHeaders


@pytest.mark.parametrize(
    ("runtime", "today", "level"),
    [
        ("nodejs24.x", "2026-11-20", "ok"),
        ("nodejs24.x", "2028-01-30", "ok"),
        ("nodejs24.x", "2028-01-31", "warning"),
        ("nodejs22.x", "2027-03-01", "warning"),
        ("nodejs20.x", "2026-04-29", "warning"),
        ("nodejs20.x", "2026-04-30", "failure"),
        ("nodejs26.x", "2026-11-20", "warning"),
    ],
)
def test_the_end_of_a_runtime_is_told_ninety_days_before(runtime: str, today: str, level: str) -> None:
    found = limits.judge_runtime(runtime, datetime.date.fromisoformat(today))
    assert found.level == level
    assert found.fix == ("" if level == "ok" else "lambda_runtime: nodejs24.x")


def test_an_account_without_room_for_another_cache_policy_is_refused() -> None:
    needed = limits.own_policies(SETTINGS)[CACHE]
    ours = {pages_policy("outreach").name, images_policy("outreach").name}
    others = {f"theirs-{number}" for number in range(19)}
    assert limits.judge_policies(CACHE, needed, others - {"theirs-0"}).level == "ok"
    found = limits.judge_policies(CACHE, needed, others)
    assert (found.level, pages_policy("outreach").name in found.cause) == ("failure", True)
    assert limits.judge_policies(CACHE, needed, {*ours, *others} - {"theirs-0"}).level == "ok"


def test_security_headers_need_room_too() -> None:
    assert list(limits.own_policies(SETTINGS)) == [CACHE]
    asked = dataclasses.replace(SETTINGS.cloudfront, security_headers=SecurityHeaders(frame_options="DENY"))
    needed = limits.own_policies(dataclasses.replace(SETTINGS, cloudfront=asked))[HEADERS]
    found = limits.judge_policies(HEADERS, needed, {f"theirs-{number}" for number in range(20)})
    assert (found.level, needed[0].name in found.cause) == ("failure", True)


def test_more_paths_than_a_distribution_takes_are_told() -> None:
    there = [{"PathPattern": f"/{number}"} for number in range(75)]
    same = dataclasses.replace(SETTINGS.cloudfront, behaviours=(Behaviour("/7", "server", "none"),))
    more = dataclasses.replace(SETTINGS.cloudfront, behaviours=(Behaviour("/new", "server", "none"),))
    config = {"CacheBehaviors": listed(there)}
    assert limits.judge_behaviours(dataclasses.replace(SETTINGS, cloudfront=same), config).level == "ok"
    found = limits.judge_behaviours(dataclasses.replace(SETTINGS, cloudfront=more), config)
    assert (found.level, found.cause[:8]) == ("warning", "76 paths")


def test_a_distribution_behind_a_distribution_is_told() -> None:
    assert limits.judge_chain({}).level == "ok"
    config = {"Origins": listed([{"DomainName": "d111.cloudfront.net"}])}
    assert "d111.cloudfront.net" in limits.judge_chain(config).cause


def test_space_for_code_that_runs_out_says_how_to_prune() -> None:
    gigabyte = 2**30
    assert limits.judge_storage(SETTINGS, 60 * gigabyte, 75 * gigabyte).level == "ok"
    found = limits.judge_storage(SETTINGS, 70 * gigabyte, 75 * gigabyte)
    assert (found.level, found.fix) == ("warning", "invoke prune --env=test --keep=5")


def test_variables_that_lambda_would_refuse_for_their_size_are_told_by_name_alone() -> None:
    assert limits.judge_variables(SETTINGS, {"AUTH_SECRET": "x" * 3900}).level == "ok"
    found = limits.judge_variables(SETTINGS, {"AUTH_SECRET": "planted" * 600})
    assert (found.level, "AUTH_SECRET" in found.cause, "planted" in found.cause) == ("warning", True, False)
