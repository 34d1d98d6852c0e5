"""One local AWS with a live site, for all tests of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from outreach_ops.sandbox import process, seed
from outreach_ops.sandbox.remote import ask
from outreach_ops.sandbox.state import Running
from support import sandbox_site as support
from support.sandbox_site import PLANTED, SITE, SPEC


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A started sandbox in a long path with a space, with one live site."""
    state_dir = tmp_path_factory.mktemp("sandbox") / ("long " * 20).strip() / ".sandbox"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTH0_CLIENT_SECRET", PLANTED)
        patch.setenv("AWS_SECRET_ACCESS_KEY", PLANTED)
        running = process.start(state_dir, SPEC)
    try:
        seed.seed(SPEC, support.client(running, "iam"), support.client(running, "route53"))
        support.put_site_live(running, SITE.domain)
        yield running
    finally:
        process.reset(state_dir)


@pytest.fixture
def state_dir(tmp_path: Path) -> Iterator[Path]:
    """A state folder of a test's own; whatever it starts there ends with it."""
    yield tmp_path
    process.reset(tmp_path)


@pytest.fixture
def view(sandbox: Running) -> Callable[..., support.Answer]:
    """Sends a request as a browser on the site's loopback port."""
    return lambda path, **options: support.request(sandbox.site_ports[SITE.name], path, **options)


@pytest.fixture
def control(sandbox: Running) -> Iterator[Callable[..., Any]]:
    """Asks the sandbox's own endpoints; leaves no faults behind."""

    def asked(method: str, path: str, body: object = None) -> Any:
        return json.loads(ask(sandbox, path, method, body).body)

    yield asked
    asked("DELETE", "/faults")
