"""How a site stands, and what has drifted from what was recorded."""

from __future__ import annotations

import json
import time

import pytest

from fakes.builds import PUBLIC, STATIC
from fakes.objects import Stored
from fakes.site import VARIABLES, Site
from outreach_ops.aws.leases import Lease
from outreach_ops.errors import OpsError
from outreach_ops.release import change
from outreach_ops.site.status import Status, look, render


def status(site: Site) -> Status:
    return look(site.door, site.settings)


@pytest.fixture
def live(site: Site) -> Site:
    """v0.1.0 is live, and was released as an operator does it: with a key for fingerprints."""
    site.released("0.1.0")
    change.change(site.desk, {"AUTH_SECRET": "another-secret"}, "change")
    return site


def test_a_site_that_was_never_released_says_so(site: Site) -> None:
    found = status(site)
    assert (found.live, found.last, found.drift) == ("placeholder, version 1", None, ())
    assert "last   no release yet" in render(found, as_json=False)


def test_a_site_as_it_was_released_has_no_drift(live: Site) -> None:
    found = status(live)
    assert found.live.startswith("v0.1.0")
    versions = {"initialization": "2", "revalidation": "2", "image": "2", "server": "3"}
    assert (found.versions, found.since) == (versions, live.ledger[-1].finished)
    assert (found.lock, found.drift) == ("nobody changes this site", ())
    assert "drift  none" in render(found, as_json=False)


def test_the_last_command_shows_with_its_result_and_cause(live: Site) -> None:
    with pytest.raises(OpsError):
        live.deploy(live.build("0.2.0", status=500))
    last = status(live).last
    assert last is not None
    assert (last.result, last.description) == ("release failed", live.ledger[-1].description)
    assert "answered 500" in str(last)


def test_who_changes_the_site_shows(live: Site) -> None:
    theirs = Lease("theirs", time.time() + 60, "somebody", "else", "abc123f0", "deploy")
    assert live.door.leases.take(theirs, live.door.leases.read(), time.time() + 1)
    found = status(live)
    assert "somebody@else changes this site with `deploy` of abc123f since" in found.lock
    assert found.holder is not None
    assert (found.holder.owner, found.holder.host, found.holder.commit) == ("somebody", "else", "abc123f0")
    assert 50 < found.holder.seconds <= 60
    assert not found.holder.unfinished


def test_an_alias_that_was_moved_or_weighted_by_other_means_is_drift(live: Site) -> None:
    live.aws.lambda_.UpdateAlias("server", "live", FunctionVersion="1")
    (moved,) = status(live).drift
    assert "which the ledger does not explain" in moved
    live.aws.lambda_.UpdateAlias("server", "live", FunctionVersion="3")
    live.aws.lambda_.functions["server"].aliases["live"].weights = {"1": 0.1}
    (weighted,) = status(live).drift
    assert "sends traffic to {'1': 0.1} too" in weighted


def test_code_that_is_not_what_was_recorded_is_drift(live: Site) -> None:
    live.aws.lambda_.functions["image"].behind("live").code = b"other"
    assert "the image function's code is not that of v0.1.0" in status(live).drift[0]


def test_variables_that_are_not_what_was_released_are_drift_without_a_value(live: Site) -> None:
    live.aws.lambda_.functions["server"].behind("live").variables["NODE_ENV"] = "a-value-by-hand"
    found = status(live)
    assert found.drift == ("the server function's variables are not those that were released",)
    text = render(found, as_json=True)[0]
    assert not any(value in text for value in (*VARIABLES.values(), "a-value-by-hand", "another-secret"))


def test_files_that_are_lost_or_others_are_drift(live: Site) -> None:
    del live.aws.s3.objects[f"{STATIC}/framework.js"]
    live.aws.s3.objects[f"{PUBLIC}/notes.txt"] = Stored(b"by hand", "text/plain", "")
    assert "2 files are not those of v0.1.0" in status(live).drift[0]


def test_a_description_that_is_lost_is_drift(live: Site) -> None:
    del live.aws.s3.objects[live.ledger[-1].artifact_key]
    assert "the description of the release" in status(live).drift[0]


def test_scripts_get_all_of_it(live: Site) -> None:
    found = json.loads(render(status(live), as_json=True)[0])
    assert set(found) == {"live", "versions", "since", "lock", "holder", "last", "previous", "drift"}
    assert set(found["last"]) == {
        "result",
        "description",
        "finished",
        "operator",
        "seconds",
        "cause",
        "took_over",
    }


def test_looking_writes_nothing(live: Site) -> None:
    before = len([call for call in live.aws.calls if call.writes])
    status(live)
    assert len([call for call in live.aws.calls if call.writes]) == before
