"""Objects of one bucket: written with their checksum, listed with their hash."""

from __future__ import annotations

import base64
import itertools
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from outreach_ops.aws.api import Api
from outreach_ops.aws.bulk import ENCRYPTION, Sender, Upload
from outreach_ops.aws.errors import AwsError
from outreach_ops.parallel import each

BATCH = 1000
"""How many keys one call deletes."""

MANY = 100
"""So many uploads are worth the start of another client."""

LISTINGS = 28
"""Into so many listings keys are divided: with the rest of each folder, as many as there are connections."""

RANGE = 20
"""So many keys at least are looked for in one: it gives a thousand, and other releases' lie between them."""

REFUSED = ("PreconditionFailed", "ConditionalRequestConflict")
"""AWS's codes for a condition that does not hold, or that another write under way may change."""


class Objects:
    """The objects of `bucket`."""

    def __init__(self, api: Api, bucket: str, bulk: Sender | None = None) -> None:
        self._api, self.bucket, self._bulk = api, bucket, bulk

    def listing(self, prefix: str) -> dict[str, str]:
        """The MD5 (S3's ETag of a single upload) of every object below `prefix`, by key."""
        found = self._api.pages("list_objects_v2", "Contents", Bucket=self.bucket, Prefix=prefix)
        return {item["Key"]: item["ETag"].strip('"') for item in found}

    def hashes(self, keys: Collection[str]) -> dict[str, str]:
        """The MD5 of each of `keys` that is there: listings of short ranges, all at once."""
        size = max(RANGE, math.ceil(len(keys) / LISTINGS))
        ranges: list[list[str]] = []
        for _, group in itertools.groupby(sorted(keys), lambda key: key.partition("/")[0]):
            folder = list(group)
            ranges += [folder[at : at + size] for at in range(0, len(folder), size)]
        found: dict[str, str] = {}
        for wanted, listed in each(lambda some: self._range(some[0], some[-1]), ranges, workers=32):
            found |= {key: listed[key] for key in wanted if key in listed}
        return found

    def _range(self, first: str, last: str) -> dict[str, str]:
        """What lies between two keys, both of them included."""
        found: dict[str, str] = {}
        # The listing begins behind the key that it is given.
        after, more = first[:-1], True
        while more:
            page = self._api.call("list_objects_v2", Bucket=self.bucket, StartAfter=after)
            items = page.get("Contents") or []
            found |= {item["Key"]: item["ETag"].strip('"') for item in items}
            after = items[-1]["Key"] if items else after
            more = bool(page.get("IsTruncated")) and after < last
        return found

    def has(self, key: str) -> bool:
        """Whether there is an object `key`."""
        return self._api.find("head_object", ("404", "NoSuchKey"), Bucket=self.bucket, Key=key) is not None

    def read(self, key: str) -> bytes | None:
        """The content of `key`, or None when there is no such object."""
        found = self._api.find("get_object", ("NoSuchKey", "404"), Bucket=self.bucket, Key=key)
        return None if found is None else self._api.content(found["Body"])

    def upload(self, key: str, path: Path, sha256: str, content_type: str, cache_control: str) -> None:
        """Streams a file to `key`; S3 refuses it when it does not arrive with the given SHA-256."""
        with path.open("rb") as body:
            self._api.call(
                "put_object",
                Bucket=self.bucket,
                Key=key,
                Body=body,
                ContentType=content_type,
                CacheControl=cache_control,
                ChecksumSHA256=_base64(sha256),
                ServerSideEncryption=ENCRYPTION,
            )

    def upload_all(self, uploads: Sequence[Upload]) -> Iterator[Upload]:
        """Each upload when it has arrived, in any order, as `upload` does it; ends at the first failure."""
        if self._bulk is not None and len(uploads) >= MANY:
            endpoint = self._api.client.meta.endpoint_url
            yield from self._bulk.send(endpoint, self.bucket, uploads, lambda: self._api.ask("put_object"))
            return
        for upload, _ in each(self._one, uploads):
            yield upload

    def _one(self, upload: Upload) -> None:
        self.upload(upload.key, upload.path, upload.sha256, upload.content_type, upload.cache_control)

    def fetch(self, key: str) -> tuple[bytes, str] | None:
        """The content of `key` with its type, or None when there is no such object."""
        found = self._api.find("get_object", ("NoSuchKey", "404"), Bucket=self.bucket, Key=key)
        return None if found is None else (self._api.content(found["Body"]), found["ContentType"])

    def add(
        self,
        key: str,
        body: bytes | Path,
        sha256: str,
        content_type: str,
        cache_control: str = "private,no-store",
    ) -> bool:
        """Writes `key` unless it is there; says whether it was written."""
        content = body.read_bytes() if isinstance(body, Path) else body
        try:
            self._api.call(
                "put_object",
                Bucket=self.bucket,
                Key=key,
                Body=content,
                ContentType=content_type,
                CacheControl=cache_control,
                ChecksumSHA256=_base64(sha256),
                ServerSideEncryption=ENCRYPTION,
                IfNoneMatch="*",
            )
        except AwsError as error:
            if error.code in REFUSED:
                return False
            raise
        return True

    def copy(
        self, source: str, key: str, md5: str, over: str | None, content_type: str, cache_control: str
    ) -> None:
        """Copies within the bucket what has the hash `md5`, over what has `over`, or where nothing is.

        Raises AwsError PreconditionFailed when either is another by now.
        """
        try:
            self._api.call(
                "copy_object",
                Bucket=self.bucket,
                Key=key,
                CopySource={"Bucket": self.bucket, "Key": source},
                CopySourceIfMatch=f'"{md5}"',
                **({"IfNoneMatch": "*"} if over is None else {"IfMatch": f'"{over}"'}),
                MetadataDirective="REPLACE",
                ContentType=content_type,
                CacheControl=cache_control,
                ChecksumAlgorithm="SHA256",
                ServerSideEncryption=ENCRYPTION,
            )
        except AwsError as error:
            # A repeated call whose first answer was lost meets its own copy.
            if error.code not in REFUSED or self.hashes([key]).get(key) != md5:
                raise

    def delete(self, wanted: Mapping[str, str]) -> dict[str, str]:
        """Deletes at most BATCH keys whose ETag still is the given one; AWS's code for each that stays."""
        named = [{"Key": key, "ETag": f'"{etag}"'} for key, etag in wanted.items()]
        answer = self._api.call(
            "delete_objects", Bucket=self.bucket, Delete={"Objects": named, "Quiet": True}
        )
        return {each["Key"]: each["Code"] for each in answer.get("Errors") or ()}


def _base64(sha256: str) -> str:
    return base64.b64encode(bytes.fromhex(sha256)).decode()
