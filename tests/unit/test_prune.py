"""A prune on a strict account in memory: what goes, what stays, what is refused, what a failure leaves."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Callable

import pytest

from fakes.builds import PUBLIC, STATIC, Build
from fakes.client import Call, RefusedError
from fakes.crash import revive
from fakes.functions import Alias
from fakes.objects import Stored
from fakes.records import Item
from fakes.site import VARIABLES, Site, ending
from outreach_ops.aws.leases import key as lease_key
from outreach_ops.aws.records import record
from outreach_ops.errors import OpsError, RollbackFailedError, UsageError
from outreach_ops.release import change
from outreach_ops.release.operation import resume
from outreach_ops.release.prune import plan
from outreach_ops.release.stages import DEPLOY
from outreach_ops.roles import ROLES

FOREIGN = Stored(b"somebody else's", "text/plain", "")
Snapshot = tuple[set[str], dict[str, set[str]]]


def age(site: Site, days: int) -> None:
    """Makes everything that the ledger tells of happen so many days earlier."""
    for number, item in enumerate(reversed(site.door.ledger.entries()), start=1):
        entry = item.entry
        then = datetime.datetime.fromisoformat(entry.finished) - datetime.timedelta(days=days)
        moved = dataclasses.replace(entry, finished=then.strftime("%Y-%m-%dT%H:%M:%SZ"))
        aged: Item = record(site.settings.host, number, dataclasses.asdict(moved))
        site.aws.dynamodb.items[(site.settings.host, number)] = aged


def snapshot(site: Site) -> Snapshot:
    """Every object's key, and every function's versions."""
    functions = site.aws.lambda_.functions
    return set(site.aws.s3.objects), {name: set(each.versions) for name, each in functions.items()}


@pytest.fixture
def four(site: Site) -> Site:
    """Four releases of long ago; v0.4.0 is live, and each has an image function of its own."""
    for minor in range(1, 5):
        site.deploy(site.build(f"0.{minor}.0", image=f"image {minor}"))
    age(site, 100)
    return site


def test_what_is_deleted_is_exactly_what_the_plan_lists(four: Site) -> None:
    before, listed = snapshot(four), four.prune(2, plan_only=True)
    assert snapshot(four) == before
    done = four.prune(2)
    assert done == listed
    objects, versions = snapshot(four)
    assert before[0] - objects == set(listed.objects)
    assert {role: before[1][role] - versions[role] for role in ROLES} == {
        role: set(each) for role, each in listed.versions.items()
    }
    assert listed.versions == dict.fromkeys(ROLES, ("2", "3"))
    assert f"{STATIC}/main-0.1.0.js" in listed.objects
    assert "_cache/build-0.2.0/clinics.cache" in listed.objects


def test_a_plan_makes_no_writing_call(four: Site) -> None:
    before = four.aws.writes
    four.prune(2, plan_only=True)
    assert four.aws.writes == before


def test_what_stays_can_be_rolled_back_to_as_one(four: Site) -> None:
    four.prune(2)
    four.rollback("v0.3.0")
    assert "version 0.3.0" in four.page("/outreach")
    for path in ("main-0.3.0.js", "framework.js"):
        assert four.viewer.fetch(f"/outreach-static/_next/static/{path}").status == 200
    four.rollback("v0.4.0")
    assert four.page("/outreach/notes.txt") == "notes of 0.4.0"


def test_a_second_prune_has_nothing_to_do_and_writes_nothing(four: Site) -> None:
    four.prune(2)
    before = four.aws.writes
    assert four.prune(2).nothing
    assert four.aws.writes == before


def test_the_last_known_good_stays_even_when_one_release_is_to_be_kept(four: Site) -> None:
    four.prune(1)
    assert four.rollback("v0.3.0")


def test_the_last_known_good_stays_when_a_rollback_has_made_newer_ones_of_others(four: Site) -> None:
    four.rollback("v0.3.0")
    four.prune(1)
    four.rollback()
    assert "version 0.2.0" in four.page("/outreach")


def test_rotated_secrets_are_no_releases_to_keep(four: Site) -> None:
    for turn in range(3):
        change.change(four.desk, {"AUTH_SECRET": f"rotated-at-the-parent-{turn}"}, "change")
    assert [each.newest.entry.version for each in four.prune(2).kept][-1] == "0.3.0"
    four.rollback()
    assert "version 0.3.0" in four.page("/outreach")


def test_what_is_live_stays_however_old_it_is(four: Site) -> None:
    four.rollback("v0.1.0")
    assert [each.newest.entry.version for each in four.prune(2).kept] == ["0.1.0", "0.4.0"]
    four.rollback("v0.4.0")
    four.rollback("v0.1.0")


def test_what_any_alias_points_to_or_weighs_stays_with_all_that_it_needs(four: Site) -> None:
    four.aws.lambda_.functions["server"].aliases["canary"] = Alias("4", weights={"2": 0.1})
    pruned = four.prune(2)
    assert pruned.versions["server"] == ("3",)
    assert "2" not in pruned.versions["image"]
    assert f"{STATIC}/main-0.1.0.js" in four.aws.s3.objects
    assert f"{STATIC}/main-0.2.0.js" not in four.aws.s3.objects


def test_objects_of_others_are_never_touched(four: Site) -> None:
    theirs = [
        f"{STATIC}/sleepconnect.js",
        "_cache/another-build/page.cache",
        "reports/2026.csv",
        "_code/x.zip",
    ]
    four.aws.s3.objects.update(dict.fromkeys(theirs, FOREIGN))
    # The same name as a file of ours, with content of theirs.
    four.aws.s3.objects[f"{STATIC}/main-0.1.0.js"] = FOREIGN
    four.prune(2)
    for key in (*theirs, f"{STATIC}/main-0.1.0.js"):
        assert four.aws.s3.objects[key] == FOREIGN


def test_versions_that_no_release_made_are_never_touched(four: Site) -> None:
    function = four.aws.lambda_.functions["server"]
    function.latest.variables = {**VARIABLES, "BY": "hand"}
    by_hand = function.publish("by hand").version
    four.prune(2)
    assert {"1", by_hand} <= set(function.versions)


def test_pages_that_the_server_wrote_go_with_their_build(four: Site) -> None:
    written = ["_cache/build-0.1.0/written-later.cache", "_cache/__fetch/build-0.1.0/answer"]
    four.aws.s3.objects.update(dict.fromkeys([*written, "_cache/build-0.4.0/later.cache"], FOREIGN))
    four.prune(2)
    assert not set(written) & set(four.aws.s3.objects)
    assert "_cache/build-0.4.0/later.cache" in four.aws.s3.objects


def builds_of_tags(site: Site) -> set[str]:
    """The builds whose items the tag table has."""
    return {tag.partition("/")[0] for tag, _ in site.aws.dynamodb.tags}


def test_items_of_the_tag_table_go_with_their_build_and_those_of_others_stay(four: Site) -> None:
    theirs = {
        ("another/clinics", "another/clinics"),
        ("build-0.1.0", "build-0.1.0/x"),
        ("build-0.1.0/x", "y/x"),
    }
    four.aws.dynamodb.tags |= theirs
    listed = four.prune(2, plan_only=True)
    assert builds_of_tags(four) >= {"build-0.1.0", "build-0.2.0"}
    assert four.prune(2).tags == listed.tags
    assert {tag.tag for tag in listed.tags} == {"build-0.1.0/clinics", "build-0.2.0/clinics"}
    assert theirs <= four.aws.dynamodb.tags
    assert builds_of_tags(four) - {"another", "build-0.1.0"} == {"build-0.3.0", "build-0.4.0"}


def test_the_tags_of_a_build_that_a_release_that_stays_has_too_stay(site: Site) -> None:
    made = site.build("0.1.0")
    for feature in ("one", "two", "three"):
        site.deploy(made, {**VARIABLES, "FEATURE": feature})
    pruned = site.prune(2)
    assert (pruned.versions["server"], pruned.tags) == (("2",), ())
    assert builds_of_tags(site) == {"build-0.1.0"}


def test_a_pruned_build_that_is_deployed_again_has_its_tags_again(site: Site) -> None:
    made = site.released("0.1.0")
    site.released("0.2.0")
    site.released("0.3.0")
    site.prune(2)
    assert "build-0.1.0" not in builds_of_tags(site)
    site.deploy(made)
    assert "build-0.1.0" in builds_of_tags(site)


@pytest.mark.parametrize("takes", [25, 7])
def test_many_items_of_the_tag_table_go_in_batches_however_few_it_takes_at_once(
    four: Site, takes: int
) -> None:
    many = {("build-0.1.0/clinics", f"build-0.1.0/{number}") for number in range(60)}
    four.aws.dynamodb.tags |= many
    four.aws.dynamodb.takes = takes
    four.prune(2)
    assert not many & four.aws.dynamodb.tags


def test_a_tag_table_that_takes_nothing_leaves_the_rest_to_the_next_prune(four: Site) -> None:
    four.aws.dynamodb.takes = 0
    with pytest.raises(OpsError, match="takes no more for now"):
        four.prune(2)
    assert "build-0.1.0" in builds_of_tags(four)
    four.aws.dynamodb.takes = 25
    four.prune(2)
    assert builds_of_tags(four) == {"build-0.3.0", "build-0.4.0"}
    assert four.prune(2).nothing


def test_files_of_pages_stay_for_open_tabs_and_go_thirty_days_after_they_were_live(four: Site) -> None:
    age(four, -99)
    first = four.prune(2)
    assert first.open_tabs
    assert f"{STATIC}/main-0.1.0.js" in four.aws.s3.objects
    assert "2" not in four.aws.lambda_.functions["server"].versions
    age(four, 28)
    assert four.prune(2).nothing
    age(four, 3)
    later = four.prune(2)
    assert f"{STATIC}/main-0.1.0.js" in later.objects
    assert later.numbers == ()
    assert not [key for key in four.aws.s3.objects if "0.1.0" in key]


def test_what_was_moved_to_in_the_console_over_a_failed_release_was_live_too(site: Site) -> None:
    for version in ("0.1.0", "0.2.0"):
        site.released(version)

    def refuse(call: Call) -> None:
        if call.operation == "UpdateAlias" and call.params["FunctionVersion"] == "3":
            raise RefusedError("AccessDeniedException", "not you")

    site.aws.before.append(refuse)
    with pytest.raises(RollbackFailedError):
        site.deploy(site.build("0.3.0"), stages=ending(DEPLOY, "verify", RuntimeError("made up")))
    for role in ROLES:
        site.aws.lambda_.functions[role].aliases["live"].version = "2"
    revive(site)
    assert resume(site.desk, "resume", 0)
    age(site, 90)
    # Until now v0.1.0 was live again.
    for version in ("0.4.0", "0.5.0"):
        site.released(version)
    assert site.prune(2).open_tabs
    assert f"{STATIC}/main-0.1.0.js" in site.aws.s3.objects
    assert f"{STATIC}/main-0.2.0.js" not in site.aws.s3.objects


def test_code_that_went_with_a_release_comes_back_with_another_of_the_same_code(site: Site) -> None:
    for version in ("0.1.0", "0.2.0"):
        site.released(version)
    site.deploy(site.build("0.3.0", image="shared"))
    for version in ("0.2.0", "0.1.0"):
        site.rollback(f"v{version}")
    site.prune(2)
    # The function itself still holds it, as what would be published next.
    made = site.build("0.4.0", image="shared")
    assert made.artifact.image.key not in site.aws.s3.objects
    site.deploy(made)
    assert made.artifact.image.key in site.aws.s3.objects


def test_what_a_failed_release_left_goes_too(site: Site) -> None:
    site.released("0.1.0")
    site.aws.refuse("UpdateAlias", "AccessDeniedException")
    with pytest.raises(OpsError):
        site.deploy(site.build("0.2.0"))
    site.aws.before.clear()
    site.released("0.3.0")
    site.released("0.4.0")
    age(site, 100)
    site.prune(2)
    assert not [key for key in site.aws.s3.objects if "0.2.0" in key]
    assert set(site.aws.lambda_.functions["server"].versions) == {"1", "4", "5"}


def test_rollback_to_a_pruned_release_is_refused_with_the_reason(four: Site) -> None:
    four.prune(2)
    with pytest.raises(UsageError, match=r"v0\.1\.0 \(.*\) was pruned on .* by ") as caught:
        four.rollback("v0.1.0")
    assert "invoke deploy" in caught.value.fix
    assert "--version 4" in caught.value.fix


def test_a_pruned_release_can_be_deployed_again_and_then_rolled_back_to(site: Site) -> None:
    first = site.released("0.1.0")
    for version in ("0.2.0", "0.3.0"):
        site.released(version)
    age(site, 100)
    site.prune(2)
    site.deploy(first)
    site.rollback("v0.3.0")
    site.rollback("v0.1.0")
    assert "version 0.1.0" in site.page("/outreach")


def test_a_prune_is_recorded_and_explains_the_alias(four: Site) -> None:
    four.prune(2)
    entry = four.ledger[-1]
    assert (entry.kind, entry.status, entry.pruned) == ("prune", "ok", [1, 2])
    assert four.read().explained
    assert not four.read().unfinished


def test_an_alias_that_is_moved_meanwhile_keeps_its_version_and_all_its_files(four: Site) -> None:
    before = set(four.aws.s3.objects)

    def move(call: Call) -> None:
        if call.operation == "DeleteFunction" and call.params["Qualifier"] == "3":
            four.aws.lambda_.UpdateAlias("server", "live", FunctionVersion="2")

    four.aws.before.append(move)
    with pytest.raises(OpsError, match=r"points to version 2 since|referenced by an alias") as caught:
        four.prune(2)
    assert int(caught.value.exit_code) == 4
    assert set(four.aws.s3.objects) == before
    assert "2" in four.aws.lambda_.functions["server"].versions


@pytest.mark.parametrize("operation", ["DeleteFunction", "DeleteObjects"])
def test_a_prune_that_fails_leaves_live_alone_says_so_and_goes_on_when_it_is_repeated(
    four: Site, operation: str
) -> None:
    four.aws.refuse(operation, "AccessDeniedException")
    with pytest.raises(OpsError, match="AccessDeniedException") as caught:
        four.prune(2)
    assert caught.value.live is not None
    assert caught.value.live.endswith("unchanged")
    assert (four.ledger[-1].kind, four.ledger[-1].status) == ("prune", "failed")
    four.aws.before.clear()
    with pytest.raises(UsageError, match="was pruned"):
        four.rollback("v0.1.0")
    four.prune(2)
    assert not [key for key in four.aws.s3.objects if "0.1.0" in key]
    assert set(four.aws.lambda_.functions["server"].versions) == {"1", "4", "5"}


def test_an_object_that_s3_does_not_delete_ends_the_prune(four: Site) -> None:
    def refuse(call: Call) -> None:
        if call.operation == "DeleteObjects":
            first = call.params["Delete"]["Objects"][0]["Key"]
            four.aws.s3.locked.add(first)

    four.aws.before.append(refuse)
    with pytest.raises(OpsError, match=r"S3 did not delete 1 objects, the first is .*: AccessDenied"):
        four.prune(2)


def test_a_prune_that_was_killed_is_recorded_by_resume_and_finished_by_the_next_prune(four: Site) -> None:
    class KilledError(BaseException):
        pass

    def die(call: Call) -> None:
        if call.operation in ("DeleteObjects", "PutItem", "TransactWriteItems") and dead:
            raise KilledError
        if call.operation == "DeleteObjects":
            dead.append(call)
            raise KilledError

    dead: list[Call] = []
    four.aws.before.append(die)
    with pytest.raises(KilledError):
        four.prune(2)
    four.aws.before.clear()
    lease = (lease_key(four.settings.host), 0)
    four.aws.dynamodb.items[lease] = {**four.aws.dynamodb.items[lease], "expires": {"N": "0"}}
    assert four.read().unfinished
    assert resume(four.desk, "resume", 0)
    assert (four.ledger[-1].kind, four.ledger[-1].status, four.ledger[-1].pruned) == (
        "prune",
        "failed",
        [1, 2],
    )
    with pytest.raises(UsageError, match="was pruned"):
        four.rollback("v0.2.0")
    assert four.prune(2).objects
    assert four.prune(2).nothing


def test_nothing_is_deleted_while_what_is_live_is_no_release(four: Site) -> None:
    function = four.aws.lambda_.functions["server"]
    function.latest.variables = {"BY": "hand"}
    function.aliases["live"] = Alias(function.publish("by hand").version)
    before = snapshot(four)
    with pytest.raises(OpsError, match="is no release of this tool"):
        four.prune(2)
    assert snapshot(four) == before


def test_nothing_is_deleted_while_it_is_unknown_what_a_kept_release_needs(four: Site) -> None:
    del four.aws.s3.objects[four.ledger[-1].artifact_key]
    before = snapshot(four)
    with pytest.raises(OpsError, match=r"the description of v0\.4\.0 .* is missing or damaged"):
        four.prune(2)
    assert snapshot(four) == before


def test_files_that_a_damaged_description_named_stay(four: Site) -> None:
    four.aws.s3.objects[four.ledger[0].artifact_key] = FOREIGN
    four.prune(2)
    assert f"{STATIC}/main-0.1.0.js" in four.aws.s3.objects
    assert f"{STATIC}/main-0.2.0.js" not in four.aws.s3.objects


def test_a_ledger_that_names_an_object_as_a_description_deletes_nothing(four: Site) -> None:
    four.aws.s3.objects["_assets/theirs.txt"] = FOREIGN
    place = (four.settings.host, 1)
    item = four.aws.dynamodb.items[place]
    entry = {**json.loads(item["data"]["S"]), "artifact_key": "_assets/theirs.txt"}
    four.aws.dynamodb.items[place] = {**item, "data": {"S": json.dumps(entry)}}
    four.prune(2)
    assert four.aws.s3.objects["_assets/theirs.txt"] == FOREIGN


def test_keep_counts_releases_and_not_the_attempts_at_them(four: Site) -> None:
    for tag in ("v0.3.0", "v0.4.0", "v0.3.0", "v0.4.0"):
        four.rollback(tag)
    assert [each.newest.entry.version for each in four.prune(3).kept] == ["0.4.0", "0.3.0", "0.2.0"]


@pytest.mark.parametrize("keep", [0, -1])
def test_keeping_nothing_is_refused(four: Site, keep: int) -> None:
    with pytest.raises(UsageError, match="keeps nothing"):
        four.prune(keep)


def test_public_files_that_only_pruned_releases_have_go(new_site: Callable[[], Site]) -> None:
    site = new_site()
    made = site.build("0.1.0")
    extra = dataclasses.replace(made.artifact.of_kind("public")[0], key=f"{PUBLIC}/once.txt")
    (made.folder / "files" / extra.key).write_bytes(
        (made.folder / "files" / PUBLIC / "notes.txt").read_bytes()
    )
    once = dataclasses.replace(made.artifact, assets=(*made.artifact.assets, extra))
    site.deploy(Build(once, made.folder))
    for version in ("0.2.0", "0.3.0"):
        site.released(version)
    age(site, 100)
    assert f"{PUBLIC}/once.txt" in site.aws.s3.objects
    site.prune(2)
    assert f"{PUBLIC}/once.txt" not in site.aws.s3.objects
    assert f"{PUBLIC}/notes.txt" in site.aws.s3.objects


def test_the_plan_for_scripts_names_everything(four: Site) -> None:
    dumped = four.prune(2, plan_only=True).dump()
    assert dumped["versions"] == {role: ["2", "3"] for role in ROLES}
    assert dumped["entries"] == [1, 2]
    assert len(dumped["keep"]) == len(dumped["prune"]) == plan.LEAST
    assert f"{STATIC}/main-0.1.0.js" in dumped["objects"]
