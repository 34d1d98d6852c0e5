"""The account that a test works in."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator

import pytest

from moto import mock_aws
from outreach_ops.aws.session import connect
from outreach_ops.provision.step import call_name
from support.account import ACCOUNT, Account


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """Empty, in us-east-1, whatever AWS the shell is turned to."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    written: list[str] = []

    def guard(service: str, operation: str) -> None:
        written.append(call_name(service, operation))

    with mock_aws():
        aws = connect(ACCOUNT, "us-east-1", {})
        yield Account(dataclasses.replace(aws, guard=guard), written)
