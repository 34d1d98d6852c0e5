"""The bucket's policy: open to the distribution and the functions, over TLS; foreign statements stay."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from outreach_ops.aws.session import Aws
from outreach_ops.provision.role_needs import bucket_needs
from outreach_ops.provision.statements import Statement, each_of, merged, normal
from outreach_ops.provision.step import KNOWN_LATER, Act, Resource, Step, Values

MISSING = ("NoSuchBucketPolicy", "NoSuchBucket")


def statements(bucket: str, distribution_arn: str, role: str, closed: bool = True) -> tuple[Statement, ...]:
    """Ours: what CloudFront and `role` may, that a missing object is a 404, and when `closed` TLS alone."""
    arn = f"arn:aws:s3:::{bucket}"
    cloudfront = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Condition": {"StringEquals": {"AWS:SourceArn": distribution_arn}},
    }
    ours: tuple[Statement, ...] = (
        {"Sid": "OutreachAssets", **cloudfront, "Action": "s3:GetObject", "Resource": f"{arn}/_assets/*"},
        # Without it S3 answers 403 for an object that is not there.
        {"Sid": "OutreachMissingIsNotFound", **cloudfront, "Action": "s3:ListBucket", "Resource": arn},
        *({**need.statement, "Principal": {"AWS": role}} for need in bucket_needs(bucket)),
        {
            "Sid": "OutreachTlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [arn, f"{arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    )
    return ours if closed else ours[:-1]


def policy_of(aws: Aws, bucket: str) -> Mapping[str, Any] | None:
    """The bucket's policy, or None when it or the bucket is missing."""
    answer = aws.api("s3").find("get_bucket_policy", MISSING, Bucket=bucket)
    policy: Mapping[str, Any] | None = None if answer is None else json.loads(answer["Policy"])
    return policy


def foreign(policy: Mapping[str, Any] | None) -> list[Statement]:
    """The statements that are not ours."""
    mine = {each["Sid"] for each in statements("", "", "")}
    return [each for each in each_of(policy or {}) if each.get("Sid") not in mine]


@dataclasses.dataclass(frozen=True)
class BucketPolicy(Resource[Mapping[str, Any] | None]):
    bucket: str

    def read(self, aws: Aws) -> Mapping[str, Any] | None:
        return policy_of(aws, self.bucket)

    def decide(self, seen: Mapping[str, Any] | None, known: Values) -> tuple[Step, ...]:
        ours = self._ours(known)
        wanted = merged(seen, ours)
        if seen is not None and normal(list(each_of(seen))) == normal(list(each_of(wanted))):
            return ()
        sids = {statement["Sid"] for statement in ours}
        before = {each["Sid"]: dict(each) for each in each_of(seen or {}) if each.get("Sid") in sids}
        after = {statement["Sid"]: dict(statement) for statement in ours}
        return (Step("s3:PutBucketPolicy", f"policy of bucket {self.bucket}", before or None, after),)

    def acts(self) -> Mapping[str, Act]:
        return {"s3:PutBucketPolicy": self._put}

    def _ours(self, known: Values) -> tuple[Statement, ...]:
        arn = known.get("distribution_arn", KNOWN_LATER)
        return statements(self.bucket, arn, known["role"], known.get("closed", True))

    def _put(self, aws: Aws, _step: Step, _seen: Mapping[str, Any] | None, known: Values) -> None:
        # S3 has no revision to pass, and the distribution may have been waited for since the first look.
        policy = merged(policy_of(aws, self.bucket), self._ours(known))
        aws.api("s3").call("put_bucket_policy", Bucket=self.bucket, Policy=json.dumps(policy))
