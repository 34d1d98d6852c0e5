"""Every name of every environment is the convention's, or an exception that is listed."""

from __future__ import annotations

import dataclasses
import io
import shutil
import typing
from pathlib import Path

import pytest

from outreach_ops import convention
from outreach_ops.checks import inventory
from outreach_ops.confirm import confirm
from outreach_ops.errors import UsageError
from outreach_ops.settings import load_site, model
from outreach_ops.settings.load import ROOT, environments
from outreach_ops.settings.model import Settings

RESOURCE_NAMES = (model.Name, model.BucketName, model.RoleName, model.TableName, model.QueueName)
NO_RESOURCES = {"site_project", "site_code", "lambda_alias"}
EXAMPLE = ROOT / "examples" / "handbook" / "inventory"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCOUNT_ID", "123456789012")


def named() -> set[str]:
    """Every variable of the inventory whose type is a resource's name."""
    sections = typing.get_type_hints(model.Settings, include_extras=True)
    return {
        f"{section.rstrip('_')}_{field}"
        for section, cls in sections.items()
        if dataclasses.is_dataclass(cls)
        for field, hint in typing.get_type_hints(cls, include_extras=True).items()
        if hint in RESOURCE_NAMES
    }


def test_the_convention_knows_every_name_that_an_inventory_has() -> None:
    assert named() - NO_RESOURCES == {*convention.NAMES, *convention.SHARED}


@pytest.mark.parametrize("environment", environments())
def test_an_environments_names_are_the_conventions_or_listed_exceptions(environment: str) -> None:
    assert convention.departures(load_site(environment)) == ()


def test_a_name_that_departs_is_told_with_the_right_one() -> None:
    settings = load_site("staging")
    other = dataclasses.replace(settings, s3=model.S3("sax-s3-us-east-1-0x-s-outreach"))
    (told,) = convention.departures(other)
    assert told.startswith("s3_bucket_name is sax-s3-us-east-1-0x-s-outreach, the convention has ")
    assert told.endswith("-outreach-assets")


def test_an_exception_of_develop_is_none_of_staging() -> None:
    settings = load_site("staging")
    legacy = model.S3(convention.LEGACY["develop"]["s3_bucket_name"])
    wildcard = model.Acm(convention.LEGACY["develop"]["acm_domain"])
    assert convention.departures(dataclasses.replace(settings, s3=legacy)) != ()
    assert convention.departures(dataclasses.replace(settings, acm=wildcard)) != ()


def test_the_documents_values_stand_in_the_inventories() -> None:
    develop, staging, production = (load_site(name) for name in ("develop", "staging", "production"))
    assert develop.cloudfront.distribution_id == "E8BMOBRWCCCO2"
    assert develop.acm.domain == "*.mydreamconnect.com"
    assert develop.lambda_.server_name == "sax-lambda-us-east-1-0x-d-outreach-server_develop"
    assert develop.s3.bucket_name == "sax-nextjs-us-east-1-develop-outreach-assets"
    assert (staging.cloudfront.distribution_id, production.cloudfront.distribution_id) == (
        "",
        "E3LYWD3FPTY1XF",
    )
    assert production.acm.domain == production.cloudfront.domain == "outreach.mydreamconnect.com"
    for site, code, parent in ((develop, "d", "dev."), (staging, "s", "stage."), (production, "p", "")):
        assert site.site.code == code
        assert site.variables.build["NEXT_PUBLIC_SLEEPCONNECT_URL"] == f"https://{parent}mydreamconnect.com"
        assert site.variables.build["NEXT_PUBLIC_APP_BASE_URL"] == f"https://{site.cloudfront.domain}"
        assert site.cloudfront.forwarded_hosts == (f"{parent}mydreamconnect.com",)


@pytest.fixture
def handbook(tmp_path: Path) -> Settings:
    """The other example's site."""
    shutil.copytree(EXAMPLE, tmp_path / "inventories" / "handbook_staging")
    return load_site("handbook_staging", tmp_path)


def test_another_applications_names_are_the_conventions_and_nobody_elses(handbook: Settings) -> None:
    assert convention.departures(handbook) == ()
    assert handbook.cloudfront.domain == "handbook-stage.mydreamconnect.com"
    assert inventory.judge_claims(handbook, [load_site(each) for each in environments()]).level == "ok"


def test_an_applications_environments_are_its_stages(handbook: Settings) -> None:
    assert (handbook.site.stage, handbook.site.sibling("production")) == ("staging", "handbook_production")
    staging = load_site("staging").site
    assert (staging.stage, staging.sibling("production")) == ("staging", "production")


def test_production_of_another_application_is_confirmed_too(handbook: Settings) -> None:
    site = dataclasses.replace(handbook.site, environment="handbook_production")
    with pytest.raises(UsageError, match="handbook_production was not typed"):
        confirm(dataclasses.replace(handbook, site=site), False, Terminal("production\n"))
    confirm(dataclasses.replace(handbook, site=site), False, Terminal("handbook_production\n"))
    confirm(handbook, False, Terminal(""))
