"""Develop, staging and production in one account: one role, one zone, and nobody writes what is another's."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from outreach_ops.proof.viewer import Viewer
from outreach_ops.sandbox import legacy
from outreach_ops.sandbox.remote import ask
from outreach_ops.settings import load_site
from outreach_ops.settings.model import Settings
from support.local import LocalAws

NAMES = ("develop", "staging", "production")


@pytest.fixture(scope="module")
def sites(local_aws: LocalAws) -> dict[str, Settings]:
    """All three, provisioned; develop and production were live before."""
    found = {name: load_site(name) for name in NAMES}
    for name in ("develop", "production"):
        assert legacy.seed(found[name], local_aws.client, local_aws.running)
    for name in NAMES:
        done = local_aws.run("ansible-playbook", "provision.yml", "-i", f"inventories/{name}")
        assert done.returncode == 0, done.stdout + done.stderr
    return found


def paths(aws: LocalAws) -> list[str]:
    """What each writing call since `forget_calls` was about."""
    answer = ask(aws.running, "/calls")
    return [call["path"] for call in json.loads(answer.body) if call["writes"]]


def state(aws: LocalAws, site: Settings) -> dict[str, Any]:
    """Everything of a site that provisioning writes, as AWS has it."""
    functions, s3 = aws.client("lambda"), aws.client("s3")
    cloudfront, dynamodb = aws.client("cloudfront"), aws.client("dynamodb")
    summary = next(
        each
        for each in cloudfront.list_distributions()["DistributionList"]["Items"]
        if site.cloudfront.domain in each["Aliases"].get("Items", ())
    )
    bucket = site.s3.bucket_name
    return {
        "distribution": cloudfront.get_distribution(Id=summary["Id"])["ETag"],
        "functions": {
            name: (
                functions.get_function_configuration(FunctionName=name)["RevisionId"],
                functions.get_alias(FunctionName=name, Name="live")["RevisionId"],
                functions.get_policy(FunctionName=name, Qualifier="live")["RevisionId"],
            )
            for name in (site.lambda_.server_name, site.lambda_.image_name)
        },
        "policy": s3.get_bucket_policy(Bucket=bucket)["Policy"],
        "versioning": s3.get_bucket_versioning(Bucket=bucket)["Status"],
        "table": dynamodb.describe_table(TableName=site.dynamodb.ledger_table)["Table"]["TableArn"],
        "host": cloudfront.describe_function(Name=site.cloudfront.host_function_name, Stage="LIVE")["ETag"],
    }


def test_each_site_answers_on_a_port_of_its_own(local_aws: LocalAws, sites: dict[str, Settings]) -> None:
    answers = {
        name: Viewer(local_aws.running.site_url(site.host)).fetch("/outreach") for name, site in sites.items()
    }
    assert {name: answer.status for name, answer in answers.items()} == {
        "develop": 200,
        "staging": 503,
        "production": 200,
    }
    assert len({local_aws.running.site_url(site.host) for site in sites.values()}) == len(NAMES)


def test_each_is_found_provisioned_and_a_second_run_of_all_writes_nothing(
    local_aws: LocalAws, sites: dict[str, Settings]
) -> None:
    local_aws.forget_calls()
    for name in sites:
        done = local_aws.run("ansible-playbook", "provision.yml", "-i", f"inventories/{name}")
        assert re.search(r"changed=0 .*failed=0", done.stdout), done.stdout
        ready = local_aws.run("invoke", "infra.check", f"--env={name}")
        assert (ready.returncode, json.loads(ready.stdout)) == (0, {"ready": True, "missing": []})
    assert local_aws.writes() == []


def test_the_role_and_the_zone_are_shared_and_the_role_is_never_changed(
    local_aws: LocalAws, sites: dict[str, Settings]
) -> None:
    roles = {
        local_aws.client("lambda").get_function_configuration(FunctionName=site.lambda_.server_name)["Role"]
        for site in sites.values()
    }
    assert len(roles) == 1
    policies = local_aws.client("iam").list_role_policies(RoleName="lambda-dynamodb-execution-role")
    assert policies["PolicyNames"] == []
    route53 = local_aws.client("route53")
    (zone,) = route53.list_hosted_zones()["HostedZones"]
    records = route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    aliases = {each["Name"] for each in records if "AliasTarget" in each}
    assert aliases == {f"{site.cloudfront.domain}." for site in sites.values()}


def test_cache_policies_are_shared_as_they_are_content(
    local_aws: LocalAws, sites: dict[str, Settings]
) -> None:
    assert len(sites) == len(NAMES)
    found = local_aws.client("cloudfront").list_cache_policies(Type="custom")["CachePolicyList"]["Items"]
    names = [each["CachePolicy"]["CachePolicyConfig"]["Name"] for each in found]
    assert len(names) == len(set(names)) == 2


@pytest.mark.parametrize("name", NAMES)
def test_repairing_one_environment_writes_nothing_of_another(
    local_aws: LocalAws, sites: dict[str, Settings], name: str
) -> None:
    site, others = sites[name], [other for each, other in sites.items() if each != name]
    before = [state(local_aws, other) for other in others]
    s3, functions = local_aws.client("s3"), local_aws.client("lambda")
    s3.put_bucket_versioning(Bucket=site.s3.bucket_name, VersioningConfiguration={"Status": "Suspended"})
    functions.update_function_configuration(FunctionName=site.lambda_.server_name, MemorySize=256)
    local_aws.forget_calls()
    done = local_aws.run("ansible-playbook", "provision.yml", "-i", f"inventories/{name}")
    assert done.returncode == 0, done.stdout
    written = paths(local_aws)
    assert len(written) == 2
    assert all(site.s3.bucket_name in each or site.lambda_.server_name in each for each in written)
    assert [state(local_aws, other) for other in others] == before


@pytest.mark.parametrize("part", [(), ("--tags", "s3")])
def test_an_inventory_that_names_a_bucket_of_another_is_refused_before_any_writing_call(
    local_aws: LocalAws, sites: dict[str, Settings], part: tuple[str, ...]
) -> None:
    theirs = sites["production"].s3.bucket_name
    local_aws.forget_calls()
    play = ("ansible-playbook", "provision.yml", "-i", "inventories/staging")
    done = local_aws.run(*play, *part, "-e", f"s3_bucket_name={theirs}")
    assert done.returncode != 0
    assert f"s3_bucket_name {theirs} is that of production too" in done.stdout
    assert local_aws.writes() == []


def test_a_name_of_the_command_line_is_of_one_site_alone(
    local_aws: LocalAws, sites: dict[str, Settings]
) -> None:
    local_aws.forget_calls()
    own = ("-e", "s3_bucket_name=made-up-assets")
    both = ("-i", "inventories/staging", "-i", "inventories/production")
    done = local_aws.run("ansible-playbook", "provision.yml", *both, *own)
    assert done.returncode != 0
    assert "s3_bucket_name would be that of outreach-production, outreach-staging" in done.stdout
    assert "add --limit outreach-" in done.stdout
    assert local_aws.calls() == []
    one = local_aws.run("ansible-playbook", "provision.yml", "-i", "inventories/staging", *own, "--check")
    assert one.returncode == 0, one.stdout
    assert sites["staging"].s3.bucket_name != "made-up-assets"


def test_a_domain_that_another_distribution_holds_is_refused_before_any_writing_call(
    local_aws: LocalAws, sites: dict[str, Settings]
) -> None:
    held = sites["develop"].cloudfront.distribution_id
    local_aws.forget_calls()
    done = local_aws.run(
        "ansible-playbook",
        "provision.yml",
        *("-i", "inventories/staging", "-e", f"cloudfront_distribution_id={held}"),
    )
    assert done.returncode != 0
    assert "outreach-stage.mydreamconnect.com belongs to the distribution" in done.stdout
    assert "take the domain off it first" in done.stdout
    assert local_aws.writes() == []


def test_a_missing_execution_role_is_refused_before_any_writing_call(
    local_aws: LocalAws, sites: dict[str, Settings]
) -> None:
    assert len(sites) == len(NAMES)
    local_aws.forget_calls()
    done = local_aws.run(
        "ansible-playbook", "provision.yml", "-i", "inventories/staging", "-e", "iam_role_name=nobodys"
    )
    assert done.returncode != 0
    assert "there is no execution role nobodys" in done.stdout
    assert "fix: correct iam_role_name" in done.stdout
    assert local_aws.writes() == []


@pytest.mark.parametrize(
    "flags", [("-i", "inventories/prodution"), ("-i", "inventories/staging", "--limit", "outreach-develop")]
)
def test_an_inventory_or_a_limit_that_matches_no_host_is_an_error(
    local_aws: LocalAws, flags: tuple[str, ...]
) -> None:
    local_aws.forget_calls()
    assert local_aws.run("ansible-playbook", "provision.yml", *flags).returncode != 0
    assert local_aws.calls() == []
