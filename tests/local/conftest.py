"""The local AWS that a test module works on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support import local
from support.local import LocalAws


@pytest.fixture(scope="module")
def local_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """Ends with the module."""
    with local.fresh(tmp_path_factory.mktemp("local-aws")) as aws:
        yield aws
