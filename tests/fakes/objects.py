"""S3, as strict as the real one about conditions, checksums and what is not there."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import io
from typing import IO, Any
from urllib.parse import quote, unquote

from fakes.client import RefusedError

PAGE = 4
"""Objects a listing gives at once: few, so that every listing has pages."""

UNMET = "At least one of the pre-conditions you specified did not hold"


@dataclasses.dataclass(frozen=True)
class Stored:
    """An object with the headers that it is served with."""

    body: bytes
    content_type: str
    cache_control: str
    by_key: bool = False
    """Whether a KMS key encrypts it."""

    @property
    def etag(self) -> str:
        """The hash of a single upload, in quotes as S3 gives it; of what a KMS key encrypts it is another."""
        salt = b"encrypted" if self.by_key else b""
        return f'"{hashlib.md5(salt + self.body, usedforsecurity=False).hexdigest()}"'


class S3:
    """The calls of the service on its one bucket."""

    def __init__(self, bucket: str) -> None:
        self.bucket = bucket
        self.objects: dict[str, Stored] = {}
        self.locked: set[str] = set()
        self.encryption = "AES256"
        self.page = PAGE

    def read(self, bucket: str, key: str) -> bytes | None:
        """What another service reads: None when it is not there."""
        stored = self.objects.get(key) if bucket == self.bucket else None
        return None if stored is None else stored.body

    def ListObjectsV2(
        self,
        Bucket: str,
        Prefix: str = "",
        StartAfter: str = "",
        ContinuationToken: str = "0",
        EncodingType: str = "",
    ) -> dict[str, Any]:
        """botocore asks for URL-encoded keys by itself, and decodes them."""
        self._check(Bucket)
        keys = sorted(key for key in self.objects if key.startswith(Prefix) and key > StartAfter)
        start = int(ContinuationToken)
        encode = quote if EncodingType == "url" else str
        page = keys[start : start + self.page]
        shown = [{"Key": encode(key), "ETag": self.objects[key].etag} for key in page]
        more = start + self.page < len(keys)
        answer = {"IsTruncated": more, "EncodingType": "url", **({"Contents": shown} if shown else {})}
        return {**answer, "NextContinuationToken": str(start + self.page)} if more else answer

    def HeadObject(self, Bucket: str, Key: str) -> dict[str, Any]:
        """An answer to HEAD has no body, and so no other code than its status."""
        self._check(Bucket)
        if Key not in self.objects:
            raise RefusedError("404", "Not Found")
        return {"ETag": self.objects[Key].etag}

    def GetObject(self, Bucket: str, Key: str) -> dict[str, Any]:
        return {"Body": io.BytesIO(self._stored(Bucket, Key).body)}

    def PutObject(
        self,
        Bucket: str,
        Key: str,
        Body: bytes | IO[bytes],
        ChecksumSHA256: str,
        ContentType: str,
        CacheControl: str,
        IfNoneMatch: str | None = None,
        ServerSideEncryption: str = "",
    ) -> dict[str, Any]:
        self._check(Bucket)
        body = Body if isinstance(Body, bytes) else Body.read()
        if IfNoneMatch == "*" and Key in self.objects:
            raise RefusedError("PreconditionFailed", UNMET)
        if ChecksumSHA256 != base64.b64encode(hashlib.sha256(body).digest()).decode():
            raise RefusedError("BadDigest", "The SHA256 you specified did not match the calculated checksum.")
        self.objects[Key] = Stored(body, ContentType, CacheControl, self._by_key(ServerSideEncryption))
        return {"ETag": self.objects[Key].etag}

    def DeleteObjects(self, Bucket: str, Delete: dict[str, Any]) -> dict[str, Any]:
        """Each key by itself: one whose condition does not hold is named, the others go."""
        self._check(Bucket)
        if not 1 <= len(Delete["Objects"]) <= 1000:
            raise RefusedError("MalformedXML", "The XML you provided was not well-formed")
        errors = []
        for each in Delete["Objects"]:
            stored, etag = self.objects.get(each["Key"]), each.get("ETag")
            if each["Key"] in self.locked:
                errors.append({"Key": each["Key"], "Code": "AccessDenied"})
            elif stored is None and etag is not None:
                errors.append({"Key": each["Key"], "Code": "NoSuchKey"})
            elif stored is not None and etag not in (None, stored.etag):
                errors.append({"Key": each["Key"], "Code": "PreconditionFailed"})
            else:
                self.objects.pop(each["Key"], None)
        return {"Errors": errors} if errors else {}

    def CopyObject(
        self,
        Bucket: str,
        Key: str,
        CopySource: str,
        CopySourceIfMatch: str = "",
        IfMatch: str = "",
        IfNoneMatch: str = "",
        MetadataDirective: str = "COPY",
        ContentType: str = "binary/octet-stream",
        CacheControl: str = "",
        ChecksumAlgorithm: str = "",
        ServerSideEncryption: str = "",
    ) -> dict[str, Any]:
        """botocore has made one encoded text of the source's bucket and key."""
        self._check(Bucket)
        source = self._stored(*unquote(CopySource).split("/", 1))
        if CopySourceIfMatch not in ("", source.etag):
            raise RefusedError("PreconditionFailed", UNMET)
        if IfMatch and self._stored(Bucket, Key).etag != IfMatch:
            raise RefusedError("PreconditionFailed", UNMET)
        if IfNoneMatch == "*" and Key in self.objects:
            raise RefusedError("PreconditionFailed", UNMET)
        replaced = Stored(source.body, ContentType, CacheControl, self._by_key(ServerSideEncryption))
        self.objects[Key] = replaced if MetadataDirective == "REPLACE" else source
        return {"CopyObjectResult": {"ETag": source.etag}}

    def _by_key(self, asked: str) -> bool:
        return (asked or self.encryption) == "aws:kms"

    def _check(self, bucket: str) -> None:
        if bucket != self.bucket:
            raise RefusedError("NoSuchBucket", "The specified bucket does not exist")

    def _stored(self, bucket: str, key: str) -> Stored:
        self._check(bucket)
        if key not in self.objects:
            raise RefusedError("NoSuchKey", "The specified key does not exist.")
        return self.objects[key]
