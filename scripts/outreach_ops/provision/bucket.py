"""The bucket of static files: private, versioned, encrypted, and free of uploads that nobody finished."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from outreach_ops.aws.errors import AwsError
from outreach_ops.aws.session import Aws
from outreach_ops.errors import OpsError
from outreach_ops.provision.step import Act, Resource, Step, Values, call_name

Answer = Mapping[str, Any]
CLASSIC_REGION = "us-east-1"

BLOCKS = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
STALE_UPLOADS = {
    "ID": "outreach-abort-stale-uploads",
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
}


@dataclasses.dataclass(frozen=True)
class Setting:
    """One setting of a bucket; `view` is its value in an answer, `params` what writes it over the answer."""

    name: str
    get: str
    put: str
    absent: str
    view: Callable[[Answer], Any]
    want: Any
    params: Callable[[Answer], dict[str, Any]]


def _encryption(answer: Answer) -> Any:
    rules = answer["ServerSideEncryptionConfiguration"]["Rules"]
    return rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]


def _stale_uploads(answer: Answer) -> Any:
    mine = [rule for rule in answer["Rules"] if rule.get("ID") == STALE_UPLOADS["ID"]]
    if not mine or mine[0]["Status"] != "Enabled" or mine[0].get("Filter", {}).get("Prefix", "") != "":
        return None
    days = mine[0].get("AbortIncompleteMultipartUpload", {}).get("DaysAfterInitiation")
    return f"aborted after {days} days"


def _lifecycle(answer: Answer) -> dict[str, Any]:
    others = [rule for rule in answer.get("Rules", []) if rule.get("ID") != STALE_UPLOADS["ID"]]
    params: dict[str, Any] = {"LifecycleConfiguration": {"Rules": [*others, STALE_UPLOADS]}}
    if (size := answer.get("TransitionDefaultMinimumObjectSize")) is not None:
        params["TransitionDefaultMinimumObjectSize"] = size
    return params


SETTINGS = (
    Setting(
        "public access blocked",
        "get_public_access_block",
        "put_public_access_block",
        "NoSuchPublicAccessBlockConfiguration",
        lambda answer: answer["PublicAccessBlockConfiguration"],
        BLOCKS,
        lambda _answer: {"PublicAccessBlockConfiguration": BLOCKS},
    ),
    Setting(
        "object ownership",
        "get_bucket_ownership_controls",
        "put_bucket_ownership_controls",
        "OwnershipControlsNotFoundError",
        lambda answer: answer["OwnershipControls"]["Rules"][0]["ObjectOwnership"],
        "BucketOwnerEnforced",
        lambda _answer: {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}},
    ),
    Setting(
        "encryption",
        "get_bucket_encryption",
        "put_bucket_encryption",
        "ServerSideEncryptionConfigurationNotFoundError",
        _encryption,
        "AES256",
        lambda _answer: {
            "ServerSideEncryptionConfiguration": {
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            }
        },
    ),
    Setting(
        "versioning",
        "get_bucket_versioning",
        "put_bucket_versioning",
        "(always answers)",
        lambda answer: answer.get("Status"),
        "Enabled",
        lambda _answer: {"VersioningConfiguration": {"Status": "Enabled"}},
    ),
    Setting(
        "stale uploads",
        "get_bucket_lifecycle_configuration",
        "put_bucket_lifecycle_configuration",
        "NoSuchLifecycleConfiguration",
        _stale_uploads,
        "aborted after 7 days",
        _lifecycle,
    ),
)

Seen = Mapping[str, Answer | None] | None
"""Each setting's answer by its name; None when there is no bucket."""


@dataclasses.dataclass(frozen=True)
class Bucket(Resource[Seen]):
    name: str

    def read(self, aws: Aws) -> Seen:
        api = aws.api("s3")
        try:
            if api.find("head_bucket", ("404", "NoSuchBucket"), Bucket=self.name) is None:
                return None
        except AwsError as error:
            if error.code != "403":
                raise
            raise OpsError(
                f"the bucket {self.name} belongs to another account, or these credentials may not see it",
                "ask for s3:ListBucket on it, or give s3_bucket_name a name that nobody has",
            ) from error
        return {each.name: api.find(each.get, each.absent, Bucket=self.name) for each in SETTINGS}

    def decide(self, seen: Seen, _known: Values) -> tuple[Step, ...]:
        resource, steps = f"bucket {self.name}", []
        if seen is None:
            steps.append(Step("s3:CreateBucket", resource, None, {"name": self.name}))
        for each in SETTINGS:
            answer = None if seen is None else seen[each.name]
            now = None if answer is None else each.view(answer)
            if now != each.want:
                before = None if seen is None else {each.name: now}
                steps.append(Step(call_name("s3", each.put), resource, before, {each.name: each.want}))
        return tuple(steps)

    def acts(self) -> Mapping[str, Act]:
        settings: dict[str, Act] = {call_name("s3", each.put): self._put(each) for each in SETTINGS}
        return {"s3:CreateBucket": self._create} | settings

    def _create(self, aws: Aws, _step: Step, _seen: Seen, _known: Values) -> None:
        # us-east-1 refuses its own name as a LocationConstraint.
        where = {} if aws.region == CLASSIC_REGION else {"LocationConstraint": aws.region}
        params = {"CreateBucketConfiguration": where} if where else {}
        aws.api("s3").call("create_bucket", Bucket=self.name, **params)
        aws.api("s3").wait("bucket_exists", 60, 1, Bucket=self.name)

    def _put(self, setting: Setting) -> Act:
        def put(aws: Aws, _step: Step, seen: Seen, _known: Values) -> None:
            answer = (seen or {}).get(setting.name) or {}
            aws.api("s3").call(setting.put, Bucket=self.name, **setting.params(answer))

        return put
