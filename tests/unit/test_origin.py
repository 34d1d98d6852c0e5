"""The secret between CloudFront and the functions: what a release does with it, and how it is rotated."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.aws import FIRST_SECRET
from fakes.client import Call
from fakes.settings import SETTINGS
from fakes.site import Site
from outreach_ops.console import Console
from outreach_ops.errors import OpsError, UsageError
from outreach_ops.provision.origin_secret import sending
from outreach_ops.release import origin_rotate
from outreach_ops.release.operation import Manner

OPEN = dataclasses.replace(
    SETTINGS, cloudfront=dataclasses.replace(SETTINGS.cloudfront, origin_protection="none")
)


def send(site: Site, secret: str) -> None:
    """Makes CloudFront send another secret, as provisioning or somebody's hand would."""
    found = site.aws.cloudfront.distribution("ESITE")
    found.edges = [sending(found.config, "outreach", secret)]


def test_a_release_accepts_what_cloudfront_sends(site: Site) -> None:
    site.released("0.1.0")
    assert site.accepted == {"server": (FIRST_SECRET,), "image": (FIRST_SECRET,)}
    assert site.viewer.image().status == 200


def test_without_protection_a_release_accepts_everybody(tmp_path: Path) -> None:
    site = Site(tmp_path, OPEN)
    site.released("0.1.0")
    assert site.accepted == {"server": (), "image": ()}


def test_protection_that_the_inventory_no_longer_asks_for_is_taken_off(new_site: Callable[[], Site]) -> None:
    site = new_site()
    made = site.released("0.1.0")
    site.settings = OPEN
    assert site.deploy(made)
    assert site.accepted == {"server": (), "image": ()}


def test_a_release_while_the_header_is_on_its_way_waits_for_every_edge(site: Site) -> None:
    found = site.aws.cloudfront.distribution("ESITE")
    found.edges = [sending(found.config, "outreach", "old"), found.config]
    site.released("0.1.0")
    assert found.status == "Deployed"


def test_a_rotation_is_two_entries_of_its_own_kind_and_the_new_secret_alone(site: Site) -> None:
    site.released("0.1.0")
    site.rotate_origin()
    assert site.sent not in (None, FIRST_SECRET)
    assert site.accepted == {"server": (site.sent,), "image": (site.sent,)}
    assert [entry.kind for entry in site.ledger] == ["release", "rotation", "rotation"]


def test_no_request_fails_during_a_rotation(site: Site) -> None:
    site.released("0.1.0")
    watch(site)
    site.rotate_origin()


def watch(site: Site) -> None:
    """Asks both functions through CloudFront after each call that is made."""

    def look(_call: Call) -> None:
        answers = [site.viewer.fetch("/outreach/api/health").status, site.viewer.image().status]
        assert answers == [200, 200]

    site.aws.after.append(look)


def test_the_secret_shows_nowhere(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.released("0.1.0")
    site.rotate_origin()
    said, secret = capsys.readouterr().out + repr(site.ledger) + repr(site.read()), site.sent or ""
    assert "ORIGIN_SECRET" in said
    assert secret and secret not in said and FIRST_SECRET not in said


def test_a_plan_of_a_rotation_writes_nothing(site: Site) -> None:
    site.released("0.1.0")
    before = site.aws.writes[:]
    origin_rotate.turn(site.desk, Manner(plan_only=True))
    assert site.aws.writes == before
    assert site.sent == FIRST_SECRET


def test_a_rollback_keeps_the_secret_that_is_sent_now(site: Site) -> None:
    site.released("0.1.0")
    site.rotate_origin()
    site.released("0.2.0")
    site.rollback("v0.1.0")
    assert site.accepted == {"server": (site.sent,), "image": (site.sent,)}
    assert "version 0.1.0" in site.page("/outreach")


def test_a_deploy_between_the_steps_of_a_rotation_keeps_both_secrets(site: Site) -> None:
    site.released("0.1.0")
    interrupt(site, "UpdateDistribution")
    both = site.accepted["server"]
    assert len(both) == 2
    site.released("0.2.0")
    assert site.accepted == {"server": both, "image": both}
    site.rotate_origin()
    assert site.accepted == {"server": both[1:], "image": both[1:]}


def interrupt(site: Site, operation: str) -> None:
    """A rotation that ends where AWS refuses `operation`."""
    site.aws.refuse(operation, "AccessDenied")
    with pytest.raises(OpsError):
        site.rotate_origin()
    site.aws.before.clear()


def test_a_secret_that_somebody_changes_meanwhile_stops_the_rotation(site: Site) -> None:
    site.released("0.1.0")
    interrupt(site, "UpdateDistribution")
    accepted = site.accepted

    def theirs(call: Call) -> None:
        if call.operation == "PutItem":
            send(site, "theirs")

    site.aws.before.append(theirs)
    with pytest.raises(OpsError, match="changed by somebody else"):
        site.rotate_origin()
    assert site.accepted == accepted


def test_a_distribution_that_sends_no_secret_is_provisioned_first(site: Site) -> None:
    site.released("0.1.0")
    found = site.aws.cloudfront.distribution("ESITE")
    for each in found.config["Origins"]["Items"]:
        each["CustomHeaders"] = {"Quantity": 0}
    with pytest.raises(OpsError, match="does not send one secret") as caught:
        site.rotate_origin()
    assert "provision.yml" in caught.value.fix


def test_without_protection_there_is_nothing_to_rotate() -> None:
    with pytest.raises(UsageError, match="none"):
        origin_rotate.rotate(OPEN, Console())
