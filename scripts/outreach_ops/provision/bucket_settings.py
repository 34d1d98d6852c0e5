"""Settings of a bucket, as data: how each is read, compared and written."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from outreach_ops.aws.session import Aws
from outreach_ops.provision.step import Act, Step, Values, call_name

Answer = Mapping[str, Any]

BLOCKS = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
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
    """Encrypted with a key of somebody's own is encrypted too."""
    rules = answer["ServerSideEncryptionConfiguration"]["Rules"]
    algorithm = rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]
    return "AES256" if algorithm.startswith("aws:kms") else algorithm


OWNERSHIP = "object ownership"
LOCKS = (
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
        OWNERSHIP,
        "get_bucket_ownership_controls",
        "put_bucket_ownership_controls",
        "OwnershipControlsNotFoundError",
        lambda answer: answer["OwnershipControls"]["Rules"][0]["ObjectOwnership"],
        "BucketOwnerEnforced",
        lambda _answer: {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}},
    ),
)
"""What closes the bucket to everybody else: for one that was there before, last of all."""

SETTINGS = (
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
)
"""But for its lifecycle, which is made of the inventory's number of days."""

Seen = Mapping[str, Answer | None] | None
"""Each setting's answer by its name; None when there is no bucket."""


def look(aws: Aws, bucket: str, settings: Sequence[Setting]) -> dict[str, Answer | None]:
    """Each setting's answer by its name."""
    return {each.name: aws.api("s3").find(each.get, each.absent, Bucket=bucket) for each in settings}


def changes(bucket: str, settings: Sequence[Setting], seen: Seen) -> tuple[Step, ...]:
    """The writing calls for the settings that differ."""
    steps = []
    for each in settings:
        answer = None if seen is None else seen[each.name]
        now = None if answer is None else each.view(answer)
        if now != each.want:
            before = None if seen is None else {each.name: now}
            steps.append(Step(call_name("s3", each.put), f"bucket {bucket}", before, {each.name: each.want}))
    return tuple(steps)


def puts(bucket: str, settings: Sequence[Setting]) -> dict[str, Act]:
    """What makes each of those calls."""
    return {call_name("s3", each.put): _put(bucket, each) for each in settings}


def _put(bucket: str, setting: Setting) -> Act:
    def put(aws: Aws, _step: Step, seen: Seen, _known: Values) -> None:
        answer = (seen or {}).get(setting.name) or {}
        aws.api("s3").call(setting.put, Bucket=bucket, **setting.params(answer))

    return put
