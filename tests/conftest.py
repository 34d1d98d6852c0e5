"""What tests share. The folder of this file is on the path: tests import its package `fakes`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.site import Site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A site as provisioning leaves it: nothing is released yet."""
    site = Site(tmp_path)
    yield site
    site.aws.close()
