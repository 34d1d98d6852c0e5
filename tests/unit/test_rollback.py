"""A rollback on a strict account in memory: what comes back, what stays current, what is refused."""

from __future__ import annotations

import dataclasses
import time

import pytest

from fakes.builds import PUBLIC, STATIC
from fakes.client import Call
from fakes.site import VARIABLES, Site
from outreach_ops.aws.leases import Lease
from outreach_ops.aws.records import record
from outreach_ops.errors import OpsError, UsageError
from outreach_ops.release import change
from outreach_ops.release.operation import resume
from outreach_ops.roles import ROLES, Role
from outreach_ops.site import status
from outreach_ops.site.lock import LockedError
from outreach_ops.site.releases import rows


@pytest.fixture
def two(site: Site) -> Site:
    """A site that has released v0.1.0 and, with other variables and another image function, v0.2.0."""
    site.deploy(site.build("0.1.0"), {**VARIABLES, "FEATURE": "old"})
    site.deploy(site.build("0.2.0", image="another image"), {**VARIABLES, "FEATURE": "new"})
    return site


def test_rollback_brings_code_variables_public_files_and_pages_back_as_one(two: Site) -> None:
    assert "version 0.2.0" in two.page("/outreach")
    two.rollback("v0.1.0")
    assert two.live == {"image": "2", "server": "2"}
    assert two.variables["FEATURE"] == "old"
    assert two.served(f"{PUBLIC}/notes.txt") == "notes of 0.1.0"
    assert "version 0.1.0" in two.page("/outreach")
    assert two.page("/outreach/notes.txt") == "notes of 0.1.0"


def test_rollback_moves_the_aliases_then_changes_public_files_then_invalidates(two: Site) -> None:
    before = len(two.aws.writes)
    two.rollback("v0.1.0")
    *beside, server = (f"UpdateAlias {role}" for role in ROLES)
    assert set(two.aws.writes[before : before + len(beside)]) == set(beside)
    assert two.aws.writes[before + len(beside) :] == [
        server,
        f"CopyObject {PUBLIC}/notes.txt",
        "CreateInvalidation ESITE",
        "TransactWriteItems",
    ]


def test_rollback_is_recorded_with_the_entry_that_it_restores(two: Site) -> None:
    two.rollback("v0.1.0")
    entry = two.ledger[-1]
    assert (entry.kind, entry.status, entry.restores) == ("rollback", "ok", 1)
    assert (entry.version, entry.live_server_version, entry.live_image_version) == ("0.1.0", "2", "2")


def test_a_second_rollback_to_the_same_writes_nothing(two: Site) -> None:
    two.rollback("v0.1.0")
    before = two.aws.writes
    assert two.rollback("v0.1.0") is False
    assert two.aws.writes == before


def test_rollback_forth_and_back_again_needs_no_new_version(two: Site) -> None:
    for tag in ("v0.1.0", "v0.2.0", "v0.1.0", "v0.2.0"):
        two.rollback(tag)
    assert two.live == {"image": "3", "server": "3"}
    assert list(two.aws.lambda_.functions["server"].versions) == ["1", "2", "3"]


def test_rollback_keeps_shared_variables_current_and_publishes_the_old_code_with_them(two: Site) -> None:
    two.deploy(two.build("0.3.0"), {**VARIABLES, "FEATURE": "newest", "AUTH_SECRET": "rotated-at-the-parent"})
    two.rollback("v0.1.0")
    assert two.variables["AUTH_SECRET"] == "rotated-at-the-parent"
    assert two.variables["FEATURE"] == "old"
    assert two.live["server"] == "5"
    assert "version 0.1.0" in two.page("/outreach")
    function = two.aws.lambda_.functions["server"]
    assert function.versions["2"].variables["AUTH_SECRET"] == VARIABLES["AUTH_SECRET"]
    assert function.versions["5"].code == function.versions["2"].code


def test_a_shared_variable_that_is_new_since_comes_along(two: Site) -> None:
    two.deploy(two.build("0.3.0"), {**VARIABLES, "PHONE": "555-0100"})
    two.rollback("v0.1.0")
    assert two.variables["PHONE"] == "555-0100"


def test_rollback_refuses_a_release_that_never_passed_its_checks(two: Site) -> None:
    two.aws.refuse("UpdateAlias", "AccessDeniedException")
    with pytest.raises(OpsError):
        two.deploy(two.build("0.3.0"))
    with pytest.raises(UsageError) as caught:
        two.plan_rollback(tag="v0.3.0")
    assert caught.value.fix.startswith("choose one of: --version 2 (v0.1.0 (")
    assert caught.value.fix.endswith(")); or add --force")


@pytest.mark.parametrize("what", [f"{STATIC}/main-0.1.0.js", "_public/"])
def test_rollback_refuses_when_the_bucket_lacks_a_file_of_the_release(two: Site, what: str) -> None:
    lost = [key for key in two.aws.s3.objects if key.startswith(what)]
    for key in lost:
        del two.aws.s3.objects[key]
    before = two.aws.writes
    with pytest.raises(OpsError, match="the bucket lacks") as caught:
        two.rollback("v0.1.0")
    assert "invoke deploy" in caught.value.fix
    assert two.aws.writes == before


def test_rollback_refuses_when_a_hashed_file_is_not_what_was_released(two: Site) -> None:
    key = f"{STATIC}/main-0.1.0.js"
    two.aws.s3.objects[key] = two.aws.s3.objects[f"{STATIC}/framework.js"]
    with pytest.raises(OpsError, match="the bucket lacks 1 files"):
        two.plan_rollback(tag="v0.1.0")


def test_rollback_does_without_the_pages_that_the_server_can_make_again(two: Site) -> None:
    del two.aws.s3.objects["_cache/build-0.1.0/clinics.cache"]
    two.rollback("v0.1.0")
    assert "version 0.1.0" in two.page("/outreach")
    assert two.rollback("v0.1.0") is False


def test_rollback_refuses_a_release_whose_description_is_missing(two: Site) -> None:
    del two.aws.s3.objects[two.ledger[0].artifact_key]
    with pytest.raises(OpsError, match=r"the description of the release, .*, is missing"):
        two.plan_rollback(tag="v0.1.0")


def test_rollback_refuses_a_description_that_is_another_releases(two: Site) -> None:
    first, second = (entry.artifact_key for entry in two.ledger)
    two.aws.s3.objects[first] = two.aws.s3.objects[second]
    with pytest.raises(OpsError, match=r"the description of the release, .*, is damaged"):
        two.plan_rollback(tag="v0.1.0")


def test_rollback_refuses_a_version_that_was_deleted(two: Site) -> None:
    del two.aws.lambda_.functions["image"].versions["2"]
    with pytest.raises(OpsError, match="version 2 of image does not exist any more"):
        two.plan_rollback(tag="v0.1.0")


def test_rollback_by_version_takes_the_server_functions_version(two: Site) -> None:
    assert two.plan_rollback(version=2).plan.target.artifact.version == "0.1.0"


def test_a_shared_variable_that_was_removed_since_stays_away(two: Site) -> None:
    two.deploy(two.build("0.3.0"), {**VARIABLES, "PHONE": "555-0100"})
    two.deploy(two.build("0.4.0"), VARIABLES)
    del two.aws.lambda_.functions["server"].behind("live").variables["PHONE"]
    two.rollback("v0.3.0")
    assert "PHONE" not in two.variables


def test_a_rollback_whose_variables_are_too_large_by_now_is_refused_before_anything_is_written(
    two: Site,
) -> None:
    two.deploy(two.build("0.3.0"), {**VARIABLES, "FEATURE": "", "PHONE": "5" * 3500})
    two.deploy(two.build("0.4.0"), {**VARIABLES, "FEATURE": "f" * 3200, "PHONE": "5"})
    two.deploy(two.build("0.5.0"), {**VARIABLES, "FEATURE": "", "PHONE": "5" * 3500})
    before = two.aws.writes
    with pytest.raises(UsageError, match="Lambda allows 4096"):
        two.rollback("v0.4.0")
    assert two.aws.writes == before


def test_rollback_without_a_name_goes_to_the_release_before_and_ends_at_the_oldest(two: Site) -> None:
    two.rollback()
    assert "version 0.1.0" in two.page("/outreach")
    with pytest.raises(OpsError, match="no release to go back to") as caught:
        two.rollback()
    assert int(caught.value.exit_code) == 4
    assert caught.value.fix == "choose one of: --version 3 (v0.2.0 (911fc0c))"


def test_rollback_without_a_name_never_returns_to_a_release_that_somebody_has_left(two: Site) -> None:
    two.rollback()
    two.released("0.3.0")
    assert "previous  v0.1.0" in status.render(status.look(two.door, two.settings), as_json=False)[3]
    two.rollback()
    assert "version 0.1.0" in two.page("/outreach")


def test_the_plan_of_a_rollback_over_unfinished_work_names_no_release(
    two: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    left = Lease("theirs", 1.0, "somebody", "else", "", "deploy", "", {"stage": "files"})
    assert two.door.leases.take(left, two.door.leases.read(), time.time())
    before = two.aws.writes
    assert two.rollback(plan_only=True) is False
    assert "unfinished work is concluded first" in capsys.readouterr().out
    assert two.aws.writes == before


def test_what_failed_since_is_not_gone_back_to(two: Site) -> None:
    two.released("0.3.0")
    with pytest.raises(OpsError):
        two.deploy(two.build("0.4.0", status=500))
    two.rollback()
    assert "version 0.2.0" in two.page("/outreach")


def test_a_release_that_is_not_whole_any_more_is_passed_over(
    two: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    two.released("0.3.0")
    del two.aws.s3.objects[f"{STATIC}/main-0.2.0.js"]
    two.rollback()
    assert "version 0.1.0" in two.page("/outreach")
    assert "the bucket lacks 1 files of v0.2.0" in capsys.readouterr().out
    assert [entry.kind for entry in two.ledger] == ["release", "release", "release", "rollback"]


def test_a_refused_rollback_leaves_nothing_unfinished(two: Site) -> None:
    before = two.aws.dynamodb.items.copy()
    del two.aws.s3.objects[f"{STATIC}/main-0.1.0.js"]
    with pytest.raises(OpsError, match="the bucket lacks"):
        two.rollback("v0.1.0")
    seen = two.read()
    assert not seen.unfinished
    assert seen.explained
    assert len(two.aws.dynamodb.items) == len(before)


def test_rollback_refuses_a_version_that_holds_other_code(two: Site) -> None:
    two.aws.lambda_.functions["server"].versions["2"].code = b'{"version": "6.6.6", "assets": []}'
    with pytest.raises(OpsError, match=r"version 2 of server does not hold the code of v0\.1\.0"):
        two.rollback("v0.1.0")
    assert two.live["server"] == "3"


def test_force_goes_to_a_release_that_never_passed_and_proves_it_all_the_same(two: Site) -> None:
    with pytest.raises(OpsError):
        two.deploy(two.build("0.3.0", edge_status=500))
    with pytest.raises(UsageError) as caught:
        two.rollback("v0.3.0")
    assert caught.value.fix.endswith("; or add --force")
    with pytest.raises(OpsError, match="answered 500"):
        two.rollback("v0.3.0", force=True)
    assert "version 0.2.0" in two.page("/outreach")


def test_force_asks_a_version_that_never_passed_before_its_alias_moves(two: Site) -> None:
    with pytest.raises(OpsError, match="answered 500"):
        two.deploy(two.build("0.3.0", status=500))
    before = len(two.aws.writes)
    with pytest.raises(OpsError, match="answered 500") as caught:
        two.rollback("v0.3.0", force=True)
    assert int(caught.value.exit_code) == 4
    assert not [write for write in two.aws.writes[before:] if write.startswith("UpdateAlias")]
    assert "version 0.2.0" in two.page("/outreach")


def test_a_public_file_that_is_lost_is_put_back(two: Site) -> None:
    del two.aws.s3.objects[f"{PUBLIC}/notes.txt"]
    two.rollback("v0.1.0")
    assert two.served(f"{PUBLIC}/notes.txt") == "notes of 0.1.0"


def test_the_plan_of_a_rollback_writes_nothing_not_even_the_lease(two: Site) -> None:
    before = len([call for call in two.aws.calls if call.writes])
    assert two.rollback(plan_only=True) is False
    assert len([call for call in two.aws.calls if call.writes]) == before


def test_the_ledger_keeps_the_name_under_which_a_restored_release_is_described(two: Site) -> None:
    two.rollback("v0.1.0")
    assert two.ledger[-1].artifact_key == two.ledger[0].artifact_key


def test_another_operators_work_is_waited_for_not_overwritten(two: Site) -> None:
    theirs = Lease("theirs", time.time() + 60, "somebody", "else", "", "deploy", "", {"stage": "alias"})
    assert two.door.leases.take(theirs, two.door.leases.read(), time.time() + 1)
    with pytest.raises(LockedError, match="somebody@else"):
        two.rollback("v0.1.0")
    assert two.door.leases.read() == theirs
    assert two.live["server"] == "3"


def test_shared_variables_that_changed_since_are_no_release_to_go_back_from(
    two: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    change.change(two.desk, {"AUTH_SECRET": "rotated-at-the-parent"}, "change")
    two.rollback()
    assert "passed over: version 3, which differs from what is live in" in capsys.readouterr().out
    assert "version 0.1.0" in two.page("/outreach")
    assert two.variables["AUTH_SECRET"] == "rotated-at-the-parent"


def test_release_variables_that_broke_the_site_are_what_a_rollback_takes_back(two: Site) -> None:
    made = two.build("0.3.0")
    two.deploy(made, {**VARIABLES, "FEATURE": "works"})
    two.deploy(made, {**VARIABLES, "FEATURE": "broken"})
    two.rollback()
    assert "version 0.3.0" in two.page("/outreach")
    assert two.variables["FEATURE"] == "works"
    # Typed again, it goes one further back.
    two.rollback()
    assert "version 0.2.0" in two.page("/outreach")


def test_a_rollback_over_release_variables_goes_by_the_secrets_that_changed_since(two: Site) -> None:
    made = two.build("0.3.0")
    two.deploy(made, {**VARIABLES, "FEATURE": "works"})
    two.deploy(made, {**VARIABLES, "FEATURE": "broken"})
    change.change(two.desk, {"AUTH_SECRET": "rotated-at-the-parent"}, "change")
    two.rollback()
    assert "version 0.3.0" in two.page("/outreach")
    assert (two.variables["FEATURE"], two.variables["AUTH_SECRET"]) == ("works", "rotated-at-the-parent")


def test_a_secret_that_is_rotated_after_a_rollback_does_not_make_what_was_left_the_way_back(
    two: Site,
) -> None:
    two.released("0.3.0")
    two.rollback("v0.2.0")
    change.change(two.desk, {"AUTH_SECRET": "rotated-at-the-parent"}, "change")
    two.rollback()
    assert "version 0.1.0" in two.page("/outreach")


def test_a_rollback_after_one_in_the_console_does_not_return_to_what_was_left(two: Site) -> None:
    two.released("0.3.0")
    for role in ROLES:
        two.aws.lambda_.functions[role].aliases["live"].version = "3"
    assert resume(two.desk, "resume", 0)
    two.rollback()
    assert "version 0.1.0" in two.page("/outreach")


@pytest.mark.parametrize("moved", [("server",), ("image", "server")])
def test_a_rollback_after_a_part_of_one_in_the_console_makes_that_release_whole(
    two: Site, moved: tuple[Role, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    two.deploy(two.build("0.3.0", image="a third image"))
    for role in moved:
        two.aws.lambda_.functions[role].aliases["live"].version = two.ledger[1].versions[role]
    assert resume(two.desk, "resume", 0)
    (drift,) = status.look(two.door, two.settings).drift
    assert "not those of one release" in drift
    assert rows(two.door.ledger.entries(), two.read().versions, "live")[0].alias == "live"
    two.rollback()
    assert "makes that whole" in capsys.readouterr().out
    assert two.read().versions == two.ledger[1].versions
    assert two.page("/outreach/notes.txt") == "notes of 0.2.0"
    two.rollback()
    assert "version 0.1.0" in two.page("/outreach")


def test_a_rollback_to_what_the_console_went_back_to_restores_its_public_files(two: Site) -> None:
    for role in ROLES:
        two.aws.lambda_.functions[role].aliases["live"].version = "2"
    assert two.page("/outreach/notes.txt") == "notes of 0.2.0"
    two.rollback(version=2)
    assert two.page("/outreach/notes.txt") == "notes of 0.1.0"


def test_a_rollback_to_the_code_that_is_live_with_the_same_variables_takes_no_lease(two: Site) -> None:
    change.change(two.desk, {"AUTH_SECRET": "rotated-at-the-parent"}, "change")
    before = len([call for call in two.aws.calls if call.writes])
    assert two.rollback(version=3) is False
    assert len([call for call in two.aws.calls if call.writes]) == before


@pytest.mark.parametrize(
    ("pruned", "says"), [([1], "was pruned meanwhile"), ([], "the bucket lacks 1 files")]
)
def test_what_another_command_has_deleted_meanwhile_is_not_taken_for_there(
    two: Site, pruned: list[int], says: str
) -> None:
    theirs = dataclasses.replace(two.ledger[-1], kind="prune", pruned=pruned)

    def delete(call: Call) -> None:
        # While the lease is taken: between what was read first and what is read under it.
        if call.operation == "PutItem":
            at = (two.settings.host, 3)
            two.aws.dynamodb.items.setdefault(at, record(two.settings.host, 3, dataclasses.asdict(theirs)))
            two.aws.s3.objects.pop(f"{STATIC}/main-0.1.0.js", None)

    lasting = two.aws.s3.objects[f"{STATIC}/main-0.1.0.js"]
    two.aws.before.append(delete)
    with pytest.raises(OpsError, match=says):
        two.rollback("v0.1.0")
    assert lasting not in two.aws.s3.objects.values()
    assert two.live["server"] == "3"
