"""A release that is live already is known by its description: how many files it has costs nothing."""

from __future__ import annotations

import pytest

from fakes.builds import Build
from fakes.objects import Stored
from fakes.site import Site


@pytest.fixture
def live(site: Site) -> Build:
    """A release that is live; the record of calls begins after it."""
    made = site.released("0.1.0")
    site.aws.calls.clear()
    return made


def listings(site: Site) -> int:
    return len([call for call in site.aws.calls if call.operation.startswith("ListObjects")])


def test_what_is_live_already_is_read_from_its_description_and_nothing_is_written(
    site: Site, live: Build
) -> None:
    assert not site.deploy(live)
    assert (listings(site), site.aws.writes) == (0, [])


def test_another_release_is_compared_with_every_file(site: Site, live: Build) -> None:
    assert site.deploy(site.build("0.2.0"))
    assert listings(site) > 0


def test_a_lost_description_vouches_for_nothing(site: Site, live: Build) -> None:
    for key in [key for key in site.aws.s3.objects if key.startswith("_releases/")]:
        site.aws.s3.objects[key] = Stored(b"{}", "application/json", "")
    site.deploy(live)
    assert listings(site) > 0


def test_what_a_rollback_made_live_again_is_known_as_well(site: Site, live: Build) -> None:
    site.released("0.2.0")
    site.rollback("v0.1.0")
    site.aws.calls.clear()
    assert not site.deploy(live)
    assert listings(site) == 0


def test_a_damaged_file_is_brought_back_when_every_file_is_looked_at(site: Site, live: Build) -> None:
    hashed = live.artifact.of_kind("hashed")[0].key
    whole = site.aws.s3.objects[hashed]
    site.aws.s3.objects[hashed] = Stored(b"damaged", whole.content_type, whole.cache_control)
    assert site.carry_out(site.order(live))
    assert site.aws.s3.objects[hashed].body == whole.body
