from __future__ import annotations

import copy
from typing import Any

import pytest

from fakes.settings import SETTINGS
from outreach_ops.provision.bucket import Bucket
from outreach_ops.provision.bucket_lifecycle import FOLDERS, lifecycle, rules
from outreach_ops.provision.bucket_lock import BucketLock, Readers, SeenReaders
from outreach_ops.provision.bucket_policy import BucketPolicy, statements
from outreach_ops.provision.bucket_public import open_to_all, others
from outreach_ops.provision.bucket_settings import BLOCKS
from outreach_ops.provision.statements import merged, normal

BUCKET = Bucket("assets", 30)
LOCK = BucketLock("assets")
READERS = Readers(SETTINGS)
RIGHT: dict[str, Any] = {
    "public access blocked": {"PublicAccessBlockConfiguration": BLOCKS},
    "object ownership": {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}},
    "encryption": {
        "ServerSideEncryptionConfiguration": {
            "Rules": [
                {
                    "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
                    "BucketKeyEnabled": False,
                }
            ]
        }
    },
    "versioning": {"Status": "Enabled"},
    "lifecycle": {"Rules": list(rules(30).values())},
}


def test_a_bucket_as_wanted_needs_nothing() -> None:
    assert BUCKET.decide(RIGHT, {}) == LOCK.decide(RIGHT, {"closed": True, "listed": False}) == ()


def test_a_bucket_that_somebody_needs_open_stays_as_it_is() -> None:
    opened = {**RIGHT, "public access blocked": None, "object ownership": None}
    assert len(LOCK.decide(opened, {"closed": True, "listed": False})) == 2
    assert LOCK.decide(opened, {"closed": False, "listed": False}) == ()
    assert LOCK.decide(None, {"closed": True, "listed": False}) == ()


def test_an_access_list_for_others_keeps_lists_in_use_and_nothing_else_open() -> None:
    opened = {**RIGHT, "public access blocked": None, "object ownership": None}
    (step,) = LOCK.decide(opened, {"closed": True, "listed": True})
    assert step.call == "s3:PutPublicAccessBlock"
    readers = SeenReaders(None, True, (), ("http://acs.amazonaws.com/groups/global/AllUsers",))
    assert READERS.values(readers) == {"closed": True, "listed": True}


def test_an_access_list_is_told_by_whom_it_lets_in_beside_the_owner() -> None:
    owner = {"Grantee": {"Type": "CanonicalUser", "ID": "owner"}, "Permission": "FULL_CONTROL"}
    logs = "http://acs.amazonaws.com/groups/s3/LogDelivery"
    group = {"Grantee": {"Type": "Group", "URI": logs}, "Permission": "WRITE"}
    friend = {"Grantee": {"Type": "CanonicalUser", "ID": "friend"}, "Permission": "READ"}
    assert others({"Owner": {"ID": "owner"}, "Grants": [owner, group, friend, group]}) == (logs, "friend")
    assert others({"Owner": {"ID": "owner"}, "Grants": [owner]}) == others(None) == ()


def test_encryption_with_somebodys_own_key_stays() -> None:
    key = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "theirs"}}
    rules = {"ServerSideEncryptionConfiguration": {"Rules": [key]}}
    assert BUCKET.decide({**RIGHT, "encryption": rules}, {}) == ()


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ({"Sid": "Website", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}, ("Website",)),
        ({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:GetObject"}, ("(no Sid)",)),
        ({"Sid": "Cdn", "Effect": "Allow", "Principal": {"Service": "cloudfront.amazonaws.com"}}, ()),
        ({"Sid": "Tls", "Effect": "Deny", "Principal": "*", "Action": "s3:*"}, ()),
        ({"Sid": "Both", "Effect": "Allow", "Principal": {"AWS": ["arn:one", "*"]}}, ("Both",)),
        ({"Sid": "AllBut", "Effect": "Allow", "NotPrincipal": {"AWS": "arn:one"}}, ("AllBut",)),
        ({"Sid": "OutreachTlsOnly", "Effect": "Allow", "Principal": "*"}, ()),
    ],
)
def test_a_foreign_statement_that_lets_everybody_in_keeps_the_bucket_open(
    statement: dict[str, Any], named: tuple[str, ...]
) -> None:
    assert open_to_all({"Statement": [statement]}) == named


@pytest.mark.parametrize(
    ("condition", "public"),
    [
        ({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, False),
        ({"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "0.0.0.0/0"]}}, True),
        ({"StringEquals": {"aws:SourceVpce": "vpce-1"}}, False),
        ({"StringEquals": {"AWS:SourceArn": "arn:aws:cloudfront::1:distribution/E1"}}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:cloudfront::1:distribution/*"}}, True),
        ({"StringLike": {"aws:Referer": "https://example.com/*"}}, True),
        ({"StringEquals": {"aws:UserAgent": "secret"}}, True),
        ({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}, True),
        ({"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
    ],
)
def test_a_condition_that_anybody_can_meet_is_public_to_s3(condition: dict[str, Any], public: bool) -> None:
    statement = {"Sid": "Site", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}
    found = open_to_all({"Statement": [{**statement, "Condition": condition}]})
    assert found == (("Site",) if public else ())


@pytest.mark.parametrize(
    ("ours", "everybody", "closed"),
    [(True, (), True), (False, (), False), (True, ("W",), False)],
)
def test_the_bucket_is_closed_after_the_first_release_when_nobody_else_needs_it(
    ours: bool, everybody: tuple[str, ...], closed: bool
) -> None:
    assert READERS.values(SeenReaders(None, ours, everybody)) == {"closed": closed, "listed": False}


def test_the_bucket_is_not_closed_while_the_distribution_still_moves() -> None:
    moving = {"Id": "E1", "Status": "InProgress"}
    assert "E1" in str(READERS.pending(SeenReaders(moving, True, ())))
    assert READERS.pending(SeenReaders({**moving, "Status": "Deployed"}, True, ())) is None


def test_plain_http_is_refused_once_the_bucket_is_closed_only() -> None:
    (step,) = POLICY.decide(None, {**KNOWN, "closed": False})
    (closed,) = POLICY.decide(None, KNOWN)
    assert set(closed.after) - set(step.after) == {"OutreachTlsOnly"}


def test_a_missing_bucket_is_made_with_every_setting() -> None:
    steps = BUCKET.decide(None, {})
    assert [step.call for step in steps] == [
        "s3:CreateBucket",
        "s3:PutPublicAccessBlock",
        "s3:PutBucketOwnershipControls",
        "s3:PutBucketEncryption",
        "s3:PutBucketVersioning",
        "s3:PutBucketLifecycleConfiguration",
    ]
    assert all(step.before is None for step in steps)


@pytest.mark.parametrize(
    ("name", "answer", "call", "before"),
    [
        (
            "public access blocked",
            {"PublicAccessBlockConfiguration": {**BLOCKS, "BlockPublicAcls": False}},
            "s3:PutPublicAccessBlock",
            {**BLOCKS, "BlockPublicAcls": False},
        ),
        ("public access blocked", None, "s3:PutPublicAccessBlock", None),
        ("versioning", {}, "s3:PutBucketVersioning", None),
        ("versioning", {"Status": "Suspended"}, "s3:PutBucketVersioning", "Suspended"),
        ("encryption", None, "s3:PutBucketEncryption", None),
        ("object ownership", None, "s3:PutBucketOwnershipControls", None),
        ("lifecycle", None, "s3:PutBucketLifecycleConfiguration", None),
    ],
)
def test_one_changed_setting_is_named_and_only_that(name: str, answer: Any, call: str, before: Any) -> None:
    seen = {**RIGHT, name: answer}
    (step,) = BUCKET.decide(seen, {}) + LOCK.decide(seen, {"closed": True})
    assert (step.call, step.before) == (call, {name: before})
    assert list(step.after) == [name]


ARN = "arn:aws:cloudfront::123456789012:distribution/E1"
ROLE = "arn:aws:iam::123456789012:role/made-up"
KNOWN = {"distribution_arn": ARN, "role": ROLE}
POLICY = BucketPolicy("assets")
FOREIGN = {"Sid": "Theirs", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:GetObject"}


def test_the_policy_lets_the_distribution_alone_read_and_refuses_plain_http() -> None:
    read, missing, *functions, tls = statements("assets", ARN, ROLE)
    assert {each["Principal"]["AWS"] for each in functions} == {ROLE}
    assert read["Action"] == "s3:GetObject"
    assert read["Resource"] == "arn:aws:s3:::assets/_assets/*"
    assert read["Condition"] == missing["Condition"] == {"StringEquals": {"AWS:SourceArn": ARN}}
    assert missing["Action"] == "s3:ListBucket"
    assert (tls["Effect"], tls["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_foreign_statements_stay_as_and_where_they_are() -> None:
    old = {"Version": "2008-10-17", "Id": "theirs", "Statement": [FOREIGN, {"Sid": "OutreachTlsOnly"}]}
    policy = merged(old, statements("assets", ARN, ROLE))
    assert (policy["Version"], policy["Id"]) == ("2008-10-17", "theirs")
    assert policy["Statement"][0] == FOREIGN
    assert [each["Sid"] for each in policy["Statement"]] == [
        "Theirs",
        "OutreachTlsOnly",
        "OutreachAssets",
        "OutreachMissingIsNotFound",
        "OutreachPages",
        "OutreachImages",
        "OutreachUncached",
    ]


def test_a_policy_that_says_the_same_in_aws_words_needs_nothing() -> None:
    answered = copy.deepcopy(merged({"Statement": FOREIGN}, statements("assets", ARN, ROLE)))
    answered["Statement"].reverse()
    for statement in answered["Statement"]:
        statement["Action"] = [statement["Action"]]
    assert POLICY.decide(answered, KNOWN) == ()


def test_a_policy_for_another_distribution_is_put_right_and_shows_no_foreign_statement() -> None:
    other = merged({"Statement": [FOREIGN]}, statements("assets", ARN.replace("E1", "E2"), ROLE))
    (step,) = POLICY.decide(other, KNOWN)
    assert step.before["OutreachAssets"]["Condition"]["StringEquals"]["AWS:SourceArn"].endswith("E2")
    assert step.after["OutreachAssets"]["Condition"]["StringEquals"]["AWS:SourceArn"] == ARN
    assert "Theirs" not in step.before


def test_a_bucket_without_policy_gets_one() -> None:
    (step,) = POLICY.decide(None, KNOWN)
    assert (step.call, step.before) == ("s3:PutBucketPolicy", None)


def test_a_real_difference_is_not_normalised_away() -> None:
    assert normal({"Action": ["a", "b"]}) == normal({"Action": ("b", "a")})
    assert normal({"Action": ["a"]}) != normal({"Action": ["a", "b"]})
    assert normal(True) == "true"


OURS = rules(30)


@pytest.mark.parametrize("what", OURS)
@pytest.mark.parametrize(
    "change",
    [
        {"Status": "Disabled"},
        {"Filter": {"Prefix": "other/"}},
        {"Expiration": {"Days": 1}},
        {"NoncurrentVersionExpiration": {"NoncurrentDays": 1}},
        {"ID": "somebodys"},
    ],
)
def test_one_changed_rule_of_the_lifecycle_is_shown_alone(what: str, change: dict[str, Any]) -> None:
    there = [{**rule, **change} if name == what else rule for name, rule in OURS.items()]
    (step,) = BUCKET.decide({**RIGHT, "lifecycle": {"Rules": there}}, {})
    before, after = step.before["lifecycle"], step.after["lifecycle"]
    assert [name for name in after if before[name] != after[name]] == [what]


def test_the_lifecycle_is_about_what_was_replaced_in_the_sites_own_folders_alone() -> None:
    replaced = [rule for rule in OURS.values() if "NoncurrentVersionExpiration" in rule]
    assert [rule["Filter"]["Prefix"] for rule in replaced] == list(FOLDERS)
    assert all(rule["Expiration"] == {"ExpiredObjectDeleteMarker": True} for rule in replaced)
    assert "_releases/" not in FOLDERS


def test_another_number_of_days_is_a_change() -> None:
    (step,) = Bucket("assets", 7).decide(RIGHT, {})
    assert step.after["lifecycle"]["replaced under _cache/"] == "deleted after 7 days"


def test_a_rule_of_the_older_form_is_written_back_in_the_form_that_s3_takes_beside_ours() -> None:
    theirs = {"ID": "theirs", "Status": "Enabled", "Prefix": "logs/", "Expiration": {"Days": 9}}
    size = {"TransitionDefaultMinimumObjectSize": "varies_by_storage_class"}
    params = lifecycle(30).params({"Rules": [theirs], **size})
    written = params["LifecycleConfiguration"]["Rules"]
    assert written[0] == {
        "ID": "theirs",
        "Status": "Enabled",
        "Filter": {"Prefix": "logs/"},
        "Expiration": {"Days": 9},
    }
    assert written[1:] == list(OURS.values())
    assert params["TransitionDefaultMinimumObjectSize"] == "varies_by_storage_class"
