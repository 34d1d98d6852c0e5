"""The bucket of static files: versioned, encrypted, rid of what nobody needs; closed when new."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from outreach_ops.aws.errors import AwsError
from outreach_ops.aws.session import Aws
from outreach_ops.errors import OpsError
from outreach_ops.provision.bucket_lifecycle import lifecycle
from outreach_ops.provision.bucket_settings import LOCKS, SETTINGS, Seen, Setting, changes, look, puts
from outreach_ops.provision.step import Act, Resource, Step, Values

CLASSIC_REGION = "us-east-1"


@dataclasses.dataclass(frozen=True)
class Bucket(Resource[Seen]):
    """`replaced_days` is for how long what was replaced or deleted can be brought back."""

    name: str
    replaced_days: int

    @property
    def settings(self) -> tuple[Setting, ...]:
        return (*SETTINGS, lifecycle(self.replaced_days))

    def read(self, aws: Aws) -> Seen:
        api = aws.api("s3")
        try:
            found = api.find("head_bucket", ("404", "NoSuchBucket"), Bucket=self.name)
        except AwsError as error:
            if error.code != "403":
                raise
            raise OpsError(
                f"the bucket {self.name} belongs to another account, or these credentials may not see it",
                "ask for s3:ListBucket on it, or give s3_bucket_name a name that nobody has",
            ) from error
        if found is None:
            return None
        if (region := found.get("BucketRegion", aws.region)) != aws.region:
            raise OpsError(
                f"the bucket {self.name} is in {region}, not in {aws.region}, and no bucket can be moved",
                "correct site_region, or give s3_bucket_name a name that nobody has",
            )
        return look(aws, self.name, self.settings)

    def decide(self, seen: Seen, _known: Values) -> tuple[Step, ...]:
        if seen is not None:
            return changes(self.name, self.settings, seen)
        made = Step("s3:CreateBucket", f"bucket {self.name}", None, {"name": self.name})
        # Nobody relies on a new bucket yet: it is closed before anything is in it.
        return (made, *changes(self.name, LOCKS + self.settings, None))

    def acts(self) -> Mapping[str, Act]:
        return {"s3:CreateBucket": self._create} | puts(self.name, LOCKS + self.settings)

    def _create(self, aws: Aws, _step: Step, _seen: Seen, _known: Values) -> None:
        # us-east-1 refuses its own name as a LocationConstraint.
        where = {} if aws.region == CLASSIC_REGION else {"LocationConstraint": aws.region}
        params = {"CreateBucketConfiguration": where} if where else {}
        aws.api("s3").call("create_bucket", Bucket=self.name, **params)
        aws.api("s3").wait("bucket_exists", 60, 1, Bucket=self.name)
