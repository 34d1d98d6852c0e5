"""What tests share. The folder of this file is on the path: tests import its package `fakes`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fakes.site import Site


def pytest_addoption(parser: pytest.Parser) -> None:
    """`make faults` tries every call; the other tests know nothing of it."""
    parser.addoption("--all-faults", action="store_true", help="fail at every call, not at a sample")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take minutes begin first, so that no process ends long after the others."""
    items.sort(key=lambda item: "local" not in item.path.parts)


@pytest.fixture
def new_site(tmp_path: Path) -> Iterator[Callable[[], Site]]:
    """Makes sites as provisioning leaves them: nothing is released yet."""
    made: list[Site] = []

    def new() -> Site:
        made.append(Site(tmp_path / str(len(made))))
        return made[-1]

    yield new
    for site in made:
        site.aws.close()


@pytest.fixture
def site(new_site: Callable[[], Site]) -> Site:
    """One such site."""
    return new_site()
