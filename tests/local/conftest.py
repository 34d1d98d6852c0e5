"""The local AWS that a test module works on."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from outreach_ops.sandbox import environment, process
from outreach_ops.sandbox.local import specification
from outreach_ops.sandbox.seed import seed
from support.application import SECRETS
from support.local import LocalAws


@pytest.fixture(scope="module")
def local_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """Ends with the module, whatever happens in it."""
    state = tmp_path_factory.mktemp("local-aws")
    running = process.start(state, specification())
    try:
        ambient = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        aws = LocalAws(running, environment.applied(running, ambient))
        seed(running.spec, aws.client("iam"), aws.client("route53"))
        aws.seed_parents(SECRETS)
        yield aws
    finally:
        process.stop(state)
