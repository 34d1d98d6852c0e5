"""The tag table and the functions beside the site: filled once for each build, moved with each release."""

from __future__ import annotations

import pytest

from fakes.site import VARIABLES, Site
from outreach_ops.errors import OpsError
from outreach_ops.release.plan import summary


def versions(site: Site) -> dict[str, str]:
    """Where every alias points."""
    return {str(role): version for role, version in site.read().versions.items()}


def test_a_builds_tags_are_written_before_any_alias_moves(site: Site) -> None:
    site.released("0.1.0")
    made = [str(call) for call in site.aws.calls if call.writes]
    assert site.aws.lambda_.seeded == ["2"]
    assert made.index("Invoke initialization") < made.index("UpdateAlias initialization")


def test_the_function_that_writes_them_is_given_its_time_and_is_asked_once(site: Site) -> None:
    client = site.aws.connect().patient("lambda", 315).client
    assert client.meta.config.read_timeout == 315
    assert client.meta.config.retries["total_max_attempts"] == 1


def test_tags_are_written_once_for_a_build_lest_what_was_purged_be_forgotten(site: Site) -> None:
    made = site.released("0.1.0")
    site.deploy(made, {**VARIABLES, "FEATURE": "on"})
    site.released("0.2.0")
    site.rollback("v0.1.0")
    assert site.aws.lambda_.seeded == ["2", "3"]


def test_a_release_that_failed_has_its_tags_written_again(site: Site) -> None:
    made = site.build("0.1.0")
    site.aws.refuse("UpdateAlias", "AccessDenied")
    with pytest.raises(OpsError):
        site.deploy(made)
    site.aws.before.clear()
    site.deploy(made)
    assert len(site.aws.lambda_.seeded) == 2


def test_tags_that_opennext_could_not_write_stop_the_release_although_it_says_nothing(site: Site) -> None:
    site.released("0.1.0")
    before = versions(site)
    site.aws.lambda_.log = "ERROR Failed to batch write dynamo item AccessDeniedException"
    with pytest.raises(OpsError, match="made-up-tags") as caught:
        site.released("0.2.0")
    assert "--tags isr" in caught.value.fix
    assert versions(site) == before


def test_a_rollback_moves_the_functions_beside_the_site_too(site: Site) -> None:
    site.released("0.1.0")
    first = versions(site)
    site.released("0.2.0")
    assert all(version != first[role] for role, version in versions(site).items() if role != "image")
    site.rollback("v0.1.0")
    assert versions(site) == first


def test_a_plan_says_that_tags_are_to_be_written(site: Site) -> None:
    planned = site.plan(site.build("0.1.0"))
    assert any(
        line.startswith("tags ")
        for line in summary(planned.plan, planned.world, planned.settings, planned.kind)
    )


def test_a_site_without_its_queue_is_provisioned_first(site: Site) -> None:
    site.aws.sqs.names.clear()
    with pytest.raises(OpsError, match=r"made-up-pages\.fifo does not exist") as caught:
        site.released("0.1.0")
    assert "provision.yml" in caught.value.fix
