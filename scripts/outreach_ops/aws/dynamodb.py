"""Tables, as far as provisioning reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from outreach_ops.aws.session import Aws


def table(aws: Aws, name: str) -> Mapping[str, Any] | None:
    """The description of the table `name`, or None when there is none."""
    found = aws.api("dynamodb").find("describe_table", "ResourceNotFoundException", TableName=name)
    return None if found is None else found["Table"]


def backups(aws: Aws, name: str) -> bool:
    """True when the table `name` can be restored to any second of the last weeks."""
    found = aws.api("dynamodb").call("describe_continuous_backups", TableName=name)
    recovery = found["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    return bool(recovery.get("PointInTimeRecoveryStatus") == "ENABLED")
