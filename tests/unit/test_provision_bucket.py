from __future__ import annotations

import copy
from typing import Any

import pytest

from fakes.settings import SETTINGS
from outreach_ops.provision.bucket import Bucket
from outreach_ops.provision.bucket_lock import BucketLock, Readers, SeenReaders, open_to_all
from outreach_ops.provision.bucket_policy import BucketPolicy, merged, normal, statements
from outreach_ops.provision.bucket_settings import BLOCKS, STALE_UPLOADS

BUCKET = Bucket("assets")
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
    "stale uploads": {"Rules": [STALE_UPLOADS]},
}


def test_a_bucket_as_wanted_needs_nothing() -> None:
    assert BUCKET.decide(RIGHT, {}) == LOCK.decide(RIGHT, {"closed": True}) == ()


def test_a_bucket_that_somebody_needs_open_stays_as_it_is() -> None:
    opened = {**RIGHT, "public access blocked": None, "object ownership": None}
    assert len(LOCK.decide(opened, {"closed": True})) == 2
    assert LOCK.decide(opened, {"closed": False}) == ()
    assert LOCK.decide(None, {"closed": True}) == ()


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
        ({"Sid": "Office", "Effect": "Allow", "Principal": "*", "Condition": {"IpAddress": {}}}, ()),
        ({"Sid": "OutreachTlsOnly", "Effect": "Allow", "Principal": "*"}, ()),
    ],
)
def test_a_foreign_statement_that_lets_everybody_in_keeps_the_bucket_open(
    statement: dict[str, Any], named: tuple[str, ...]
) -> None:
    assert open_to_all({"Statement": [statement]}) == named


@pytest.mark.parametrize(
    ("ours", "everybody", "closed"),
    [(True, (), True), (False, (), False), (True, ("W",), False)],
)
def test_the_bucket_is_closed_after_the_first_release_when_nobody_else_needs_it(
    ours: bool, everybody: tuple[str, ...], closed: bool
) -> None:
    assert READERS.values(SeenReaders(None, ours, everybody)) == {"closed": closed}


def test_the_bucket_is_not_closed_while_the_distribution_still_moves() -> None:
    moving = {"Id": "E1", "Status": "InProgress"}
    assert "E1" in str(READERS.pending(SeenReaders(moving, True, ())))
    assert READERS.pending(SeenReaders({**moving, "Status": "Deployed"}, True, ())) is None


def test_plain_http_is_refused_once_the_bucket_is_closed_only() -> None:
    (step,) = POLICY.decide(None, {"distribution_arn": ARN, "closed": False})
    assert list(step.after) == ["OutreachAssets", "OutreachMissingIsNotFound"]


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
        (
            "stale uploads",
            {"Rules": [{"ID": "theirs", "Status": "Enabled"}]},
            "s3:PutBucketLifecycleConfiguration",
            None,
        ),
        (
            "stale uploads",
            {"Rules": [{**STALE_UPLOADS, "Status": "Disabled"}]},
            "s3:PutBucketLifecycleConfiguration",
            None,
        ),
    ],
)
def test_one_changed_setting_is_named_and_only_that(name: str, answer: Any, call: str, before: Any) -> None:
    seen = {**RIGHT, name: answer}
    (step,) = BUCKET.decide(seen, {}) + LOCK.decide(seen, {"closed": True})
    assert (step.call, step.before) == (call, {name: before})
    assert list(step.after) == [name]


ARN = "arn:aws:cloudfront::123456789012:distribution/E1"
POLICY = BucketPolicy("assets")
FOREIGN = {"Sid": "Theirs", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:GetObject"}


def test_the_policy_lets_the_distribution_alone_read_and_refuses_plain_http() -> None:
    read, missing, tls = statements("assets", ARN)
    assert read["Action"] == "s3:GetObject"
    assert read["Resource"] == "arn:aws:s3:::assets/_assets/*"
    assert read["Condition"] == missing["Condition"] == {"StringEquals": {"AWS:SourceArn": ARN}}
    assert missing["Action"] == "s3:ListBucket"
    assert (tls["Effect"], tls["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_foreign_statements_stay_as_and_where_they_are() -> None:
    old = {"Version": "2008-10-17", "Id": "theirs", "Statement": [FOREIGN, {"Sid": "OutreachTlsOnly"}]}
    policy = merged(old, statements("assets", ARN))
    assert (policy["Version"], policy["Id"]) == ("2008-10-17", "theirs")
    assert policy["Statement"][0] == FOREIGN
    assert [each["Sid"] for each in policy["Statement"]] == [
        "Theirs",
        "OutreachTlsOnly",
        "OutreachAssets",
        "OutreachMissingIsNotFound",
    ]


def test_a_policy_that_says_the_same_in_aws_words_needs_nothing() -> None:
    answered = copy.deepcopy(merged({"Statement": FOREIGN}, statements("assets", ARN)))
    answered["Statement"].reverse()
    for statement in answered["Statement"]:
        statement["Action"] = [statement["Action"]]
    assert POLICY.decide(answered, {"distribution_arn": ARN}) == ()


def test_a_policy_for_another_distribution_is_put_right_and_shows_no_foreign_statement() -> None:
    other = merged({"Statement": [FOREIGN]}, statements("assets", ARN.replace("E1", "E2")))
    (step,) = POLICY.decide(other, {"distribution_arn": ARN})
    assert step.before["OutreachAssets"]["Condition"]["StringEquals"]["AWS:SourceArn"].endswith("E2")
    assert step.after["OutreachAssets"]["Condition"]["StringEquals"]["AWS:SourceArn"] == ARN
    assert "Theirs" not in step.before


def test_a_bucket_without_policy_gets_one() -> None:
    (step,) = POLICY.decide(None, {"distribution_arn": ARN})
    assert (step.call, step.before) == ("s3:PutBucketPolicy", None)


def test_a_real_difference_is_not_normalised_away() -> None:
    assert normal({"Action": ["a", "b"]}) == normal({"Action": ("b", "a")})
    assert normal({"Action": ["a"]}) != normal({"Action": ["a", "b"]})
    assert normal(True) == "true"
