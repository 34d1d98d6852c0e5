"""What an earlier version stored is read as it was meant: ledger, lock with journal, release description."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from fakes.site import Site
from outreach_ops.builds import artifact
from outreach_ops.release import stages
from outreach_ops.site import journal, ledger, stack
from outreach_ops.site.ledger import Numbered

FOLDER = Path(__file__).parents[1] / "fixtures" / "stored"
"""Written by the toolkit before it had a version number, on an account in memory."""


def stored(name: str) -> Any:
    return json.loads((FOLDER / name).read_text())


@pytest.fixture
def old(site: Site) -> Site:
    """A site whose table holds what the earlier version left: its last deploy ended while aliases moved."""
    for item in [*stored("ledger.json"), stored("lock.json")]:
        site.aws.dynamodb.items[(item["site"]["S"], int(item["entry"]["N"]))] = item
    return site


def test_every_entry_of_an_earlier_ledger_is_read_and_would_be_written_the_same(old: Site) -> None:
    written = {int(item["entry"]["N"]): json.loads(item["data"]["S"]) for item in stored("ledger.json")}
    records = old.door.ledger.entries()
    assert {item.number: dataclasses.asdict(item.entry) for item in records} == written
    assert {item.entry.kind for item in records} == {"release", "rollback", "rotation", "observed", "prune"}
    assert {item.entry.status for item in records} == {"ok", "failed", "rolled back", "unproven"}


def test_an_earlier_ledger_says_what_a_rollback_goes_to(old: Site) -> None:
    records = old.door.ledger.entries()
    previous, *_ = stack.rollback_candidates(records, records[0].entry.live_versions)
    assert previous.entry.description == "v0.6.0 (29ef1be)"


def test_the_journal_in_an_earlier_lock_is_read_and_would_be_written_the_same(old: Site) -> None:
    lock = old.door.leases.read()
    assert lock is not None
    assert lock.holder == "operator@laptop"
    assert lock.item(old.settings.host) == stored("lock.json")
    assert lock.journal is not None
    left = journal.parse(lock.journal)
    assert left.dump() == lock.journal
    assert left.entry.description == "v0.8.0 (dd95472)"
    assert left.stage in {stage.name for stage in stages.DEPLOY}


def test_an_earlier_description_of_a_release_is_read_and_keeps_its_name() -> None:
    data = (FOLDER / "release.json").read_bytes()
    described = artifact.parse(data, "release.json")
    assert artifact.dump(described) == data
    assert described.label == "v0.8.0 (dd95472)"
    assert set(described.packages) == {"server", "image", "revalidation", "initialization"}


def test_stages_have_the_names_that_locks_of_earlier_versions_hold() -> None:
    names = "files paths publish tags test alias settle variables public invalidate verify watch"
    assert [stage.name for stage in stages.DEPLOY] == names.split()


def test_an_entry_without_what_was_added_since_is_read(old: Site) -> None:
    first = dataclasses.asdict(old.door.ledger.entries()[-1].entry)
    for name in ("took_over", "variables", "release_variables", "further_versions", "live_further_versions"):
        del first[name]
    entry = ledger.parse(first)
    assert Numbered(1, entry).versions == {"server": "2", "image": "2"}
