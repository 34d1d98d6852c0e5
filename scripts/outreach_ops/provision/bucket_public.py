"""Who is let into a bucket beside those whom its policy names: the public, and by access lists. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from outreach_ops.provision.bucket_policy import foreign
from outreach_ops.provision.statements import Statement

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
FIXING = (
    *("aws:sourceip", "aws:sourcearn", "aws:sourceaccount", "aws:sourceowner", "aws:sourceorgid"),
    *("aws:sourcevpc", "aws:sourcevpce", "aws:userid", "aws:principalarn", "aws:principalaccount"),
    *("aws:principalorgid", "s3:dataaccesspointarn", "s3:dataaccesspointaccount"),
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
)
"""What a condition must be about, in fixed values, for S3 not to count its statement as public."""
OPERATORS = ("stringequals", "stringlike", "stringequalsignorecase", "arnequals", "arnlike", "ipaddress")
EVERY_ADDRESS = ("0.0.0.0/0", "::/0")


def open_to_all(policy: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The foreign statements that let everybody in: S3 stops them once public access is blocked."""
    return tuple(
        str(each.get("Sid", "(no Sid)"))
        for each in foreign(policy)
        if each.get("Effect") == "Allow" and _everybody(each) and not _fixed(each.get("Condition") or {})
    )


def others(acl: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Whom a bucket's access list lets in beside its owner: as long, S3 takes no lists out of use."""
    owner = ((acl or {}).get("Owner") or {}).get("ID")
    grantees = [each["Grantee"] for each in (acl or {}).get("Grants") or ()]
    theirs = [each for each in grantees if each.get("ID") is None or each["ID"] != owner]
    return tuple(dict.fromkeys(str(each.get("URI") or each.get("ID") or each.get("Type")) for each in theirs))


def _everybody(statement: Statement) -> bool:
    principal = statement.get("Principal")
    named = principal.get("AWS", ()) if isinstance(principal, Mapping) else principal
    return "NotPrincipal" in statement or "*" in _listed(named)


def _fixed(condition: Mapping[str, Any]) -> bool:
    """Whether something of it is a fixed value that S3 counts: a referrer, which anybody can send, is not."""
    return any(
        operator.lower() in OPERATORS and key.lower() in FIXING and _values(value)
        for operator, keys in condition.items()
        for key, value in keys.items()
    )


def _values(value: Any) -> bool:
    found = [str(each) for each in _listed(value)]
    loose = [
        each for each in found if each in EVERY_ADDRESS or any(sign in each for sign in ("*", "?", "${"))
    ]
    return bool(found) and not loose


def _listed(value: Any) -> Sequence[Any]:
    if value is None:
        return ()
    return value if isinstance(value, list | tuple) else [value]
