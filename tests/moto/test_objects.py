"""Objects on S3 as moto knows it: checksums, conditions, listings, copies."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from outreach_ops.aws.errors import AwsError
from outreach_ops.aws.objects import Objects
from support.account import Account

BUCKET = "made-up-assets"
DATA = b"content"
SHA256, MD5 = hashlib.sha256(DATA).hexdigest(), hashlib.md5(DATA, usedforsecurity=False).hexdigest()


@pytest.fixture
def s3(account: Account) -> Any:
    """A plain client of an account that has the bucket."""
    client = account.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


@pytest.fixture
def objects(account: Account, s3: Any) -> Objects:
    return Objects(account.aws.api("s3"), BUCKET)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(DATA)
    return path


def test_an_upload_arrives_with_its_headers(objects: Objects, s3: Any, file: Path) -> None:
    objects.upload("a/b.txt", file, SHA256, "text/plain; charset=utf-8", "public,max-age=0")
    stored = s3.get_object(Bucket=BUCKET, Key="a/b.txt")
    assert stored["Body"].read() == DATA
    assert stored["ContentType"] == "text/plain; charset=utf-8"
    assert stored["CacheControl"] == "public,max-age=0"


def test_an_upload_can_be_made_again(objects: Objects, s3: Any, file: Path) -> None:
    for _ in range(2):
        objects.upload("a", file, SHA256, "text/plain", "no-store")
    assert objects.listing("") == {"a": MD5}


def test_a_listing_gives_the_hashes_below_a_prefix_beyond_the_first_page(objects: Objects, s3: Any) -> None:
    for number in range(1005):
        s3.put_object(Bucket=BUCKET, Key=f"many/{number:04}", Body=DATA)
    s3.put_object(Bucket=BUCKET, Key="other/one", Body=b"another")
    found = objects.listing("many/")
    assert len(found) == 1005
    assert set(found.values()) == {MD5}


def test_the_hashes_of_named_objects_are_found_among_many_others(objects: Objects, s3: Any) -> None:
    names = [f"{folder}/{number:04}" for folder in ("_assets", "_public") for number in range(600)]
    for name in [*names, "_assets/0001.between", "_cache/other", "zzz"]:
        s3.put_object(Bucket=BUCKET, Key=name, Body=DATA)
    wanted = {*names[::2], "_assets/lost", "_assets/0598.odd key?&=", "a"}
    assert objects.hashes(wanted) == dict.fromkeys(names[::2], MD5)
    assert objects.hashes(set()) == {}


def test_whether_an_object_is_there(objects: Objects, s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="here", Body=DATA)
    assert (objects.has("here"), objects.has("her")) == (True, False)


@pytest.mark.parametrize("key", ["app/(group)/[id]/page.js", "a b+c%20d.txt", "ünïcode", "q?x=1&y#z"])
def test_keys_with_odd_characters_come_through(objects: Objects, s3: Any, file: Path, key: str) -> None:
    objects.upload(key, file, SHA256, "text/plain", "no-store")
    objects.copy(key, f"copy/{key}", MD5, None, "text/plain", "no-store")
    assert set(objects.listing("")) == {key, f"copy/{key}"}
    assert objects.read(f"copy/{key}") == DATA


def test_an_object_is_read_whole_and_a_missing_one_is_none(objects: Objects, s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="a", Body=DATA)
    assert objects.read("a") == DATA
    assert objects.read("b") is None


def test_a_missing_bucket_is_no_missing_object(account: Account) -> None:
    objects = Objects(account.aws.api("s3"), "no-such-bucket")
    with pytest.raises(AwsError, match="NoSuchBucket"):
        objects.read("a")
    with pytest.raises(AwsError, match="NoSuchBucket"):
        objects.listing("")


def test_what_is_added_is_never_overwritten(objects: Objects, s3: Any, file: Path) -> None:
    other = b"other"
    assert objects.add("a", file, SHA256, "application/zip") is True
    assert objects.add("a", other, hashlib.sha256(other).hexdigest(), "application/zip") is False
    assert objects.read("a") == DATA


def test_a_copy_has_the_headers_that_it_was_given(objects: Objects, s3: Any, file: Path) -> None:
    objects.upload("source", file, SHA256, "text/plain", "private,no-store")
    objects.copy("source", "target", MD5, None, "text/html", "public,max-age=0,must-revalidate")
    copied = s3.get_object(Bucket=BUCKET, Key="target")
    assert copied["Body"].read() == DATA
    assert (copied["ContentType"], copied["CacheControl"]) == (
        "text/html",
        "public,max-age=0,must-revalidate",
    )
    assert objects.listing("target") == {"target": MD5}


def test_a_copy_of_what_is_not_there_is_refused(objects: Objects) -> None:
    with pytest.raises(AwsError, match="NoSuchKey"):
        objects.copy("nowhere", "target", MD5, None, "text/html", "no-store")
