"""The distribution that serves a site, and the paths that a release makes stale."""

from __future__ import annotations

import dataclasses

import pytest

from fakes.settings import SETTINGS
from fakes.site import Site
from outreach_ops.aws.errors import AwsError
from outreach_ops.errors import OpsError
from outreach_ops.site.invalidation import find, invalidate, invalidation_paths


def test_it_is_found_by_its_domain_on_any_page_of_the_listing(site: Site) -> None:
    found = find(site.aws.connect(), SETTINGS)
    assert (found.id, found.paths) == ("ESITE", ("/outreach/api/*", "/outreach/_next/*"))


def test_a_configured_id_decides_even_against_the_domain(site: Site) -> None:
    cloudfront = dataclasses.replace(SETTINGS.cloudfront, distribution_id="EOTHER")
    assert find(site.aws.connect(), dataclasses.replace(SETTINGS, cloudfront=cloudfront)).id == "EOTHER"


def test_a_configured_id_that_does_not_exist_is_not_replaced_by_another(site: Site) -> None:
    cloudfront = dataclasses.replace(SETTINGS.cloudfront, distribution_id="EGONE")
    with pytest.raises(OpsError, match=r"no distribution serves outreach\.example\.com"):
        find(site.aws.connect(), dataclasses.replace(SETTINGS, cloudfront=cloudfront))


@pytest.mark.parametrize(
    ("base_path", "paths"),
    [("/outreach", ("/outreach", "/outreach?*", "/outreach/*")), ("", ("/*",))],
)
def test_all_pages_of_the_base_path_go_stale(base_path: str, paths: tuple[str, ...]) -> None:
    assert invalidation_paths(base_path) == paths


def test_the_same_reference_invalidates_once(site: Site) -> None:
    aws = site.aws.connect()
    where = find(aws, SETTINGS)
    assert invalidate(aws, where, ("/x",), "r") == invalidate(aws, where, ("/x",), "r")
    assert len(site.aws.cloudfront.invalidations) == 1


def test_a_path_without_a_leading_slash_is_refused(site: Site) -> None:
    aws = site.aws.connect()
    with pytest.raises(AwsError, match="InvalidArgument"):
        invalidate(aws, find(aws, SETTINGS), ("outreach/*",), "r")
