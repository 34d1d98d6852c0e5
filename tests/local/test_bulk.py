"""Many uploads at once, to the local AWS: whole, asked for one by one, and ended at the first failure."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from outreach_ops.aws.api import Api
from outreach_ops.aws.bulk import CONNECTIONS, Sender, Upload
from outreach_ops.aws.errors import AwsError, UnreachableError
from outreach_ops.aws.objects import MANY, Objects
from support.local import LocalAws

BUCKET = "made-up-assets"
ODD = ["app/(group)/[id]/page.js", "a b+c%20d.txt", "ünïcode", "q?x=1&y#z"]


@pytest.fixture
def aws(local_aws: LocalAws) -> Iterator[LocalAws]:
    """An empty bucket."""
    s3 = local_aws.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    yield local_aws
    local_aws.faults()
    for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
        s3.delete_object(Bucket=BUCKET, Key=item["Key"])
    s3.delete_bucket(Bucket=BUCKET)


@pytest.fixture
def uploads(tmp_path: Path) -> list[Upload]:
    """Files of many sizes, one of them empty; more than there are connections."""
    made = []
    for number, key in enumerate([*ODD, *(f"static/{number}.js" for number in range(CONNECTIONS + MANY))]):
        content = f"{key}\n".encode() * (number * 37 % 501)
        path = tmp_path / str(number)
        path.write_bytes(content)
        made.append(Upload(key, path, hashlib.sha256(content).hexdigest(), "text/x-made-up", "max-age=7"))
    return made


def objects(aws: LocalAws, bucket: str = BUCKET, endpoint: str = "") -> Objects:
    class Session:
        """The credentials of the local AWS's account."""

        def get_credentials(self) -> object:
            return aws.client("s3")._request_signer._credentials

    elsewhere = boto3.client("s3", region_name=aws.running.spec.region, endpoint_url=endpoint or None)
    client = elsewhere if endpoint else aws.client("s3")
    return Objects(Api("s3", client), bucket, Sender(Session(), aws.running.spec.region))


def puts(aws: LocalAws) -> int:
    return len([call for call in aws.calls() if call == "s3:PutObject"])


def test_every_file_arrives_whole_with_its_headers(aws: LocalAws, uploads: list[Upload]) -> None:
    arrived = set(objects(aws).upload_all(uploads))
    assert arrived == set(uploads)
    listed = objects(aws).listing("")
    assert listed == {
        each.key: hashlib.md5(each.path.read_bytes(), usedforsecurity=False).hexdigest() for each in uploads
    }
    stored = aws.client("s3").get_object(Bucket=BUCKET, Key=ODD[0])
    assert (stored["ContentType"], stored["CacheControl"]) == ("text/x-made-up", "max-age=7")


def test_what_fails_for_a_moment_is_sent_again(aws: LocalAws, uploads: list[Upload]) -> None:
    match = {"operation": "PutObject"}
    aws.faults({"match": match, "action": "error", "status": 503, "code": "SlowDown", "times": 3})
    assert len(list(objects(aws).upload_all(uploads))) == len(uploads)
    assert len(objects(aws).listing("")) == len(uploads)


def test_a_refusal_ends_the_rest_and_is_named(aws: LocalAws, uploads: list[Upload]) -> None:
    aws.forget_calls()
    aws.faults(
        {"match": {"operation": "PutObject"}, "action": "error", "status": 403, "code": "AccessDenied"}
    )
    with pytest.raises(AwsError, match="s3:put_object was refused: AccessDenied"):
        list(objects(aws).upload_all(uploads))
    assert puts(aws) <= CONNECTIONS


def test_a_file_that_is_not_what_was_packaged_is_refused(aws: LocalAws, uploads: list[Upload]) -> None:
    uploads[50] = dataclasses.replace(uploads[50], sha256=hashlib.sha256(b"another").hexdigest())
    with pytest.raises(AwsError):
        list(objects(aws).upload_all(uploads))
    assert uploads[50].key not in objects(aws).listing("")


def test_nothing_is_sent_once_it_may_not_be(aws: LocalAws, uploads: list[Upload]) -> None:
    class LostError(Exception):
        """The lease was taken over."""

    asked: list[str] = []

    def guard(_service: str, operation: str) -> None:
        asked.append(operation)
        if len(asked) > MANY:
            raise LostError

    real = objects(aws)
    guarded = Objects(Api("s3", aws.client("s3"), guard), BUCKET, real._bulk)
    aws.forget_calls()
    with pytest.raises(LostError):
        list(guarded.upload_all(uploads))
    assert puts(aws) <= MANY
    assert set(asked) == {"put_object"}


def test_without_an_answer_it_says_where_none_came_from(aws: LocalAws, uploads: list[Upload]) -> None:
    with pytest.raises(UnreachableError, match="s3:put_object"):
        list(objects(aws, endpoint="http://127.0.0.1:9").upload_all(uploads))
