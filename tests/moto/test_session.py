"""Who and where is checked before anything else is asked of AWS."""

from __future__ import annotations

import logging
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from moto import mock_aws
from outreach_ops.aws.errors import UnreachableError, WrongAccountError
from outreach_ops.aws.session import Aws, connect, describe_target, local_endpoint
from outreach_ops.errors import Exit, UsageError
from support.account import ACCOUNT


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No profile, key or endpoint of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


class Asked:
    """The operations that any client has sent, as botocore logs them."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog
        caplog.set_level(logging.DEBUG, logger="botocore.endpoint")

    @property
    def operations(self) -> list[str]:
        said = (record.getMessage() for record in self._caplog.records)
        return re.findall(r"Making request for OperationModel\(name=(\w+)\)", "\n".join(said))


@pytest.fixture
def asked(caplog: pytest.LogCaptureFixture) -> Iterator[Asked]:
    """An account in memory, and what is asked of it."""
    with mock_aws():
        yield Asked(caplog)


def test_the_right_account_is_connected_after_one_question(asked: Asked) -> None:
    aws = connect(ACCOUNT, "us-east-1", {})
    assert (aws.account_id, aws.region, aws.endpoint) == (ACCOUNT, "us-east-1", None)
    assert asked.operations == ["GetCallerIdentity"]


def test_clients_that_are_made_meanwhile_ask_nothing(asked: Asked) -> None:
    with pytest.raises(WrongAccountError):
        connect("999999999999", "us-east-1", {}, soon={"lambda": None, "cloudfront": "us-east-1"})
    assert asked.operations == ["GetCallerIdentity"]


def test_a_wrong_account_stops_after_asking_who_and_before_anything_else(asked: Asked) -> None:
    with pytest.raises(WrongAccountError) as caught:
        connect("999999999999", "us-east-1", {})
    assert asked.operations == ["GetCallerIdentity"]
    assert caught.value.exit_code == Exit.USAGE
    assert f"the credentials are of account {ACCOUNT}, the inventory says 999999999999" in caught.value.cause


def test_no_credentials_say_how_to_log_in() -> None:
    with pytest.raises(UnreachableError, match="no AWS credentials were found") as caught:
        connect(ACCOUNT, "us-east-1", {})
    assert "invoke sandbox.env" in caught.value.fix
    assert "aws sso login" in caught.value.fix


def test_an_unknown_profile_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobodys-profile")
    with pytest.raises(UnreachableError, match="nobodys-profile"):
        connect(ACCOUNT, "us-east-1", {})


def test_a_local_aws_that_is_stopped_says_how_to_start_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{server.getsockname()[1]}"
    settings = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "made-up",
        "AWS_MAX_ATTEMPTS": "1",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UnreachableError, match=f"nothing answers at {endpoint}") as caught:
        connect(ACCOUNT, "us-east-1")
    assert "invoke sandbox.start" in caught.value.fix


def test_certificates_and_distributions_are_asked_for_in_their_own_region(asked: Asked) -> None:
    aws: Aws = connect(ACCOUNT, "eu-west-1", {})
    assert aws.api("lambda").client.meta.region_name == "eu-west-1"
    assert aws.api("acm", "us-east-1").client.meta.region_name == "us-east-1"


@pytest.mark.parametrize(
    ("endpoint", "local"),
    [
        ("http://127.0.0.1:4566", True),
        ("http://localhost:4566", True),
        ("http://[::1]:4566", True),
        ("https://localhost.example.com", False),
        ("https://vpce-1.s3.amazonaws.com", False),
        ("", False),
    ],
)
def test_only_a_loopback_endpoint_is_the_local_aws(endpoint: str, local: bool) -> None:
    environ = {"AWS_ENDPOINT_URL": endpoint}
    assert local_endpoint(environ) == (endpoint if local else None)
    assert ("local AWS" in (describe_target(environ) or "")) == local
    assert endpoint in (describe_target(environ) or "")
    assert (local_endpoint({}), describe_target({})) == (None, None)


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"AWS_ENDPOINT_URL_S3": "https://s3.us-east-1.amazonaws.com"},
        {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
    ],
)
def test_what_would_send_calls_past_the_local_aws_is_refused(elsewhere: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="past the local AWS"):
        describe_target({"AWS_ENDPOINT_URL": "http://127.0.0.1:4566", **elsewhere})


@pytest.mark.parametrize("endpoint", ["garbage", "http://127.0.0.1:abc"])
def test_an_endpoint_that_is_no_address_is_named(endpoint: str) -> None:
    with pytest.raises(UsageError, match="is no address"):
        describe_target({"AWS_ENDPOINT_URL": endpoint})
