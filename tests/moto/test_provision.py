"""What moto is right about, as an operator meets it: check, do, check, do; what is foreign stays.

Functions and CloudFront are proven on the local AWS: moto knows no revision, cache policy or access control.
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from fakes.settings import SETTINGS
from moto import settings as moto_settings
from outreach_ops.aws.errors import WrongAccountError
from outreach_ops.aws.session import connect
from outreach_ops.errors import OpsError
from outreach_ops.provision.bucket import Bucket
from outreach_ops.provision.bucket_lifecycle import rules as lifecycle_rules
from outreach_ops.provision.bucket_lock import access_list
from outreach_ops.provision.bucket_policy import BucketPolicy
from outreach_ops.provision.bucket_public import others
from outreach_ops.provision.certificate import Certificate, ValidationRecords
from outreach_ops.provision.dns import SiteRecords
from outreach_ops.provision.parts import iam_part
from outreach_ops.provision.step import KNOWN_LATER, Lookup, MissingError
from outreach_ops.provision.table import Table
from support.account import ACCOUNT, Account

BUCKET, TABLE = "made-up-assets", "made-up-ledger"
ARN = f"arn:aws:cloudfront::{ACCOUNT}:distribution/E1"


def known(name: str, value: str) -> Lookup:
    return Lookup(name, name, "", lambda _aws: value)


def test_a_bucket_is_made_private_versioned_and_encrypted(account: Account) -> None:
    account.check_do_check_do(Bucket(BUCKET, 30))
    s3 = account.client("s3")
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    blocks = s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
    assert set(blocks.values()) == {True} and len(blocks) == 4


def test_a_bucket_outside_the_classic_region_says_where_it_is(account: Account) -> None:
    aws = dataclasses.replace(account.aws, region="eu-west-1")
    Account(aws, account.written).check_do_check_do(Bucket(BUCKET, 30))
    assert account.client("s3").get_bucket_location(Bucket=BUCKET)["LocationConstraint"] == "eu-west-1"


def test_foreign_lifecycle_rules_of_an_adopted_bucket_stay(account: Account) -> None:
    s3 = account.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    theirs = {"ID": "theirs", "Status": "Enabled", "Prefix": "logs/", "Expiration": {"Days": 9}}
    s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [theirs]})
    account.check_do_check_do(Bucket(BUCKET, 30))
    rules = s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
    ours = [rule["ID"] for rule in lifecycle_rules(30).values()]
    assert [rule["ID"] for rule in rules] == ["theirs", *ours]
    assert (rules[0]["Expiration"], rules[0]["Filter"]) == ({"Days": 9}, {"Prefix": "logs/"})
    # S3 refuses the older form beside ours.
    assert not any("Prefix" in rule for rule in rules)


def test_a_bucket_policy_is_merged_into_what_is_there(account: Account) -> None:
    s3 = account.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    theirs = {"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject"}
    policy = {"Version": "2012-10-17", "Statement": [{**theirs, "Resource": f"arn:aws:s3:::{BUCKET}/keep/*"}]}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))
    role = known("role", f"arn:aws:iam::{ACCOUNT}:role/made-up")
    account.check_do_check_do(role, known("distribution_arn", ARN), BucketPolicy(BUCKET))
    statements = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"]
    assert statements[0]["Sid"] == "Theirs" and len(statements) == 7


def test_a_statement_that_somebody_adds_while_the_distribution_is_waited_for_stays(account: Account) -> None:
    s3, policy = account.client("s3"), BucketPolicy(BUCKET)
    s3.create_bucket(Bucket=BUCKET)
    given = {"role": f"arn:aws:iam::{ACCOUNT}:role/made-up", "distribution_arn": ARN, "closed": True}
    seen = policy.read(account.aws)
    (step,) = policy.decide(seen, given)
    theirs = {"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject"}
    late = {"Version": "2012-10-17", "Statement": [{**theirs, "Resource": f"arn:aws:s3:::{BUCKET}/keep/*"}]}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(late))
    policy.acts()[step.call](account.aws, step, seen, given)
    statements = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"]
    assert statements[0]["Sid"] == "Theirs" and len(statements) == 7


def test_whom_a_buckets_access_list_lets_in_is_read_as_aws_tells_it(account: Account) -> None:
    s3, everybody = account.client("s3"), "http://acs.amazonaws.com/groups/global/AllUsers"
    assert access_list(account.aws, BUCKET) is None
    s3.create_bucket(Bucket=BUCKET, ObjectOwnership="ObjectWriter")
    assert others(access_list(account.aws, BUCKET)) == ()
    s3.put_bucket_acl(Bucket=BUCKET, ACL="public-read")
    assert others(access_list(account.aws, BUCKET)) == (everybody,)


def test_the_ledger_is_protected_and_restorable(account: Account) -> None:
    account.check_do_check_do(Table(TABLE))
    dynamodb = account.client("dynamodb")
    assert dynamodb.describe_table(TableName=TABLE)["Table"]["DeletionProtectionEnabled"] is True


def test_a_ledger_without_protection_gets_it_back_and_nothing_else_is_written(account: Account) -> None:
    account.converge(Table(TABLE))
    account.client("dynamodb").update_table(TableName=TABLE, DeletionProtectionEnabled=False)
    account.check_do_check_do(Table(TABLE))


def test_a_missing_execution_role_is_named_in_a_check_too(account: Account) -> None:
    for check in (True, False):
        with pytest.raises(MissingError, match="no execution role made-up-role"):
            account.converge(*iam_part(SETTINGS), check=check)


OFFLINE = Certificate("outreach.example.com", "example.com", lambda _zone: None)
CERTIFICATE = (OFFLINE, ValidationRecords())


@pytest.fixture
def zone(account: Account) -> str:
    made = account.client("route53").create_hosted_zone(Name="example.com", CallerReference="one")
    return str(made["HostedZone"]["Id"])


def write(account: Account, zone: str, left: list[dict[str, Any]]) -> None:
    """What the role's stock module does."""
    for record in left:
        resource = {"Name": record["record"], "Type": record["type"], "TTL": 300}
        change = {"ResourceRecords": [{"Value": record["value"]}], **resource}
        batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": change}]}
        account.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)


def test_a_certificate_is_requested_proven_and_then_waited_for_again(
    account: Account, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    predicted = account.converge(*CERTIFICATE, check=True)
    assert [step.call for step in predicted.steps + predicted.left] == [
        "acm:RequestCertificate",
        "route53:ChangeResourceRecordSets",
    ]
    requested = account.converge(*CERTIFICATE, wait=False)
    assert account.written == ["acm:RequestCertificate"]
    assert requested.values["certificate_arn"] == KNOWN_LATER
    assert "waits for ACM" in (requested.pending or "")
    (record,) = requested.left
    write(account, zone, [record.after])

    with pytest.raises(OpsError, match="after 1800 seconds still"):
        account.converge(*CERTIFICATE)
    assert account.written == []

    monkeypatch.setattr(moto_settings, "ACM_VALIDATION_WAIT", -1)
    issued = account.converge(*CERTIFICATE)
    assert (account.written, issued.left, issued.pending) == ([], (), None)
    assert issued.values["certificate_arn"].startswith("arn:aws:acm:us-east-1:")


def test_an_issued_wildcard_is_reused(account: Account, zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moto_settings, "ACM_VALIDATION_WAIT", -1)
    acm = account.client("acm")
    arn = acm.request_certificate(DomainName="*.example.com", ValidationMethod="DNS")["CertificateArn"]
    outcome = account.converge(*CERTIFICATE)
    assert (outcome.steps, outcome.values["certificate_arn"]) == ((), arn)
    # Its record is not in this zone yet, and ACM needs it at the next renewal.
    assert len(outcome.left) == 1
    write(account, zone, [{**step.after, "value": "wrong.example.com."} for step in outcome.left])
    assert account.converge(*CERTIFICATE).left == outcome.left
    write(account, zone, [step.after for step in outcome.left])
    assert account.converge(*CERTIFICATE).left == ()


def test_records_are_left_to_the_stock_module_only_while_they_differ(account: Account, zone: str) -> None:
    here, name = "d1.cloudfront.net", "x.example.com"
    resources = (known("distribution_domain", here), SiteRecords("example.com", name, False))
    assert [step.after["type"] for step in account.converge(*resources).left] == ["A", "AAAA"]
    target = {"HostedZoneId": "Z2FDTNDATAQYW2", "DNSName": f"{here}.", "EvaluateTargetHealth": False}
    for kind in ("A", "AAAA"):
        record = {"Name": name, "Type": kind, "AliasTarget": target}
        batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
        account.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)
    assert account.converge(*resources).left == ()


def test_two_zones_of_one_name_are_not_guessed_between(account: Account, zone: str) -> None:
    other = account.client("route53").create_hosted_zone(Name="example.com", CallerReference="two")
    with pytest.raises(OpsError, match="2 public zones") as refusal:
        account.converge(*CERTIFICATE, check=True)
    for identity in (zone, other["HostedZone"]["Id"]):
        assert identity.removeprefix("/hostedzone/") in refusal.value.cause


def test_another_account_is_refused(account: Account) -> None:
    with pytest.raises(WrongAccountError, match=f"{ACCOUNT}, the inventory says 999999999999"):
        connect("999999999999", account.aws.region, {})
