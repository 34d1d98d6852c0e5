"""What a distribution uses that others made: the bucket of its access logs, and a web ACL."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from outreach_ops.aws.errors import DENIED, AwsError
from outreach_ops.aws.session import Aws
from outreach_ops.errors import OpsError
from outreach_ops.provision.step import MissingError, Resource, Step, Values

# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging-legacy-s3.html
NO_LOGS_IN = {
    *("af-south-1", "ap-east-1", "ap-south-2", "ap-southeast-3", "ap-southeast-4", "ca-west-1"),
    *("eu-central-2", "eu-south-1", "eu-south-2", "il-central-1", "me-central-1", "me-south-1"),
}
NO_LISTS = "BucketOwnerEnforced"


@dataclasses.dataclass(frozen=True)
class SeenBucket:
    """Where a bucket is and who owns what is written to it; both None where nobody may look."""

    region: str | None
    ownership: str | None


@dataclasses.dataclass(frozen=True)
class LogBucket(Resource[SeenBucket | None]):
    """The bucket of access logs, into which CloudFront writes by an access list and nothing else."""

    name: str

    def read(self, aws: Aws) -> SeenBucket | None:
        api = aws.api("s3")
        try:
            found = api.find("head_bucket", ("404", "NoSuchBucket"), Bucket=self.name)
            if found is None:
                return None
            rules = api.find(
                "get_bucket_ownership_controls", "OwnershipControlsNotFoundError", Bucket=self.name
            )
        except AwsError as error:
            if error.code not in DENIED:
                raise
            return SeenBucket(None, None)
        ownership = None if rules is None else rules["OwnershipControls"]["Rules"][0]["ObjectOwnership"]
        return SeenBucket(found.get("BucketRegion"), ownership)

    def decide(self, seen: SeenBucket | None, _known: Values) -> tuple[Step, ...]:
        if seen is None:
            raise MissingError(
                f"the bucket of access logs, {self.name}, does not exist",
                f"make it with access lists, or name another in cloudfront_access_logs: {self._make}",
            )
        if seen.ownership == NO_LISTS:
            raise OpsError(
                f"the bucket {self.name} has access lists switched off, by which CloudFront writes its logs",
                f"aws s3api put-bucket-ownership-controls --bucket {self.name} "
                "--ownership-controls 'Rules=[{ObjectOwnership=BucketOwnerPreferred}]'",
            )
        if seen.region in NO_LOGS_IN:
            raise OpsError(
                f"CloudFront writes no logs to {seen.region}, where the bucket {self.name} is",
                f"name a bucket of another region in cloudfront_access_logs: {self._make}",
            )
        return ()

    @property
    def _make(self) -> str:
        return "aws s3api create-bucket --bucket NAME --object-ownership BucketOwnerPreferred"


@dataclasses.dataclass(frozen=True)
class WebAcl(Resource[Mapping[str, Any] | None]):
    """A web ACL, by its ARN; one that nobody may look at is taken to be there."""

    arn: str

    def read(self, aws: Aws) -> Mapping[str, Any] | None:
        name, identity = self.arn.split("/")[-2:]
        try:
            return aws.api("wafv2", "us-east-1").find(
                "get_web_acl", "WAFNonexistentItemException", Name=name, Id=identity, Scope="CLOUDFRONT"
            )
        except AwsError as error:
            if error.code not in DENIED:
                raise
            return {}

    def decide(self, seen: Mapping[str, Any] | None, _known: Values) -> tuple[Step, ...]:
        if seen is None:
            raise MissingError(
                f"there is no web ACL {self.arn}",
                "correct cloudfront_web_acl: aws wafv2 list-web-acls --scope CLOUDFRONT --region us-east-1",
            )
        return ()
