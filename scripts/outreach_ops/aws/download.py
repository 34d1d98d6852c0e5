"""What AWS gives as a signed address instead of an answer."""

from __future__ import annotations

import urllib.error
import urllib.request

from outreach_ops.aws.errors import UnreachableError

SECONDS = 120


def fetch(url: str) -> bytes:
    """The content behind a signed address of AWS; the address, which opens it to anybody, is in no error."""
    try:
        with urllib.request.urlopen(url, timeout=SECONDS) as answer:  # noqa: S310 (AWS's own answer)
            body: bytes = answer.read()
            return body
    except (urllib.error.URLError, TimeoutError) as error:
        reason = getattr(error, "reason", error)
        raise UnreachableError(f"a download from AWS failed: {reason}", "run the command again") from None
