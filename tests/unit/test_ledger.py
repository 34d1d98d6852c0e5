"""The ledger: numbered without gaps, appended and never overwritten, readable by later versions of itself."""

from __future__ import annotations

import dataclasses
import json

import pytest

from fakes.site import Site
from outreach_ops.aws.errors import AwsError
from outreach_ops.errors import OpsError
from outreach_ops.site.ledger import Entry, Numbered, operator, releases
from outreach_ops.site.lock import held

ENTRY = Entry(
    kind="release",
    status="ok",
    version="0.1.0",
    commit="abc",
    description="v0.1.0 (abc)",
    build_id="build",
    artifact_key="_releases/abc.json",
    server_version="2",
    image_version="2",
    live_server_version="2",
    live_image_version="2",
    operator="somebody@somewhere",
    started="2026-01-01T00:00:00Z",
    finished="2026-01-01T00:01:00Z",
    restores=None,
    cause=None,
    seconds={"files": 1.5},
)


def write(site: Site, number: int, **data: object) -> None:
    """An entry as the lease's holder writes it."""
    with held(site.door.leases, None, "test", "deploy", 0, print) as lease:
        lease.conclude(number, {**dataclasses.asdict(ENTRY), **data})


def test_an_entry_reads_back_as_it_was_written(site: Site) -> None:
    write(site, 1)
    assert site.door.ledger.entries() == [Numbered(1, ENTRY)]


def test_entries_are_read_newest_first_beyond_the_first_page(site: Site) -> None:
    for number in range(1, 13):
        write(site, number, version=str(number))
    assert [item.number for item in site.door.ledger.entries()] == list(range(12, 0, -1))


def test_an_entry_is_never_overwritten(site: Site) -> None:
    write(site, 1)
    with pytest.raises(AwsError, match="TransactionCanceledException"):
        write(site, 1, version="6.6.6")
    assert site.door.ledger.entries() == [Numbered(1, ENTRY)]


def test_other_sites_entries_are_not_seen(site: Site) -> None:
    site.aws.dynamodb.PutItem(
        site.aws.dynamodb.table,
        Item={"site": {"S": "another"}, "entry": {"N": "1"}, "data": {"S": "{}"}},
    )
    assert site.door.ledger.entries() == []


def test_a_missing_table_says_what_to_run_and_another_refusal_says_itself(site: Site) -> None:
    site.aws.refuse("Query", "AccessDeniedException")
    with pytest.raises(AwsError, match="AccessDeniedException"):
        site.door.ledger.entries()
    site.aws.before.clear()
    site.aws.dynamodb.table = "another"
    with pytest.raises(OpsError, match="the ledger's table made-up-ledger does not exist") as caught:
        site.door.ledger.entries()
    assert caught.value.fix == "ansible-playbook provision.yml -i inventories/test"


def test_fields_that_a_later_version_added_are_left_alone(site: Site) -> None:
    data = {**dataclasses.asdict(ENTRY), "added_later": 1}
    site.aws.dynamodb.PutItem(
        site.aws.dynamodb.table,
        Item={"site": {"S": site.settings.host}, "entry": {"N": "1"}, "data": {"S": json.dumps(data)}},
    )
    assert site.door.ledger.entries() == [Numbered(1, ENTRY)]


def test_only_what_passed_is_a_release_and_its_newest_entry_counts() -> None:
    failed = dataclasses.replace(ENTRY, status="failed", server_version="3")
    again = dataclasses.replace(ENTRY, kind="rollback")
    entries = [Numbered(3, again), Numbered(2, failed), Numbered(1, ENTRY)]
    assert releases(entries) == [Numbered(3, again)]


def test_an_operator_is_a_user_on_a_machine() -> None:
    user, _, machine = operator().partition("@")
    assert user
    assert machine
