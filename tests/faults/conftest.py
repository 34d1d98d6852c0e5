"""How much of the faults is tried: a sample in `make test`, all of them in `make faults`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest

from support import local
from support.local import LocalAws

SAMPLE = 7


@pytest.fixture
def calls(request: pytest.FixtureRequest) -> Callable[[int], Iterable[int]]:
    """The numbers of the calls at which to fail, out of so many; each test's sample begins elsewhere."""
    if request.config.getoption("all_faults"):
        return lambda total: range(1, total + 1)
    begin = sum(map(ord, request.node.name)) % SAMPLE + 1
    return lambda total: range(begin, total + 1, SAMPLE)


@pytest.fixture(scope="module")
def local_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """A local AWS that ends with the module."""
    with local.fresh(tmp_path_factory.mktemp("local-aws")) as aws:
        yield aws
