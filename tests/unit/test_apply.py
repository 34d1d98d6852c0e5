"""What is live, what is recorded and what is said when a deploy fails, at every stage and in every way."""

from __future__ import annotations

import dataclasses
import shlex

import pytest
from botocore.exceptions import EndpointConnectionError

from fakes.builds import PUBLIC, Build
from fakes.client import Call, RefusedError
from fakes.objects import Stored
from fakes.settings import SETTINGS
from fakes.site import Site, Stages, ending
from outreach_ops.aws.records import record
from outreach_ops.errors import OpsError, RollbackFailedError, RolledBackError
from outreach_ops.interrupt import Interrupted
from outreach_ops.release.operation import resume
from outreach_ops.release.stages import DEPLOY, ROLLBACK
from outreach_ops.roles import ROLES

BEFORE_THE_ALIAS = ("files", "paths", "publish")
AFTER_THE_ALIAS = ("alias", "settle", "variables", "public", "invalidate", "verify")
CAUSES = (OpsError("made up", "type this"), RuntimeError("made up"), Interrupted())


@pytest.fixture
def old(site: Site) -> Build:
    """v0.1.0, released and live."""
    return site.released("0.1.0")


def fail(site: Site, stages: Stages = DEPLOY) -> OpsError:
    """Deploys v0.2.0, which must fail."""
    with pytest.raises(OpsError) as caught:
        site.deploy(site.build("0.2.0"), stages=stages)
    return caught.value


def assert_all_of(site: Site, old: Build) -> None:
    """The aliases, the public files and what visitors get are those of `old`."""
    assert site.live == {"image": "2", "server": "2"}
    stored = site.aws.s3.objects
    for asset in old.artifact.of_kind("public"):
        assert stored[asset.key].etag == f'"{asset.md5}"'
        assert stored[asset.key].cache_control == asset.cache_control
    assert "version 0.1.0" in site.page("/outreach")
    assert site.page("/outreach/notes.txt") == "notes of 0.1.0"


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: type(cause).__name__)
@pytest.mark.parametrize("stage", BEFORE_THE_ALIAS)
def test_failure_before_the_alias_leaves_live_as_it_was(
    site: Site, old: Build, stage: str, cause: BaseException
) -> None:
    copies = [write for write in site.aws.writes if write.startswith("CopyObject")]
    error = fail(site, ending(DEPLOY, stage, cause))
    assert int(error.exit_code) == 4
    assert error.live is not None
    assert error.live.startswith(f"{old.artifact.label}, version 2")
    assert error.live.endswith("unchanged")
    assert_all_of(site, old)
    assert [write for write in site.aws.writes if write.startswith("CopyObject")] == copies
    assert (site.ledger[-1].status, site.ledger[-1].live_server_version) == ("failed", "2")


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: type(cause).__name__)
@pytest.mark.parametrize("stage", AFTER_THE_ALIAS)
def test_failure_after_the_alias_brings_the_release_before_back(
    site: Site, old: Build, stage: str, cause: BaseException
) -> None:
    error = fail(site, ending(DEPLOY, stage, cause))
    assert isinstance(error, RolledBackError)
    assert int(error.exit_code) == 5
    assert error.live == f"{old.artifact.label}, version 2, as before"
    assert_all_of(site, old)
    assert (site.ledger[-1].status, site.ledger[-1].live_server_version) == ("rolled back", "2")
    assert site.ledger[-1].server_version == "3"


def test_failure_of_the_first_release_brings_the_placeholder_back(site: Site) -> None:
    assert isinstance(fail(site, ending(DEPLOY, "verify", RuntimeError("made up"))), RolledBackError)
    assert site.live == {"image": "1", "server": "1"}


def test_a_site_that_answers_wrongly_is_rolled_back_with_the_answer_in_the_ledger(
    site: Site, old: Build
) -> None:
    def answer_wrongly(call: Call) -> None:
        if call.operation == "CreateInvalidation" and site.live["server"] == "3":
            site.aws.lambda_.functions["server"].versions["3"].code = b'{"version": "9.9.9", "assets": []}'

    site.aws.before.append(answer_wrongly)
    error = fail(site)
    assert isinstance(error, RolledBackError)
    assert "GET /outreach/api/health answered 200" in error.cause
    assert "9.9.9" in (site.ledger[-1].cause or "")
    assert_all_of(site, old)


@pytest.mark.parametrize(
    ("operation", "containing"),
    [
        *[("PutObject", key) for key in ("_assets", "_public", "_cache", "_releases", "_code")],
        ("UpdateFunctionCode", "server"),
        ("PublishVersion", "server"),
        ("UpdateAlias", "server"),
        ("CopyObject", "notes.txt"),
        ("CreateInvalidation", ""),
    ],
)
def test_any_refused_call_leaves_the_release_before_live(
    site: Site, old: Build, operation: str, containing: str
) -> None:
    refused: list[Call] = []

    def refuse_once(call: Call) -> None:
        if call.operation == operation and containing in str(call) and not refused:
            refused.append(call)
            raise RuntimeError("made up")

    site.aws.before.append(refuse_once)
    fail(site)
    assert refused
    assert_all_of(site, old)


def test_a_move_whose_answer_is_lost_is_taken_back(site: Site, old: Build) -> None:
    lost: list[Call] = []

    def lose_answer(call: Call) -> None:
        if str(call) == "UpdateAlias server" and not lost:
            lost.append(call)
            raise EndpointConnectionError(endpoint_url="https://lambda")

    site.aws.after.append(lose_answer)
    assert isinstance(fail(site), RolledBackError)
    assert lost
    assert_all_of(site, old)


def test_a_failed_deploy_can_be_deployed_again(site: Site, old: Build) -> None:
    made = site.build("0.2.0")
    for stage in (*BEFORE_THE_ALIAS, *AFTER_THE_ALIAS):
        with pytest.raises(OpsError):
            site.deploy(made, stages=ending(DEPLOY, stage, RuntimeError("made up")))
    site.deploy(made)
    assert "version 0.2.0" in site.page("/outreach")
    assert site.live["server"] == "3"


def test_public_files_come_back_when_nothing_but_them_was_to_change(site: Site, old: Build) -> None:
    same_code = site.build("0.1.0", notes="other notes")
    for stage in ("public", "verify"):
        with pytest.raises(RolledBackError):
            site.deploy(same_code, stages=ending(DEPLOY, stage, RuntimeError("made up")))
        assert_all_of(site, old)


def test_a_rollback_that_fails_leaves_the_newer_release_live(site: Site, old: Build) -> None:
    site.released("0.2.0")
    with pytest.raises(RolledBackError):
        site.rollback("v0.1.0", stages=ending(ROLLBACK, "verify", RuntimeError("made up")))
    assert site.live["server"] == "3"
    assert site.page("/outreach/notes.txt") == "notes of 0.2.0"
    assert (site.ledger[-1].kind, site.ledger[-1].status) == ("rollback", "rolled back")


def fail_for_good(site: Site) -> OpsError:
    """Deploys a release that fails its checks while AWS refuses to take the aliases back."""

    def refuse(call: Call) -> None:
        if call.operation == "UpdateAlias" and call.params["FunctionVersion"] == "2":
            raise RefusedError("AccessDeniedException", "not you")

    site.aws.before.append(refuse)
    made = site.build("0.2.0", image="another image")
    with pytest.raises(OpsError) as caught:
        site.deploy(made, stages=ending(DEPLOY, "verify", RuntimeError("made up")))
    site.aws.before.remove(refuse)
    return caught.value


def test_an_undo_that_fails_says_both_causes_and_leaves_its_journal(site: Site, old: Build) -> None:
    error = fail_for_good(site)
    assert isinstance(error, RollbackFailedError)
    assert int(error.exit_code) == 6
    assert "RuntimeError: made up" in error.cause
    assert "AccessDeniedException: not you" in error.cause
    assert old.artifact.label in error.cause
    assert site.read().unfinished


def test_what_could_not_be_taken_back_is_taken_back_by_the_next_command(site: Site, old: Build) -> None:
    fail_for_good(site)
    assert site.live == {"image": "3", "server": "3"}
    assert site.deploy(old) is False
    assert_all_of(site, old)
    assert not site.read().unfinished
    assert (site.ledger[-1].status, site.ledger[-1].live_server_version) == ("rolled back", "2")


def test_pages_that_an_undo_has_left_at_the_edge_go_with_the_next_command(site: Site, old: Build) -> None:
    def refuse(call: Call) -> None:
        if call.operation == "CreateInvalidation" and site.live["server"] == "2":
            raise RefusedError("AccessDenied", "not you")

    site.aws.before.append(refuse)
    error = fail(site, ending(DEPLOY, "verify", RuntimeError("made up")))
    assert int(error.exit_code) == 6
    assert "version 0.2.0" in site.page("/outreach")
    site.aws.before.remove(refuse)
    assert resume(site.desk, "resume", 0)
    assert_all_of(site, old)


def test_what_was_moved_by_hand_after_a_failed_undo_is_what_is_told_and_recorded(
    site: Site, old: Build, capsys: pytest.CaptureFixture[str]
) -> None:
    fail_for_good(site)
    for role in ROLES:
        site.aws.lambda_.functions[role].aliases["live"].version = "1"
    assert resume(site.desk, "resume", 0)
    assert "taken back; live: placeholder, version 1, moved there" in capsys.readouterr().out
    last = site.ledger[-1]
    assert (last.status, last.live_server_version) == ("failed", "1")
    assert last.cause is not None
    assert last.cause.endswith("the alias was moved by other means meanwhile")
    assert site.read().explained


def test_a_last_look_that_fails_says_that_the_release_is_done(site: Site, old: Build) -> None:
    def refuse(call: Call) -> None:
        if call.operation == "GetAlias" and site.ledger[-1].version == "0.2.0":
            raise RefusedError("AccessDeniedException", "not you")

    site.aws.before.append(refuse)
    error = fail(site)
    assert error.live is not None
    assert "released and recorded" in error.live


def test_the_fix_of_an_undo_that_failed_is_the_command_that_brings_the_aliases_back(
    site: Site, old: Build
) -> None:
    error = fail_for_good(site)
    assert site.live == {"image": "3", "server": "3"}
    *aliases, edge, rest = error.fix.split(" && ")
    assert rest == "invoke rollback --env=test --version 2"
    assert shlex.split(edge) == [
        *("aws", "cloudfront", "create-invalidation", "--distribution-id", "ESITE"),
        *("--paths", "/outreach", "/outreach?*", "/outreach/*"),
    ]
    for command in aliases:
        aws, service, operation, *flags = shlex.split(command)
        given = dict(zip(flags[::2], flags[1::2], strict=True))
        assert (aws, service, operation) == ("aws", "lambda", "update-alias")
        site.aws.lambda_.UpdateAlias(
            given.pop("--function-name"), given.pop("--name"), given.pop("--function-version")
        )
        assert given == {}
    assert site.live == {"image": "2", "server": "2"}


def test_a_ledger_that_cannot_be_written_brings_the_release_before_back(
    site: Site, old: Build, capsys: pytest.CaptureFixture[str]
) -> None:
    site.aws.refuse("TransactWriteItems", "AccessDeniedException")
    error = fail(site)
    assert isinstance(error, RolledBackError)
    assert "AccessDeniedException" in error.cause
    assert_all_of(site, old)
    assert "the ledger could not be written" in capsys.readouterr().out


def test_an_entry_that_somebody_else_wrote_meanwhile_is_never_overwritten(site: Site, old: Build) -> None:
    theirs = dataclasses.replace(site.ledger[-1], operator="somebody@else")

    def write_theirs(call: Call) -> None:
        if call.operation == "CreateInvalidation":
            item = record(SETTINGS.host, 2, dataclasses.asdict(theirs))
            site.aws.dynamodb.items.setdefault((SETTINGS.host, 2), item)

    site.aws.before.append(write_theirs)
    assert isinstance(fail(site), RolledBackError)
    assert site.ledger[-1] == theirs
    assert_all_of(site, old)


@pytest.mark.usefixtures("old")
class TestWhenSomebodyElseMovesTheAlias:
    """Version 1, which is nobody's release, stands for theirs."""

    def test_before_our_first_move_live_is_theirs_and_nothing_of_ours(self, site: Site) -> None:
        self._move_once(site, "UpdateFunctionCode", "image", "server")
        with pytest.raises(OpsError, match="PreconditionFailedException") as caught:
            site.deploy(site.build("0.2.0", image="another image"))
        assert site.live == {"image": "1", "server": "1"}
        assert int(caught.value.exit_code) == 4
        assert caught.value.live == "placeholder, version 1, moved there by somebody else"

    def test_between_our_moves_theirs_stays_and_ours_is_taken_back(self, site: Site) -> None:
        self._move_once(site, "UpdateFunctionCode", "server")
        with pytest.raises(OpsError, match="PreconditionFailedException"):
            site.deploy(site.build("0.2.0", image="another image"))
        assert site.live == {"image": "2", "server": "1"}

    def test_after_our_moves_a_failure_undoes_neither_their_move_nor_their_files(self, site: Site) -> None:
        notes = f"{PUBLIC}/notes.txt"
        theirs = Stored(b"their notes", "text/plain", "")

        def release_theirs(call: Call) -> None:
            if call.operation == "CreateInvalidation" and site.live["server"] == "3":
                self._move(site, "image", "server")
                site.aws.s3.objects[notes] = theirs

        site.aws.after.append(release_theirs)
        made = site.build("0.2.0", image="another image")
        with pytest.raises(OpsError) as caught:
            site.deploy(made, stages=ending(DEPLOY, "verify", RuntimeError("made up")))
        assert site.live == {"image": "1", "server": "1"}
        assert site.aws.s3.objects[notes] == theirs
        assert caught.value.live == "placeholder, version 1, moved there by somebody else"

    def _move_once(self, site: Site, operation: str, *names: str) -> None:
        def move(call: Call) -> None:
            if call.operation == operation:
                site.aws.after.remove(move)
                self._move(site, *names)

        site.aws.after.append(move)

    def _move(self, site: Site, *names: str) -> None:
        for name in names:
            site.aws.lambda_.UpdateAlias(name, "live", FunctionVersion="1")
