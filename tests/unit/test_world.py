"""What is read before anything is decided, and what to run when a part of it is missing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fakes.site import Site
from outreach_ops.errors import OpsError

PROVISION = "ansible-playbook provision.yml -i inventories/test"


def test_a_site_that_was_never_released_is_read_whole(site: Site) -> None:
    seen = site.read()
    assert seen.live_label == "placeholder, version 1"
    assert (seen.distribution.id, seen.ledger, seen.objects) == ("ESITE", (), {})


def test_every_page_of_every_listing_is_read(site: Site) -> None:
    for version in ("0.1.0", "0.2.0", "0.3.0"):
        site.released(version)
    seen = site.read()
    read = ("_assets/", "_public/", "_cache/", "_code/")
    assert set(seen.objects) == {key for key in site.aws.s3.objects if key.startswith(read)}
    assert [item.number for item in seen.ledger] == [3, 2, 1]


def lose_function(site: Site) -> None:
    del site.aws.lambda_.functions["image"]


def lose_alias(site: Site) -> None:
    site.aws.lambda_.functions["server"].aliases.clear()


def lose_bucket(site: Site) -> None:
    site.aws.s3.bucket = "another"


def lose_table(site: Site) -> None:
    site.aws.dynamodb.table = "another"


def lose_distribution(site: Site) -> None:
    site.aws.cloudfront.distributions = site.aws.cloudfront.distributions[:1]


@pytest.mark.parametrize(
    ("lose", "named"),
    [
        (lose_function, "image has no alias live, or does not exist"),
        (lose_alias, "server has no alias live, or does not exist"),
        (lose_bucket, "the bucket made-up-assets does not exist"),
        (lose_table, "made-up-ledger does not exist"),
        (lose_distribution, "no distribution serves outreach.example.com"),
    ],
)
def test_what_is_missing_is_named_with_the_command_that_makes_it(
    site: Site, lose: Callable[[Site], None], named: str
) -> None:
    lose(site)
    with pytest.raises(OpsError, match=named) as caught:
        site.read()
    assert caught.value.fix == PROVISION


def test_a_refused_read_is_no_missing_thing(site: Site) -> None:
    site.aws.refuse("GetAlias", "AccessDeniedException")
    with pytest.raises(OpsError, match="AccessDeniedException"):
        site.read()
