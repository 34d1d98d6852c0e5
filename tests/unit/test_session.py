"""The door to AWS, as far as it makes no call."""

from __future__ import annotations

import pytest

from outreach_ops.aws.session import plain_way


@pytest.mark.parametrize(
    ("environ", "plain"),
    [
        ({}, True),
        ({"NO_PROXY": "127.0.0.1", "https_proxy": ""}, True),
        ({"HTTPS_PROXY": "http://proxy.example:3128"}, False),
        ({"AWS_CA_BUNDLE": "/etc/authority.pem"}, False),
    ],
)
def test_what_boto3_alone_can_pass_is_left_to_boto3(environ: dict[str, str], plain: bool) -> None:
    assert plain_way(environ) is plain
