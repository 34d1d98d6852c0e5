"""Who holds a site's lease can be read from it, and whoever takes over an expired one leaves a trace."""

from __future__ import annotations

import contextlib
import dataclasses
import getpass
import json
import socket
import threading

import pytest
from invoke import Collection
from invoke.loader import FilesystemLoader as Loader
from invoke.parser import Parser

from fakes.client import Call
from fakes.crash import KilledError, revive
from fakes.site import Site
from outreach_ops import commands
from outreach_ops.aws.leases import Lease, key
from outreach_ops.errors import UsageError
from outreach_ops.release.operation import Manner, resume
from outreach_ops.settings.load import ROOT
from outreach_ops.site.lease import take_away
from outreach_ops.site.lock import GIVEN_BACK, LockedError, describe, held
from outreach_ops.site.releases import rows
from outreach_ops.site.status import look


def ended_at(site: Site, operation: str) -> None:
    """A deploy whose process is gone from its first call of `operation` on."""
    dead: list[Call] = []

    def kill(call: Call) -> None:
        if dead or call.operation == operation:
            dead.append(call)
            raise KilledError

    site.aws.before.append(kill)
    with contextlib.suppress(KilledError):
        site.deploy(site.build("0.9.0"))
    revive(site)


def test_the_lease_says_who_works_where_on_which_commit_since_when_and_until_when(site: Site) -> None:
    made, seen = site.build("0.1.0"), list[Lease | None]()

    def look(call: Call) -> None:
        if call.operation == "CreateInvalidation":
            seen.append(site.door.leases.read())

    site.aws.after.append(look)
    site.deploy(made)
    (lease,) = seen
    assert lease is not None
    assert (lease.owner, lease.host) == (getpass.getuser(), socket.gethostname())
    assert (lease.commit, lease.command) == (made.artifact.commit, "deploy")
    assert lease.token
    assert lease.since == site.ledger[-1].started
    assert lease.expires > site.clock()


def test_an_expired_lease_that_is_taken_over_shows_in_the_ledger(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.released("0.1.0")
    # It had the lease, and had begun nothing yet.
    ended_at(site, "PutObject")
    site.released("0.2.0")
    said = site.ledger[-1].took_over
    assert said is not None
    assert f"{getpass.getuser()}@{socket.gethostname()} for `deploy`" in said
    assert said in capsys.readouterr().out
    newest = rows(site.door.ledger.entries(), site.live, "live")[0]
    last = look(site.door, site.settings).last
    assert last is not None
    assert (newest.took_over, last.took_over) == (said, said)


def test_a_plan_says_that_left_work_is_concluded_first(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.released("0.1.0")
    ended_at(site, "UpdateAlias")
    order = site.order(site.build("0.2.0"))
    capsys.readouterr()
    assert not site.carry_out(dataclasses.replace(order, manner=Manner(plan_only=True)))
    assert "first          what was left is concluded: " in capsys.readouterr().out
    resume(site.desk, "resume", 0)
    site.aws.lambda_.UpdateAlias("server", "live", "1")
    assert not site.carry_out(dataclasses.replace(order, manner=Manner(plan_only=True)))
    assert "the aliases were moved by other means" in capsys.readouterr().out
    resume(site.desk, "resume", 0)
    capsys.readouterr()
    # The journal that it has opened by itself is nobody's unfinished work.
    assert site.rollback("v0.1.0")
    assert "first " not in capsys.readouterr().out


def test_what_concludes_left_work_says_whose_lease_it_took_over(site: Site) -> None:
    site.released("0.1.0")
    ended_at(site, "UpdateAlias")
    assert resume(site.desk, "resume", 0)
    assert site.ledger[-1].took_over is not None


def test_a_lease_that_was_given_back_is_not_taken_over(site: Site) -> None:
    site.released("0.1.0")
    site.released("0.2.0")
    assert [entry.took_over for entry in site.ledger] == [None, None]


def test_a_clock_that_is_set_back_makes_no_old_check_count(site: Site) -> None:
    now = [1000.0]
    with held(site.door.leases, None, "test", "deploy", 0, print, lambda: now[0]) as lease:
        now[0] = 10.0
        asked = len(site.aws.calls)
        lease.guard("s3", "put_object")
        assert len(site.aws.calls) == asked + 1


def test_what_a_newer_toolkit_added_to_lease_and_journal_is_left_alone(site: Site) -> None:
    site.released("0.1.0")
    ended_at(site, "UpdateAlias")
    item = site.aws.dynamodb.items[key(site.settings.host), 0]
    data = json.loads(item["data"]["S"])
    data["journal"]["entry"]["added_later"] = data["added_later"] = 1
    site.aws.dynamodb.items[key(site.settings.host), 0] = {**item, "data": {"S": json.dumps(data)}}
    assert resume(site.desk, "resume", 0)
    assert dataclasses.asdict(site.ledger[-1])["status"] == "failed"


def test_who_waits_says_every_ten_seconds_for_whom_and_works_when_it_is_free(site: Site) -> None:
    now, said = [1000.0], list[str]()
    theirs = Lease("theirs", 1060.0, "ann", "there", "", "rollback", "noon")
    leases = site.door.leases
    assert leases.take(theirs, None, 1000.0)

    def sleep(seconds: float) -> None:
        now[0] += seconds
        if now[0] >= 1025:
            leases.keep(dataclasses.replace(theirs, expires=0.0))

    with held(leases, None, "test", "deploy", 600, said.append, lambda: now[0], sleep) as lease:
        assert lease.took_over is None
    assert {line.partition(" since")[0] for line in said} == {"ann@there changes this site with `rollback`"}
    assert [line.rpartition("waiting ")[2] for line in said] == [
        "600 s more at most",
        "590 s more at most",
        "580 s more at most",
    ]


def test_who_waited_in_vain_has_written_nothing(site: Site) -> None:
    now = [1000.0]
    leases = site.door.leases
    assert leases.take(Lease("theirs", 9000.0, "ann", "there", "", "rollback", "noon"), None, 1000.0)
    writes = len(site.aws.writes)

    def sleep(seconds: float) -> None:
        now[0] += seconds

    waiting = held(leases, leases.read(), "test", "deploy", 30, print, lambda: now[0], sleep)
    with pytest.raises(LockedError, match="ann@there changes this site") as caught, waiting:
        raise AssertionError("it was not free")
    assert (caught.value.exit_code, now[0], len(site.aws.writes)) == (3, 1030.0, writes)


def test_a_lease_that_has_just_ended_is_said_to_be_somebodys_until_it_is_free() -> None:
    theirs = Lease("theirs", 1000.0, "somebody", "else", "", "invoke deploy", "2026-01-02T03:04:05Z")
    told = describe(theirs, 1004.0)
    assert told.startswith("the lease of somebody@else for `invoke deploy`")
    assert told.endswith("has ended; free in 6 s")
    assert describe(theirs, 1011.0) == "nobody changes this site"
    assert describe(dataclasses.replace(theirs, expires=GIVEN_BACK), 1004.0) == "nobody changes this site"


def test_a_lease_is_renewed_while_its_holder_works(site: Site) -> None:
    renewed = threading.Event()

    def look(call: Call) -> None:
        if call.operation == "PutItem" and threading.current_thread() is not threading.main_thread():
            renewed.set()

    site.aws.after.append(look)
    with held(site.door.leases, None, "test", "deploy", 0, print, every=0.01):
        assert renewed.wait(10)


def test_a_lease_is_taken_away_by_force_alone_and_its_holder_stops(site: Site) -> None:
    leases = site.door.leases
    with held(leases, None, "test", "deploy", 0, print) as lease:
        with pytest.raises(UsageError, match="changes this site with `deploy`"):
            take_away(leases, False, site.clock())
        lease.renew()
        assert "taken from" in take_away(leases, True, site.clock())
        with pytest.raises(LockedError, match="was taken over: nothing more is written here"):
            lease.guard("lambda", "publish_version")
    site.released("0.1.0")
    assert site.ledger[-1].took_over is None


@pytest.mark.parametrize(
    "told",
    [
        commands.deploy("staging"),
        commands.rollback("staging", "5"),
        commands.resume("staging"),
        commands.prune("staging", 10),
        commands.releases_import("staging"),
        commands.rotate("staging", "TWILIO_AUTH_TOKEN"),
        commands.auth0_sync("staging"),
        commands.origin_rotate("staging"),
    ],
)
def test_what_is_to_be_typed_when_somebody_else_holds_the_lease_is_understood(told: str) -> None:
    commands_of = Collection.from_module(Loader(start=str(ROOT)).load("tasks")[0])
    arguments = f"{told} --lock-wait=10m".split()[1:]
    (parsed,) = Parser(contexts=commands_of.to_contexts()).parse_argv(arguments)
    assert parsed.args["lock-wait"].value == "10m"
