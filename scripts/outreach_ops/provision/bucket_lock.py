"""Closes a bucket that was there before this tool, once nobody is left who needs it open."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar

from outreach_ops.aws import cloudfront
from outreach_ops.aws.session import Aws
from outreach_ops.provision import adoption
from outreach_ops.provision.bucket_policy import policy_of
from outreach_ops.provision.bucket_public import open_to_all, others
from outreach_ops.provision.bucket_settings import LOCKS, OWNERSHIP, Seen, changes, look, puts
from outreach_ops.provision.step import Act, Resource, Step, Values
from outreach_ops.settings.model import Settings


@dataclasses.dataclass(frozen=True)
class SeenReaders:
    """Who reads the bucket: `distribution` is None when there is none yet, `everybody` names statements.

    `listed` are those whom its access list lets in.
    """

    distribution: Mapping[str, Any] | None
    ours: bool
    everybody: tuple[str, ...]
    listed: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Readers(Resource[SeenReaders]):
    """Gives `closed`: whether the bucket may be closed to all but those whom its policy names.

    And `listed`: whether an access list keeps S3 from taking all of them out of use.
    """

    settings: Settings
    patience: ClassVar[int] = 900

    def read(self, aws: Aws) -> SeenReaders:
        wanted = self.settings.cloudfront
        identity = cloudfront.identify(aws, wanted.distribution_id, wanted.domain)
        answer = None if identity is None else cloudfront.distribution(aws, identity)
        found = None if answer is None else answer["Distribution"]
        ours = found is None or adoption.ours(found["DistributionConfig"], self.settings.site.project)
        bucket = self.settings.s3.bucket_name
        return SeenReaders(found, ours, open_to_all(policy_of(aws, bucket)), others(access_list(aws, bucket)))

    def decide(self, _seen: SeenReaders, _known: Values) -> tuple[Step, ...]:
        return ()

    def values(self, seen: SeenReaders) -> Values:
        return {"closed": seen.ours and not seen.everybody, "listed": bool(seen.listed)}

    def pending(self, seen: SeenReaders) -> str | None:
        if seen.distribution is None or seen.distribution["Status"] == "Deployed":
            return None
        return f"CloudFront brings the distribution {seen.distribution['Id']} to its edges"


@dataclasses.dataclass(frozen=True)
class BucketLock(Resource[Seen]):
    """Blocks public access and takes access lists out of use; not while somebody relies on either."""

    bucket: str

    def read(self, aws: Aws) -> Seen:
        if aws.api("s3").find("head_bucket", ("404", "NoSuchBucket"), Bucket=self.bucket) is None:
            return None
        return look(aws, self.bucket, LOCKS)

    def decide(self, seen: Seen, known: Values) -> tuple[Step, ...]:
        # A bucket that is still to be made is made closed.
        if seen is None or not known["closed"]:
            return ()
        # S3 would refuse to take lists out of use: it is told, and public access is blocked all the same.
        locks = tuple(each for each in LOCKS if not (known.get("listed") and each.name == OWNERSHIP))
        return changes(self.bucket, locks, seen)

    def acts(self) -> Mapping[str, Act]:
        return puts(self.bucket, LOCKS)


def access_list(aws: Aws, bucket: str) -> Mapping[str, Any] | None:
    """The bucket's access list, or None when there is no bucket."""
    return aws.api("s3").find("get_bucket_acl", "NoSuchBucket", Bucket=bucket)
