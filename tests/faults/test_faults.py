"""What can go wrong on the way, and the right ending of each; docs/reliability.md is made from these."""

from __future__ import annotations

import dataclasses
import datetime
import json
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from fakes import opennext
from fakes.builds import PUBLIC, STATIC, Build
from fakes.client import Call, Line, RefusedError
from fakes.functions import Alias
from fakes.objects import Stored
from fakes.settings import SETTINGS
from fakes.site import VARIABLES, Site, ending
from outreach_ops import git
from outreach_ops.aws.leases import key as lease_key
from outreach_ops.builds import package
from outreach_ops.builds.artifact import dump, sha256
from outreach_ops.errors import IncompleteError, OpsError, RollbackFailedError, RolledBackError
from outreach_ops.interrupt import Interrupted, interruptible
from outreach_ops.proof.answers import Response
from outreach_ops.proof.viewer import Viewer
from outreach_ops.release import promote
from outreach_ops.release.operation import resume
from outreach_ops.release.stages import DEPLOY
from outreach_ops.release.work import Work
from outreach_ops.roles import ROLES
from outreach_ops.site.lock import LockedError

fault = pytest.mark.fault
OTHER = Stored(b"somebody else's", "text/plain", "")


@pytest.fixture
def old(site: Site) -> Build:
    """v0.1.0, released and live."""
    return site.released("0.1.0")


@pytest.fixture
def new(site: Site, old: Build) -> Build:
    """v0.2.0, which is to be released; it has another image function too."""
    return site.build("0.2.0", image="another image")


def deploy_fails(site: Site, new: Build, code: int, **options: Any) -> OpsError:
    """The error that a deploy ends with, whose exit code is the right one."""
    with pytest.raises(OpsError) as caught:
        site.deploy(new, **options)
    assert int(caught.value.exit_code) == code
    assert caught.value.fix
    return caught.value


def assert_live(site: Site, version: str) -> None:
    """One whole release is live, what visitors get is of it, and the ledger explains it."""
    assert f"version {version}" in site.page("/outreach")
    assert site.page("/outreach/notes.txt") == f"notes of {version}"
    assert site.read().explained
    assert not site.read().unfinished
    for name in ("main", "framework"):
        file = f"main-{version}.js" if name == "main" else "framework.js"
        assert site.viewer.fetch(f"/outreach-static/_next/static/{file}").status == 200


def times(site: Site, operation: str, code: str, count: int) -> list[Call]:
    """Has AWS refuse `operation` so many times; the calls that were refused."""
    refused: list[Call] = []

    def hook(call: Call) -> None:
        if call.operation == operation and len(refused) < count:
            refused.append(call)
            raise RefusedError(code, "made up")

    site.aws.before.append(hook)
    return refused


def stuck(site: Site, *versions: str) -> None:
    """Lets no invalidation end that is begun while live is one of `versions`."""

    def hook(call: Call) -> None:
        if call.operation == "CreateInvalidation" and site.live["server"] in versions:
            site.aws.cloudfront.slow.add(call.params["InvalidationBatch"]["CallerReference"])

    site.aws.before.append(hook)


def once(site: Site, operation: str, act: Callable[[], object], *, before: bool = True) -> None:
    """Does something at the first call of `operation`."""
    hooks = site.aws.before if before else site.aws.after

    def hook(call: Call) -> None:
        if call.operation == operation:
            hooks.remove(hook)
            act()

    hooks.append(hook)


def meanwhile(site: Site, operation: str, act: Callable[[], object]) -> Site:
    """An operator's machine on which something else happens, elsewhere, at its first call of `operation`."""
    happened: list[Call] = []

    def answer(call: Call) -> Mapping[str, Any]:
        if call.operation == operation and not happened:
            happened.append(call)
            act()
        return site.aws.answer(call)

    return site.colleague(Line.to(answer), site.clock)


class Flaky(Viewer):
    """Answers 500 so many times, then as `behind` does."""

    def __init__(self, behind: Viewer, times: int) -> None:
        self.base_url, self._behind, self.left = behind.base_url, behind, times

    def fetch(
        self,
        path: str,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: str | bytes | None = None,
    ) -> Response:
        """The answer to one request."""
        if self.left:
            self.left -= 1
            return Response(500, {}, b"")
        return self._behind.fetch(path, method, headers, body)


class Ending:
    """A session whose credentials end at a given time."""

    def __init__(self, session: Any, left: Callable[[], float]) -> None:
        self._session, self._left = session, left
        self.client = session.client

    def get_credentials(self) -> Any:
        return self

    def get_frozen_credentials(self) -> None:
        """Nothing more can be had."""

    @property
    def _expiry_time(self) -> datetime.datetime:
        return datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=self._left())


def with_credentials(site: Site, left: Callable[[], float]) -> None:
    """Has the operator's credentials end in so many minutes."""
    aws = dataclasses.replace(site.door.aws, session=Ending(site.door.aws.session, left))
    site.door = dataclasses.replace(site.door, aws=aws)


@fault("an update of the function is still under way (ResourceConflictException)", "waited out; done")
def test_an_update_that_is_under_way_is_waited_out(site: Site, new: Build) -> None:
    refused = times(site, "UpdateFunctionConfiguration", "ResourceConflictException", 2)
    site.deploy(new, {**VARIABLES, "FEATURE": "on"})
    assert len(refused) == 2
    assert_live(site, "0.2.0")


@fault("the revision moves while an update settles", "read again after each wait; done")
def test_a_revision_that_moves_while_it_settles_is_read_again(site: Site, new: Build) -> None:
    before = site.aws.lambda_.functions["server"].latest.revision
    site.deploy(new)
    assert site.aws.lambda_.functions["server"].latest.revision != before
    assert_live(site, "0.2.0")


@fault("somebody else changes the function meanwhile (stale RevisionId)", "exit 4, live unchanged")
def test_a_stale_revision_stops_before_the_alias(site: Site, old: Build, new: Build) -> None:
    def change(call: Call) -> None:
        if call.operation == "UpdateFunctionCode":
            site.aws.lambda_.functions[call.params["FunctionName"]].latest.revision = "another"

    site.aws.before.append(change)
    assert "PreconditionFailedException" in deploy_fails(site, new, 4).cause
    assert_live(site, "0.1.0")


@fault("the alias is moved in the console before ours", "exit 4, theirs stays; the next command records it")
def test_a_move_in_the_console_stays_and_is_recorded(site: Site, old: Build, new: Build) -> None:
    def move() -> None:
        for name in ("image", "server"):
            site.aws.lambda_.UpdateAlias(name, "live", "1")

    once(site, "PublishVersion", move)
    deploy_fails(site, new, 4)
    assert site.live == {"image": "1", "server": "1"}
    assert site.read().explained
    site.deploy(new)
    assert_live(site, "0.2.0")


@fault("one alias alone was moved back in the console", "the next rollback makes that release whole; done")
def test_one_alias_that_was_moved_back_is_followed_by_the_others(site: Site, old: Build, new: Build) -> None:
    site.deploy(new)
    site.aws.lambda_.UpdateAlias("server", "live", "2")
    assert site.rollback()
    assert site.live == {"image": "2", "server": "2"}
    assert_live(site, "0.1.0")


@fault("a KMS key encrypts the bucket by default, so that ETags are no hashes", "files get S3's key; done")
def test_a_bucket_with_a_key_of_its_own_gets_files_with_a_hash(site: Site, new: Build) -> None:
    site.aws.s3.encryption = "aws:kms"
    site.released("0.1.0")
    site.deploy(new)
    assert_live(site, "0.2.0")


@fault("an alias was given weights by hand", "the next release takes them away; done")
def test_weights_are_taken_away(site: Site, old: Build, new: Build) -> None:
    site.aws.lambda_.functions["server"].aliases["live"].weights = {"1": 0.5}
    site.deploy(new)
    assert not site.aws.lambda_.functions["server"].aliases["live"].weights
    assert_live(site, "0.2.0")


@fault(
    "all aliases were moved back in the console", "the next deploy of that release restores its files; done"
)
def test_a_deploy_of_what_was_moved_to_in_the_console_restores_its_files(
    site: Site, old: Build, new: Build
) -> None:
    site.deploy(new)
    for role in ROLES:
        site.aws.lambda_.functions[role].aliases["live"].version = "2"
    assert resume(site.desk, "resume", 0)
    assert site.page("/outreach/notes.txt") == "notes of 0.2.0"
    assert site.deploy(old)
    assert_live(site, "0.1.0")


@fault("too many invalidations are in progress", "waited out; done")
def test_too_many_invalidations_are_waited_out(site: Site, new: Build) -> None:
    refused = times(site, "CreateInvalidation", "TooManyInvalidationsInProgress", 3)
    site.deploy(new)
    assert len(refused) == 3
    assert_live(site, "0.2.0")


@fault("an invalidation never ends", "exit 5 after ten minutes, rolled back")
def test_an_invalidation_that_never_ends_is_rolled_back(site: Site, old: Build, new: Build) -> None:
    stuck(site, "3")
    assert "invalidation_completed" in deploy_fails(site, new, 5).cause
    assert_live(site, "0.1.0")


@fault("an invalidation of a rollback never ends", "told after ten minutes; done")
def test_a_rollback_is_not_taken_back_for_an_invalidation(
    site: Site, old: Build, new: Build, capsys: pytest.CaptureFixture[str]
) -> None:
    site.deploy(new)
    stuck(site, "2")
    assert site.rollback()
    assert "goes on, edges may show older pages" in capsys.readouterr().out
    assert_live(site, "0.1.0")


@fault("no invalidation ends any more", "exit 5, rolled back; the next command is not stopped by it")
def test_taking_back_is_not_stopped_by_an_invalidation(site: Site, old: Build, new: Build) -> None:
    stuck(site, "2", "3")
    deploy_fails(site, new, 5)
    assert_live(site, "0.1.0")


@fault("too many requests at once after the alias has moved", "waited out; done")
def test_functions_that_are_throttled_are_asked_again(site: Site, old: Build, new: Build) -> None:
    busy: list[list[Call]] = []
    once(site, "UpdateAlias", lambda: busy.append(times(site, "Invoke", "TooManyRequestsException", 3)))
    site.deploy(new)
    assert [len(refused) for refused in busy] == [3]
    assert_live(site, "0.2.0")


@fault("the version that is brought back does nothing but fail", "exit 5, its files and pages are back")
def test_a_broken_version_gets_its_files_and_pages_back(site: Site, old: Build, new: Build) -> None:
    once(site, "CreateInvalidation", lambda: site.aws.lambda_.crashing.update({"2", "3"}))
    deploy_fails(site, new, 5, stages=ending(DEPLOY, "invalidate", Interrupted()))
    site.aws.lambda_.crashing = set()
    assert_live(site, "0.1.0")


@fault("nothing answers any more when a release is taken back", "exit 5, the aliases and files are back")
def test_aliases_that_never_settle_do_not_keep_files_from_coming_back(
    site: Site, old: Build, new: Build
) -> None:
    def throttle() -> None:
        site.aws.refuse("Invoke", "TooManyRequestsException")

    once(site, "CreateInvalidation", throttle, before=False)
    deploy_fails(site, new, 5, stages=ending(DEPLOY, "invalidate", Interrupted()))
    assert_live(site, "0.1.0")


@fault("a function's update never ends", "exit 4 after five minutes, live unchanged")
def test_an_update_that_never_ends_stops_before_the_alias(site: Site, old: Build, new: Build) -> None:
    site.aws.lambda_.update_hangs = True
    assert "UpdateFailed" in deploy_fails(site, new, 4).cause
    looks = [call for call in site.aws.calls if call.operation == "GetFunction"]
    assert len(looks) > 250
    assert site.live["server"] == "2"


@fault("a function's update fails", "exit 4 with Lambda's reason, live unchanged")
def test_an_update_that_fails_stops_with_its_reason(site: Site, old: Build, new: Build) -> None:
    site.aws.lambda_.update_fails = "the image is gone"
    assert "the image is gone" in deploy_fails(site, new, 4).cause
    assert_live(site, "0.1.0")


@fault("the credentials end within a quarter of an hour", "exit 4 before the first write")
def test_credentials_that_end_soon_are_refused_first(site: Site, old: Build, new: Build) -> None:
    with_credentials(site, lambda: 10)
    before = site.aws.writes
    assert "credentials end" in deploy_fails(site, new, 4).cause
    assert site.aws.writes == before


@fault("the credentials end before a watch that was asked for", "exit 4 before the first write")
def test_credentials_that_end_before_the_watch_are_refused_first(site: Site, old: Build, new: Build) -> None:
    with_credentials(site, lambda: 20)
    before = site.aws.writes
    with pytest.raises(OpsError, match="may need 25") as caught:
        site.watched(new, 600)
    assert int(caught.value.exit_code) == 4
    assert site.aws.writes == before


@fault("the credentials come near their end while publishing", "exit 4, the alias is not moved")
def test_an_alias_is_never_moved_near_the_end_of_credentials(site: Site, old: Build, new: Build) -> None:
    published: list[Call] = []
    site.aws.after.append(lambda call: published.append(call) if call.operation == "PublishVersion" else None)
    with_credentials(site, lambda: 5 if published else 60)
    deploy_fails(site, new, 4)
    assert published
    assert_live(site, "0.1.0")


@fault(
    "the credentials are revoked after the alias has moved", "exit 6; after a login any command concludes it"
)
def test_revoked_credentials_leave_a_journal_that_is_concluded(site: Site, old: Build, new: Build) -> None:
    def revoke(call: Call) -> None:
        if site.live["server"] == "3":
            raise RefusedError(
                "ExpiredTokenException", "The security token included in the request is expired"
            )

    site.aws.before.append(revoke)
    assert isinstance(deploy_fails(site, new, 6), RollbackFailedError)
    site.aws.before.clear()
    _expire(site)
    resume(site.desk, "resume", 0)
    assert_live(site, "0.2.0")


@fault("the network is gone after the alias has moved", "exit 6; any later command concludes it")
def test_a_network_that_is_gone_leaves_a_journal_that_is_concluded(
    site: Site, old: Build, new: Build
) -> None:
    def cut(call: Call) -> None:
        if site.live["server"] == "3":
            raise EndpointConnectionError(endpoint_url="https://lambda")

    site.aws.before.append(cut)
    deploy_fails(site, new, 6)
    site.aws.before.clear()
    _expire(site)
    site.deploy(old)
    assert_live(site, "0.1.0")


@fault("the lock's table is gone", "exit 4 before the first write, with the command that makes it")
def test_a_missing_table_stops_before_the_first_write(site: Site, old: Build, new: Build) -> None:
    site.aws.dynamodb.table = "another"
    before = site.aws.writes
    assert deploy_fails(site, new, 4).fix == "ansible-playbook provision.yml -i inventories/test"
    assert site.aws.writes == before


@fault("the lock's table goes while files are uploaded", "exit 4, live unchanged")
def test_a_table_that_goes_stops_before_the_alias(site: Site, old: Build, new: Build) -> None:
    def drop() -> None:
        site.aws.dynamodb.table = "another"

    once(site, "UpdateFunctionCode", drop, before=False)
    deploy_fails(site, new, 4)
    assert site.live["server"] == "2"


@fault("the lease is lost: another operator has taken it over", "exit 3, no stage begins any more")
def test_who_loses_the_lease_writes_nothing_more(site: Site, old: Build, new: Build) -> None:
    lost: list[int] = []

    def lose() -> None:
        lease = (lease_key(site.settings.host), 0)
        site.aws.dynamodb.items[lease] = {**site.aws.dynamodb.items[lease], "token": {"S": "theirs"}}
        lost.append(len(site.aws.writes))

    once(site, "UpdateAlias", lose, before=False)
    assert isinstance(deploy_fails(site, new, 3), LockedError)
    # A lease that was checked within ten seconds still lets the other aliases follow the first.
    assert all(write.startswith("UpdateAlias") for write in site.aws.writes[lost[0] :])


@fault(
    "a check fails after the lease was taken over", "exit 3, nothing is taken back; the new holder does that"
)
@pytest.mark.parametrize("stage", ["test", "verify"])
def test_a_failure_without_the_lease_takes_nothing_back(
    site: Site, old: Build, new: Build, stage: str
) -> None:
    def lose(_work: Work) -> None:
        lease = (lease_key(site.settings.host), 0)
        site.aws.dynamodb.items[lease] = {**site.aws.dynamodb.items[lease], "token": {"S": "theirs"}}
        raise RuntimeError("made up")

    stages = tuple(each._replace(run=lose) if each.name == stage else each for each in DEPLOY)
    error = deploy_fails(site, new, 3, stages=stages)
    assert isinstance(error, LockedError)
    assert error.fix == "invoke status --env=test"
    there = "2" if stage == "test" else "3"
    assert site.live == {"image": there, "server": there}
    assert len(site.ledger) == 1


@fault("a release goes live while a rollback waits", "exit 4: the way back from that one is another")
def test_a_rollback_that_was_overtaken_is_refused(site: Site, old: Build, new: Build) -> None:
    site.deploy(new)
    second = meanwhile(site, "PutItem", lambda: site.released("0.3.0"))
    with pytest.raises(OpsError, match="went live meanwhile") as caught:
        second.rollback()
    assert int(caught.value.exit_code) == 4
    assert caught.value.fix == "invoke rollback --env=test"
    assert_live(site, "0.3.0")
    site.rollback()
    assert_live(site, "0.2.0")


@fault("two operators roll the same release back", "the second finds it done")
def test_the_second_of_two_rollbacks_finds_it_done(site: Site, old: Build, new: Build) -> None:
    site.deploy(new)
    second = meanwhile(site, "PutItem", site.rollback)
    assert second.rollback() is False
    assert_live(site, "0.1.0")


@fault("two operators deploy at once", "exit 3 for the second, who is told who holds the site")
def test_the_second_of_two_operators_is_told(site: Site, old: Build, new: Build) -> None:
    errors: list[OpsError] = []
    third = site.build("0.3.0")
    first = meanwhile(site, "CopyObject", lambda: errors.append(deploy_fails(site, third, 3)))
    first.deploy(new)
    assert "changes this site with `deploy`" in errors[0].cause
    assert_live(site, "0.2.0")


@fault("a hashed file of what is live was damaged", "the next deploy of it uploads it again; done")
def test_a_damaged_file_is_mended_by_the_same_deploy(site: Site, old: Build) -> None:
    key = f"{STATIC}/main-0.1.0.js"
    site.aws.s3.objects[key] = OTHER
    site.deploy(site.build("0.1.0", notes="other notes"))
    assert site.served(key) == "code of 0.1.0"


@fault("a file of the release to go back to was damaged", "exit 4, the rollback is refused")
def test_a_damaged_file_refuses_the_rollback(site: Site, old: Build, new: Build) -> None:
    site.deploy(new)
    site.aws.s3.objects[f"{STATIC}/main-0.1.0.js"] = OTHER
    with pytest.raises(OpsError, match="the bucket lacks 1 files") as caught:
        site.rollback("v0.1.0")
    assert int(caught.value.exit_code) == 4
    assert_live(site, "0.2.0")


@fault("the description of the release to go back to was damaged", "exit 4, the rollback is refused")
def test_a_damaged_description_refuses_the_rollback(site: Site, old: Build, new: Build) -> None:
    site.deploy(new)
    site.aws.s3.objects[site.ledger[0].artifact_key] = OTHER
    with pytest.raises(OpsError, match="is damaged") as caught:
        site.rollback("v0.1.0")
    assert int(caught.value.exit_code) == 4
    assert_live(site, "0.2.0")


@fault(
    "the description of the release to go back to names a lookup of Ansible as a path, or keys of others",
    "exit 4, the rollback is refused and no command is run",
)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("behaviours", {"path": "/{{ lookup('pipe', 'false') }}", "origin": "assets", "cache": "static"}),
        ("assets", {"key": "_releases/x.json"}),
        ("assets", {"key": "_assets/../../x"}),
    ],
)
def test_a_hostile_description_refuses_the_rollback(
    site: Site, old: Build, new: Build, field: str, value: dict[str, str]
) -> None:
    site.deploy(new)
    described = json.loads(dump(old.artifact))
    described[field] = [{**(described[field] or [{}])[0], **value}]
    body = json.dumps(described).encode()
    key = f"_releases/{sha256(body)}.json"
    site.aws.s3.objects[key] = Stored(body, "application/json", "")
    place = (site.settings.host, 1)
    item = site.aws.dynamodb.items[place]
    entry = {**json.loads(item["data"]["S"]), "artifact_key": key}
    site.aws.dynamodb.items[place] = {**item, "data": {"S": json.dumps(entry)}}
    before = site.aws.writes
    with pytest.raises(IncompleteError, match=f"^error: {key} is damaged: {field}: ") as caught:
        site.rollback("v0.1.0")
    assert int(caught.value.exit_code) == 4
    assert site.aws.writes == before
    assert_live(site, "0.2.0")


@fault("a version was deleted by hand", "exit 4, the rollback to it is refused")
def test_a_version_deleted_by_hand_refuses_the_rollback(site: Site, old: Build, new: Build) -> None:
    site.deploy(new)
    site.aws.lambda_.DeleteFunction("server", "2")
    with pytest.raises(OpsError, match=r"version 2 .*does not exist any more") as caught:
        site.rollback("v0.1.0")
    assert int(caught.value.exit_code) == 4
    assert_live(site, "0.2.0")


@fault("an object changes between prune's listing and its deletion (stale ETag)", "it stays; done")
def test_an_object_that_changes_before_it_is_pruned_stays(site: Site, old: Build, new: Build) -> None:
    site.deploy(new)
    site.released("0.3.0")
    page = "_cache/build-0.1.0/clinics.cache"

    def change() -> None:
        site.aws.s3.objects[page] = OTHER

    once(site, "DeleteObjects", change)
    assert page in site.prune(2).objects
    assert site.aws.s3.objects[page] == OTHER


@fault("a public file is changed by others before it is copied over (stale ETag)", "exit 5, rolled back")
def test_a_public_file_that_others_change_meanwhile_is_not_copied_over(
    site: Site, old: Build, new: Build
) -> None:
    def change() -> None:
        site.aws.s3.objects[f"{PUBLIC}/notes.txt"] = OTHER

    once(site, "CopyObject", change)
    error = deploy_fails(site, new, 5)
    assert f"somebody else has changed {PUBLIC}/notes.txt" in error.cause
    assert_live(site, "0.1.0")


@fault("the answer of a public file's copy is lost", "tried again, its own copy is known; done")
def test_a_copy_whose_answer_is_lost_is_tried_again(site: Site, old: Build, new: Build) -> None:
    def answer_wrongly() -> None:
        raise RefusedError("ConditionalRequestConflict", "made up")

    once(site, "CopyObject", answer_wrongly, before=False)
    site.deploy(new)
    assert_live(site, "0.2.0")


@fault("the region's code storage is full", "exit 4, live unchanged; the message names prune")
def test_full_code_storage_names_prune(site: Site, old: Build, new: Build) -> None:
    site.aws.refuse("PublishVersion", "CodeStorageExceededException")
    assert "invoke prune" in deploy_fails(site, new, 4).fix
    assert_live(site, "0.1.0")


@fault("the variables take more than 4 KB", "exit 4, live unchanged, no value in the message")
def test_too_many_variables_stop_before_the_alias(site: Site, old: Build, new: Build) -> None:
    large = {**VARIABLES, "AUTH_SECRET": "s3cret" * 800}
    error = deploy_fails(site, new, 4, variables=large)
    assert "4KB" in error.cause
    assert "s3crets3cret" not in str(error)
    assert_live(site, "0.1.0")


@fault("a file in public/ is named like a lookup of Ansible", "exit 4 before the first write, with its name")
def test_a_file_name_that_is_a_lookup_stops_before_the_first_write(tmp_path: Path) -> None:
    name = "{{ lookup('pipe', 'false') }}"
    described = opennext.output()
    described["behaviors"].append({"pattern": f"outreach/{name}", "origin": "s3"})
    app = opennext.write(tmp_path / "app", described)
    built = package.Built("0.1.0", "", False, "0" * 64)
    with pytest.raises(OpsError, match="CloudFront cannot serve") as caught:
        package.package(app, SETTINGS.site, built, tmp_path / "made")
    assert int(caught.value.exit_code) == 4
    assert f"give public/{name} another name" in caught.value.fix
    assert not (tmp_path / "made").exists()


@fault("the disk is full while packaging", "exit 4, live unchanged; the message says what to remove")
def test_a_full_disk_says_what_to_remove(tmp_path: Path) -> None:
    (tmp_path / "index.mjs").write_text("code " * 10_000)
    with pytest.raises(OpsError, match="No space left on device") as caught:
        package.zip_function({"index.mjs": tmp_path / "index.mjs"}, Path("/dev/full"))
    assert ".artifacts/" in caught.value.fix
    assert int(caught.value.exit_code) == 4


@fault("git refuses the tag", "done, with a warning and the command to type")
def test_a_refused_tag_is_a_warning(tmp_path: Path) -> None:
    said = git.tag(tmp_path, "deploy-test-v0.1.0", "f" * 40)
    assert said is not None
    assert "type: git tag deploy-test-v0.1.0" in said


@fault("a smoke check is flaky, and passes within its attempts", "tried again; done")
def test_a_flaky_check_is_tried_again(site: Site, new: Build) -> None:
    site.viewer = viewer = Flaky(site.viewer, 2)
    site.deploy(new)
    assert viewer.left == 0
    assert_live(site, "0.2.0")


@fault("a new version does not answer as it must before it is live", "exit 4, visitors saw nothing")
def test_a_version_that_is_wrong_never_goes_live(site: Site, old: Build, new: Build) -> None:
    site.aws.lambda_.crashing = {"3"}
    deploy_fails(site, new, 4)
    assert_live(site, "0.1.0")


@fault("the site is down after the alias has moved", "exit 5, rolled back")
def test_a_site_that_is_down_is_rolled_back(site: Site, old: Build, new: Build) -> None:
    def down() -> None:
        site.aws.lambda_.crashing = {"3"}

    once(site, "UpdateAlias", down)
    assert isinstance(deploy_fails(site, new, 5), RolledBackError)
    assert_live(site, "0.1.0")


@fault("the ledger can not be written after the alias has moved", "exit 5, rolled back")
def test_a_ledger_that_can_not_be_written_is_rolled_back(site: Site, old: Build, new: Build) -> None:
    assert times(site, "TransactWriteItems", "AccessDeniedException", 1) == []
    deploy_fails(site, new, 5)
    assert_live(site, "0.1.0")


@fault("the answer of the alias's move is lost", "exit 5, rolled back")
def test_a_move_whose_answer_is_lost_is_taken_back(site: Site, old: Build, new: Build) -> None:
    def lose() -> None:
        raise EndpointConnectionError(endpoint_url="https://lambda")

    once(site, "UpdateAlias", lose, before=False)
    deploy_fails(site, new, 5)
    assert_live(site, "0.1.0")


@fault("the answer of the ledger's last write is lost", "what it wrote is read back; done")
def test_an_entry_whose_answer_is_lost_is_not_taken_back(site: Site, old: Build, new: Build) -> None:
    def lose() -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb")

    once(site, "TransactWriteItems", lose, before=False)
    assert site.deploy(new)
    assert_live(site, "0.2.0")


@fault("Ctrl-C, SIGTERM or SIGHUP after the alias has moved", "exit 5, rolled back")
def test_an_interruption_is_rolled_back(site: Site, old: Build, new: Build) -> None:
    deploy_fails(site, new, 5, stages=ending(DEPLOY, "settle", Interrupted()))
    assert_live(site, "0.1.0")


@fault("Ctrl-C, SIGTERM or SIGHUP once the release is recorded", "too late; done")
def test_an_interruption_is_too_late_once_the_release_is_recorded(site: Site, new: Build) -> None:
    recorded: list[Call] = []

    def hook(call: Call) -> None:
        recorded.extend([call] if call.operation == "TransactWriteItems" else [])
        if recorded:
            signal.raise_signal(signal.SIGTERM)

    site.aws.after.append(hook)
    with interruptible():
        site.deploy(new)
    site.aws.after.remove(hook)
    assert recorded
    assert_live(site, "0.2.0")


@fault("this machine's clock is minutes wrong (AWS refuses the signature)", "exit 4; the message says so")
def test_a_wrong_clock_is_named(site: Site, old: Build, new: Build) -> None:
    site.aws.refuse("UpdateFunctionCode", "InvalidSignatureException")
    assert "clock" in deploy_fails(site, new, 4).fix
    assert_live(site, "0.1.0")


@fault("this shell has the secret of a local AWS that was reset", "exit 4; the message says what to type")
def test_an_old_secret_is_named_with_its_fix(site: Site, old: Build, new: Build) -> None:
    site.aws.refuse("UpdateFunctionCode", "SignatureDoesNotMatch")
    assert 'eval "$(invoke sandbox.env)"' in deploy_fails(site, new, 4).fix
    assert_live(site, "0.1.0")


@fault(
    "this machine's clock is hours ahead of who holds the lease", "the holder writes nothing more; one wins"
)
def test_a_clock_that_is_ahead_takes_over_and_the_holder_stops(site: Site, old: Build, new: Build) -> None:
    ahead = site.colleague(site.aws.line, lambda: site.clock() + 7200)
    third = site.build("0.3.0", image="a third image")
    holder = meanwhile(site, "CreateInvalidation", lambda: ahead.deploy(third))
    deploy_fails(holder, new, 3)
    assert_live(site, "0.3.0")


@fault("a function was deleted by hand", "exit 4 before the first write, with the command that makes it")
def test_a_deleted_function_stops_before_the_first_write(site: Site, old: Build, new: Build) -> None:
    site.aws.lambda_.DeleteFunction("image")
    before = site.aws.writes
    assert "provision.yml" in deploy_fails(site, new, 4).fix
    assert site.aws.writes == before


@fault("the bucket is missing", "exit 4 before the first write, with the command that makes it")
def test_a_missing_bucket_stops_before_the_first_write(site: Site, old: Build, new: Build) -> None:
    site.aws.s3.bucket = "another"
    before = site.aws.writes
    assert "provision.yml" in deploy_fails(site, new, 4).fix
    assert site.aws.writes == before


@fault("a permission is missing for the alias", "exit 4, live unchanged")
def test_a_missing_permission_leaves_live_alone(site: Site, old: Build, new: Build) -> None:
    site.aws.refuse("UpdateAlias", "AccessDeniedException")
    assert "permission" in deploy_fails(site, new, 4).fix
    assert_live(site, "0.1.0")


@fault("prune may not delete an object", "exit 4, live unchanged; what is left goes with the next prune")
def test_a_prune_that_is_refused_goes_on_later(site: Site, old: Build, new: Build) -> None:
    site.deploy(new)
    site.released("0.3.0")
    refused = times(site, "DeleteObjects", "AccessDenied", 1)
    with pytest.raises(OpsError) as caught:
        site.prune(2)
    assert int(caught.value.exit_code) == 4
    assert refused
    assert site.prune(2).objects
    assert_live(site, "0.3.0")


@fault("staging was moved in the console before a promotion", "exit 4, nothing is proven")
def test_a_moved_alias_proves_nothing(site: Site, old: Build) -> None:
    site.aws.lambda_.functions["server"].aliases["live"] = Alias("1")
    with pytest.raises(OpsError, match="nothing is proven") as caught:
        promote.proven(site.desk)
    assert int(caught.value.exit_code) == 4
    assert site.served(f"{PUBLIC}/notes.txt") == "notes of 0.1.0"


def _expire(site: Site) -> None:
    """The minute after which a lease that nobody renews has ended."""
    lease = (lease_key(site.settings.host), 0)
    site.aws.dynamodb.items[lease] = {**site.aws.dynamodb.items[lease], "expires": {"N": "0"}}
