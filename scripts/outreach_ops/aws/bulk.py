"""Many uploads at once: signed, sent and retried by the AWS Common Runtime, on every core."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import queue
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from outreach_ops.aws.errors import LOGIN, AwsError, UnreachableError
from outreach_ops.errors import OpsError

CONNECTIONS = 128
GIGABITS = 100.0
"""Enough that the runtime would open more than CONNECTIONS by itself."""

STOP_SECONDS = 10.0
OPERATION = "s3:put_object"
ENCRYPTION = "AES256"
"""Whatever a bucket's default: of what a KMS key encrypts, the ETag is no MD5."""


@dataclasses.dataclass(frozen=True)
class Upload:
    """A file and the object that it becomes; `sha256` is hexadecimal."""

    key: str
    path: Path
    sha256: str
    content_type: str
    cache_control: str


Done = queue.Queue[tuple[Upload, Exception | None]]
"""What has arrived, and what has not with the reason."""


class Sender:
    """Sends with the credentials of a boto3 session."""

    def __init__(self, session: Any, region: str) -> None:
        self._session, self._region = session, region

    def send(
        self, endpoint: str, bucket: str, uploads: Iterable[Upload], allow: Callable[[], None]
    ) -> Iterator[Upload]:
        """Each upload when it has arrived; `allow` is asked before each, the first failure ends them."""
        client, host = self._client(urlsplit(endpoint).scheme == "https"), urlsplit(endpoint).netloc
        done: Done = queue.Queue()
        flying: dict[Upload, Any] = {}
        waiting = iter(uploads)
        try:
            while True:
                while len(flying) < CONNECTIONS and (upload := next(waiting, None)) is not None:
                    allow()
                    flying[upload] = _start(client, host, bucket, upload, done)
                if not flying:
                    return
                upload, error = done.get()
                del flying[upload]
                if error is not None:
                    raise _translated(error)
                yield upload
        finally:
            for request in flying.values():
                request.cancel()
            # Nothing may arrive after the lease is given back.
            with contextlib.suppress(queue.Empty):
                for _ in flying:
                    done.get(timeout=STOP_SECONDS)

    def _client(self, secure: bool) -> Any:
        # Imported here: only a release with many new files needs it.
        from awscrt.auth import AwsCredentials, AwsCredentialsProvider  # noqa: PLC0415
        from awscrt.s3 import S3Client, S3RequestTlsMode, create_default_s3_signing_config  # noqa: PLC0415

        def current() -> Any:
            found = self._session.get_credentials().get_frozen_credentials()
            return AwsCredentials(found.access_key, found.secret_key, found.token)

        return S3Client(
            region=self._region,
            tls_mode=S3RequestTlsMode.ENABLED if secure else S3RequestTlsMode.DISABLED,
            signing_config=create_default_s3_signing_config(
                region=self._region, credential_provider=AwsCredentialsProvider.new_delegate(current)
            ),
            throughput_target_gbps=GIGABITS,
            max_active_connections_override=CONNECTIONS,
        )


def _start(client: Any, host: str, bucket: str, upload: Upload, done: Done) -> Any:
    from awscrt.http import HttpHeaders, HttpRequest  # noqa: PLC0415
    from awscrt.s3 import S3RequestType  # noqa: PLC0415

    headers = {
        "Host": host,
        "Content-Length": str(upload.path.stat().st_size),
        "Content-Type": upload.content_type,
        "Cache-Control": upload.cache_control,
        "x-amz-server-side-encryption": ENCRYPTION,
        "x-amz-checksum-sha256": base64.b64encode(bytes.fromhex(upload.sha256)).decode(),
    }
    path = quote(f"/{bucket}/{upload.key}", safe="/~")

    def arrived(error: Exception | None = None, **_: Any) -> None:
        done.put((upload, error))

    return client.make_request(
        type=S3RequestType.DEFAULT,
        operation_name="PutObject",
        request=HttpRequest("PUT", path, HttpHeaders(list(headers.items()))),
        send_filepath=str(upload.path),
        on_done=arrived,
    )


def _translated(error: Exception) -> OpsError:
    body = (getattr(error, "body", None) or b"").decode(errors="replace")
    if code := re.search(r"<Code>([^<]+)</Code>", body):
        said = re.search(r"<Message>([^<]*)</Message>", body)
        return AwsError(OPERATION, code[1], said[1] if said else "")
    return UnreachableError(f"{OPERATION}: {error}", LOGIN)
