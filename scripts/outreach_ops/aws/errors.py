"""What AWS answers, as typed errors that name service, operation and code."""

from __future__ import annotations

from outreach_ops.errors import OpsError, UsageError


class AwsError(OpsError):
    """AWS refused a call: `code` is its error code, `operation` reads like `lambda:get_function`."""

    def __init__(self, operation: str, code: str, message: str, fix: str | None = None) -> None:
        super().__init__(f"{operation} was refused: {code}: {message}", fix or FIXES.get(code, FALLBACK_FIX))
        self.operation, self.code, self.message = operation, code, message


class WriteRefusedError(OpsError):
    """A writing call was about to be made where only reading is allowed."""


class WrongAccountError(UsageError):
    """The credentials belong to another account than the one the inventory names."""


class UnreachableError(OpsError):
    """No answer from AWS: no credentials, no network, or a local AWS that is not running."""


LOGIN = (
    'eval "$(invoke sandbox.env)" for the local AWS, or `aws sso login` with your profile, then run it again'
)
CLOCK = "AWS refuses a clock that is minutes wrong: set this machine's, or log in again, then run it again"
SIGNATURE = f"{LOGIN}; if that does not help, AWS refuses a clock that is minutes wrong: set this machine's"
FALLBACK_FIX = "read the message above; nothing needs cleaning up before you run the command again"
FIXES = {
    "AccessDenied": "ask for the permission that the message names, then run the command again",
    "AccessDeniedException": "ask for the permission that the message names, then run the command again",
    "ExpiredToken": LOGIN,
    "ExpiredTokenException": LOGIN,
    "InvalidClientTokenId": LOGIN,
    "UnrecognizedClientException": LOGIN,
    "RequestTimeTooSkewed": CLOCK,
    "InvalidSignatureException": SIGNATURE,
    "SignatureDoesNotMatch": SIGNATURE,
    "CodeStorageExceededException": "the region's code storage is full: invoke prune --env=ENVIRONMENT, then "
    "run the command again",
    "PreconditionFailedException": "somebody else changes it too: look who, then run the command again",
    "ResourceConflictException": "an update is under way: run the command again in a minute",
}
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"})
"""The codes of a call that the caller may not make; 403 is that of S3's HEAD, which has no text."""
CHANGED_MEANWHILE = frozenset(
    {"PreconditionFailed", "InvalidIfMatchVersion", "PreconditionFailedException", "PolicyNotFoundException"}
)
"""The codes of a write whose revision is no longer AWS's; the last is that of a table's policy."""
