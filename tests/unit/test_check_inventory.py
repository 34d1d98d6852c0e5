"""The inventories held against the convention and against each other."""

from __future__ import annotations

import dataclasses

import pytest

from outreach_ops.checks import inventory
from outreach_ops.settings import load_site, model
from outreach_ops.settings.model import Settings
from outreach_ops.settings.variables import Variables


@pytest.fixture(autouse=True)
def _account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCOUNT_ID", "123456789012")


@pytest.fixture
def staging() -> Settings:
    return load_site("staging")


@pytest.fixture
def develop() -> Settings:
    return load_site("develop")


def test_three_environments_claim_nothing_twice(staging: Settings, develop: Settings) -> None:
    assert inventory.judge_claims(staging, [develop, load_site("production")]).level == "ok"


@pytest.mark.parametrize(
    ("section", "field", "variable"),
    [
        ("s3", "bucket_name", "s3_bucket_name"),
        ("lambda_", "server_name", "lambda_server_name"),
        ("cloudfront", "domain", "cloudfront_domain"),
        ("dynamodb", "ledger_table", "dynamodb_ledger_table"),
    ],
)
def test_a_resource_of_two_environments_is_refused(
    staging: Settings, develop: Settings, section: str, field: str, variable: str
) -> None:
    taken = getattr(getattr(develop, section), field)
    part = dataclasses.replace(getattr(staging, section), **{field: taken})
    found = inventory.judge_claims(dataclasses.replace(staging, **{section: part}), [develop])
    assert found.level == "failure"
    assert found.cause == f"{variable} {taken} is that of develop too"


def test_another_account_may_have_a_function_of_the_same_name_and_no_bucket(
    staging: Settings, develop: Settings
) -> None:
    away = dataclasses.replace(
        staging, site=dataclasses.replace(develop.site, account_id="210987654321"), host="other"
    )
    found = inventory.judge_claims(away, [staging])
    assert found.level == "failure"
    assert "s3_bucket_name" in found.cause
    assert "lambda" not in found.cause


def test_develops_api_warns_until_it_is_acknowledged(staging: Settings, develop: Settings) -> None:
    found = inventory.judge_api(staging, develop)
    assert found.level == "warning"
    for name in ("NEXT_PUBLIC_API_BASE_URL", "NEXT_PUBLIC_WS_API_URL", "API_BASE_URL"):
        assert name in found.cause
    assert "AUTH0" not in found.cause
    assert found.fix.endswith("variables_api_shared_with_develop: true")
    known = dataclasses.replace(staging.variables, api_shared_with_develop=True)
    assert inventory.judge_api(dataclasses.replace(staging, variables=known), develop).level == "ok"


def test_an_environment_with_its_own_api_is_fine(staging: Settings, develop: Settings) -> None:
    own = Variables({"NEXT_PUBLIC_API_BASE_URL": "https://stage-api.example.com"}, ())
    assert inventory.judge_api(dataclasses.replace(staging, variables=own), develop).level == "ok"


def test_a_name_that_departs_from_the_convention_warns(staging: Settings) -> None:
    odd = dataclasses.replace(staging, dynamodb=model.Dynamodb("ledger"))
    found = inventory.judge_names(odd)
    assert (found.level, "dynamodb_ledger_table is ledger" in found.cause) == ("warning", True)


def test_develops_exceptions_are_listed(staging: Settings, develop: Settings) -> None:
    assert inventory.judge_names(staging).cause == "the convention's"
    for older in ("sax-nextjs-us-east-1-develop-outreach-assets", "*.mydreamconnect.com"):
        assert older in inventory.judge_names(develop).cause


def test_develops_own_check_is_all_ok(develop: Settings) -> None:
    assert [each.level for each in inventory.findings(develop)] == ["ok"] * 3
