"""A new environment's inventory is valid, follows the convention, and claims nothing of another."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest

from outreach_ops import convention, new_environment
from outreach_ops.checks import inventory
from outreach_ops.errors import UsageError
from outreach_ops.settings.load import ROOT, environments, load_site


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AWS_ACCOUNT_ID", "123456789012")
    shutil.copytree(ROOT / "inventories", tmp_path / "inventories")
    return tmp_path


def test_it_loads_and_follows_the_convention(root: Path) -> None:
    written = new_environment.write("qa", "q", root)
    assert "inventories/qa/group_vars/qa/lambda.yml" in written
    made = load_site("qa", root)
    assert (made.host, made.site.environment, made.site.code) == ("outreach-qa", "qa", "q")
    assert convention.departures(made) == ()
    assert made.lambda_.server_name == "sax-lam-us-east-1-0x-q-outreach"
    assert made.cloudfront.domain == made.acm.domain == "outreach-qa.mydreamconnect.com"
    assert made.cloudfront.forwarded_hosts == ("qa.mydreamconnect.com",)
    assert made.cloudfront.distribution_id == ""
    assert made.variables.build["NEXT_PUBLIC_APP_BASE_URL"] == "https://outreach-qa.mydreamconnect.com"


def test_every_file_of_the_model_has_its_like(root: Path) -> None:
    written = new_environment.write("qa", "q", root)
    staging = (root / "inventories" / "staging").rglob("*.yml")
    files = {str(path.relative_to(root)).replace("staging", "qa") for path in staging}
    assert set(written) == files


def test_functions_beside_the_site_and_the_parent_are_its_own_too(root: Path) -> None:
    new_environment.write("qa", "q", root)
    made = load_site("qa", root)
    assert dataclasses.astuple(made.isr)[:3] == (
        "sax-sqs-us-east-1-0x-q-outreach-revalidation.fifo",
        "sax-ddb-us-east-1-0x-q-outreach-tags",
        "sax-lam-us-east-1-0x-q-outreach-revalidation",
    )
    assert made.isr.initialization_name == "sax-lam-us-east-1-0x-q-outreach-initialization"
    parent = made.sleepconnect
    assert parent.function_name == "sax-lambda-us-east-1-0x-q-sleep-connect-server_qa"
    assert (parent.domain, parent.env_file) == ("qa.mydreamconnect.com", ".env.qa")
    assert {each.name: each.value for each in made.variables.runtime}["ENVIRONMENT"] == "qa"


def test_nothing_of_staging_is_left_in_it(root: Path) -> None:
    new_environment.write("qa", "q", root)
    for path in (root / "inventories" / "qa").rglob("*.yml"):
        text = path.read_text()
        assert "stag" not in text, path
        assert "-0x-s-" not in text, path


def test_it_claims_nothing_of_another_environment(root: Path) -> None:
    others = [load_site(each, root) for each in environments(root)]
    new_environment.write("qa", "q", root)
    assert inventory.judge_claims(load_site("qa", root), others).level == "ok"


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("staging", "q", "is there already"),
        ("qa", "s", "--code=s is that of staging"),
        ("QA", "q", "is no name"),
        ("../qa", "q", "is no name"),
        ("", "q", "is no name"),
        ("qa", "", "is no code"),
        # What develop and staging are called in their domains.
        ("dev", "v", "cloudfront_domain outreach-dev.mydreamconnect.com is that of develop too"),
        ("stage", "v", "cloudfront_domain outreach-stage.mydreamconnect.com is that of staging too"),
    ],
)
def test_a_name_or_code_that_cannot_be_writes_nothing(root: Path, name: str, code: str, said: str) -> None:
    before = sorted(root.rglob("*"))
    with pytest.raises(UsageError, match=said):
        new_environment.write(name, code, root)
    assert sorted(root.rglob("*")) == before
