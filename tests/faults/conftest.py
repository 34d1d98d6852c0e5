"""How much of the faults is tried: a sample in `make test`, all of them in `make faults`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest

from support import local
from support.arena import Arena
from support.gate import gate

SAMPLE = 7


@pytest.fixture
def calls(request: pytest.FixtureRequest) -> Callable[[int], Iterable[int]]:
    """The numbers of the calls at which to fail, out of so many; each test's sample begins elsewhere."""
    if request.config.getoption("all_faults"):
        return lambda total: range(1, total + 1)
    begin = sum(map(ord, request.node.name)) % SAMPLE + 1
    return lambda total: range(begin, total + 1, SAMPLE)


@pytest.fixture(scope="session")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """A provisioned staging on a local AWS with three releases, the newest of which is live."""
    with local.fresh(tmp_path_factory.mktemp("local-aws")) as aws:
        done = aws.run("ansible-playbook", "provision.yml", "-i", "inventories/staging")
        assert done.returncode == 0, done.stdout + done.stderr
        with gate(aws.running) as opened:
            made = Arena(aws, opened, tmp_path_factory.mktemp("arena"))
            for _ in range(3):
                made.run("deploy", made.build())
            yield made
