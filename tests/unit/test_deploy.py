"""A deploy on a strict account in memory: what is written when, and what visitors see meanwhile."""

from __future__ import annotations

import traceback

import pytest

from fakes.builds import PUBLIC
from fakes.client import Call
from fakes.site import VARIABLES, Site
from outreach_ops.builds.artifact import CACHE_CONTROL
from outreach_ops.errors import OpsError


def test_deploy_writes_files_code_aliases_public_files_invalidation_and_ledger_in_this_order(
    site: Site,
) -> None:
    site.deploy(site.build("0.1.0"))
    writes = site.aws.writes
    files = [at for at, write in enumerate(writes) if write.startswith("PutObject _")]
    code = [at for at, write in enumerate(writes) if "Function" in write or "Publish" in write]
    aliases = min(at for at, write in enumerate(writes) if write.startswith("UpdateAlias"))
    assert max(files + code) < aliases
    beside = {f"UpdateAlias {role}" for role in ("initialization", "revalidation", "image")}
    assert set(writes[aliases : aliases + 3]) == beside
    assert writes[aliases + 3 :] == [
        "UpdateAlias server",
        f"CopyObject {PUBLIC}/notes.txt",
        f"CopyObject {PUBLIC}/same.txt",
        "CreateInvalidation ESITE",
        "TransactWriteItems",
    ]


@pytest.mark.parametrize("role", ["image", "server"])
def test_a_function_gets_code_then_variables_and_is_published_last(site: Site, role: str) -> None:
    site.deploy(site.build("0.1.0"))
    assert [write.split()[0] for write in site.aws.writes if write.endswith(f" {role}")] == [
        "UpdateFunctionCode",
        "UpdateFunctionConfiguration",
        "PublishVersion",
        "UpdateAlias",
    ]


def test_every_file_that_a_page_names_is_there_whenever_the_page_is(site: Site) -> None:
    site.released("0.1.0")
    seen: list[str] = []

    def browse(call: Call) -> None:
        if call.writes:
            # A query of its own: no edge has a copy of it.
            page = site.page(f"/outreach?visit={len(seen)}")
            seen.append(page)
            for part in page.split('src="')[1:]:
                assert site.viewer.fetch(part.split('"')[0]).status == 200

    site.aws.after.append(browse)
    site.deploy(site.build("0.2.0"))
    assert [page[:16] for page in seen] == sorted(page[:16] for page in seen)
    assert "version 0.2.0" in seen[-1]


def test_live_is_a_published_version_whose_files_are_all_in_the_bucket_as_built(site: Site) -> None:
    made = site.released("0.1.0").artifact
    function = site.aws.lambda_.functions["server"]
    assert site.live == {"image": "2", "server": "2"}
    assert function.versions["2"].description == f"v0.1.0 ({made.commit[:7]})"
    stored = site.aws.s3.objects
    assert {asset.key: stored[asset.key].etag for asset in made.assets} == {
        asset.key: f'"{asset.md5}"' for asset in made.assets
    }


def test_a_bucket_that_a_kms_key_encrypts_by_default_holds_files_whose_etag_is_their_hash(site: Site) -> None:
    site.aws.s3.encryption = "aws:kms"
    made = site.released("0.1.0").artifact
    site.released("0.2.0")
    site.rollback("v0.1.0")
    assert {each.key: site.aws.s3.objects[each.key].etag for each in made.assets} == {
        each.key: f'"{each.md5}"' for each in made.assets
    }


def test_no_public_file_is_overwritten_before_the_alias_moves(site: Site) -> None:
    site.released("0.1.0")
    notes: dict[str, set[str]] = {}

    def look(call: Call) -> None:
        if call.writes:
            notes.setdefault(site.live["server"], set()).add(site.served(f"{PUBLIC}/notes.txt"))

    site.aws.after.append(look)
    site.deploy(site.build("0.2.0"))
    assert notes["2"] == {"notes of 0.1.0"}
    assert "notes of 0.2.0" in notes["3"]


def test_nobody_gets_a_stale_page_or_public_file_after_a_deploy(site: Site) -> None:
    paths = ("/outreach", "/outreach/notes.txt")
    site.released("0.1.0")

    def browse(call: Call) -> None:
        if call.operation != "CreateInvalidation":
            for path in paths:
                site.page(path)

    site.aws.before.append(browse)
    site.deploy(site.build("0.2.0"))
    assert all("0.2.0" in site.page(path) for path in paths)


def test_files_carry_the_headers_of_their_kind(site: Site) -> None:
    for asset in site.released("0.1.0").artifact.assets:
        stored = site.aws.s3.objects[asset.key]
        assert (stored.cache_control, stored.content_type) == (CACHE_CONTROL[asset.kind], asset.content_type)


def test_only_what_the_bucket_lacks_is_uploaded(site: Site) -> None:
    site.released("0.1.0")
    before = len(site.aws.writes)
    site.deploy(site.build("0.2.0"))
    uploaded = [write for write in site.aws.writes[before:] if write.startswith("PutObject _assets")]
    assert uploaded == ["PutObject _assets/outreach-static/_next/static/main-0.2.0.js"]


def test_an_unchanged_function_is_neither_published_nor_moved(site: Site) -> None:
    site.released("0.1.0")
    before = len(site.aws.writes)
    site.deploy(site.build("0.2.0"))
    assert [write for write in site.aws.writes[before:] if write.endswith(" image")] == []
    assert site.live == {"image": "2", "server": "3"}


def test_a_second_deploy_of_the_same_plans_nothing_and_writes_nothing(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    made = site.released("0.1.0")
    before = site.aws.writes
    assert site.plan(made).plan.nothing
    assert site.deploy(made) is False
    assert site.aws.writes == before
    assert f"that is {made.artifact.label}, so nothing was changed" in capsys.readouterr().out


def test_changed_variables_are_a_release_of_the_same_code(site: Site) -> None:
    made = site.released("0.1.0")
    before = len(site.aws.writes)
    site.deploy(made, {**VARIABLES, "FEATURE": "on"})
    assert site.variables["FEATURE"] == "on"
    assert site.live == {"image": "2", "server": "3"}
    assert "UpdateFunctionCode server" not in site.aws.writes[before:]


def test_variables_are_merged_over_those_of_live_not_of_latest(site: Site) -> None:
    made = site.released("0.1.0")
    function = site.aws.lambda_.functions["server"]
    function.versions["2"].variables["SET_BY_HAND"] = "kept"
    function.latest.variables["LEFT_OVER"] = "of a failed deploy"
    site.deploy(made, {**VARIABLES, "FEATURE": "on"})
    assert site.variables["SET_BY_HAND"] == "kept"
    assert "LEFT_OVER" not in site.variables


def test_weights_that_somebody_left_on_the_alias_are_cleared(site: Site) -> None:
    made = site.released("0.1.0")
    site.aws.lambda_.functions["server"].aliases["live"].weights = {"1": 0.1}
    site.deploy(made)
    assert site.aws.lambda_.functions["server"].aliases["live"].weights == {}


def test_a_deploy_ends_well_only_when_the_alias_is_seen_at_the_new_version(site: Site) -> None:
    def move_away(call: Call) -> None:
        if call.operation == "TransactWriteItems":
            site.aws.lambda_.UpdateAlias("server", "live", FunctionVersion="1")

    site.aws.after.append(move_away)
    with pytest.raises(OpsError, match="points to 1, not to 2 alone: somebody else has moved it"):
        site.deploy(site.build("0.1.0"))


def test_the_ledger_says_what_was_released_and_what_is_live(site: Site) -> None:
    made = site.released("0.1.0").artifact
    (entry,) = site.ledger
    assert (entry.kind, entry.status, entry.cause, entry.restores) == ("release", "ok", None, None)
    assert (entry.version, entry.commit, entry.build_id) == (made.version, made.commit, made.build_id)
    assert (entry.live_server_version, entry.live_image_version) == ("2", "2")
    assert (entry.server_version, entry.image_version) == ("2", "2")
    assert entry.further_versions == {"revalidation": "2", "initialization": "2"}
    assert entry.live_further_versions == entry.further_versions
    assert entry.started <= entry.finished
    assert set(entry.seconds) == {
        *("paths", "files", "publish", "tags", "test", "alias"),
        *("settle", "variables", "public", "invalidate", "verify", "watch"),
    }


def test_the_last_entry_of_the_ledger_explains_the_alias(site: Site) -> None:
    for version in ("0.1.0", "0.2.0", "0.3.0"):
        site.released(version)
        assert site.ledger[-1].live_server_version == site.live["server"]
    site.rollback("v0.1.0")
    assert site.ledger[-1].live_server_version == site.live["server"] == "2"
    assert [entry.version for entry in site.ledger] == ["0.1.0", "0.2.0", "0.3.0", "0.1.0"]


def test_no_secret_shows_in_what_is_printed_planned_recorded_or_raised(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = "s3cret-of-the-parent"
    site.released("0.1.0")
    too_long = {**VARIABLES, "FEATURE": "f" * 5000, "PHONE": "phone-that-is-private"}
    with pytest.raises(OpsError) as caught:
        site.deploy(site.build("0.2.0"), too_long)
    work = site.plan(site.build("0.3.0"), too_long)
    shown = [
        capsys.readouterr().out,
        repr(work),
        repr(work.plan),
        repr(site.aws.dynamodb.items),
        "".join(traceback.format_exception(caught.value)),
    ]
    assert site.variables["AUTH_SECRET"] == secret
    for text in shown:
        assert secret not in text
        assert "phone-that-is-private" not in text
        assert "fffff" not in text


def test_settings_that_provisioning_changed_reach_users_with_the_next_deploy(site: Site) -> None:
    made = site.released("0.1.0")
    site.aws.lambda_.functions["server"].latest.shell = {"MemorySize": 2048}
    assert site.deploy(made) is True
    assert site.live == {"image": "2", "server": "3"}
    traced = {"MemorySize": 2048, "TracingConfig": {"Mode": "Active"}}
    site.aws.lambda_.functions["server"].latest.shell = traced
    assert site.deploy(made) is True
    assert site.live == {"image": "2", "server": "4"}
    assert site.deploy(made) is False


def test_an_image_alias_that_somebody_moved_meanwhile_is_seen_too(site: Site) -> None:
    def move_away(call: Call) -> None:
        if call.operation == "TransactWriteItems":
            site.aws.lambda_.UpdateAlias("image", "live", FunctionVersion="1")

    site.aws.after.append(move_away)
    with pytest.raises(OpsError, match="of image points to 1, not to 2 alone"):
        site.deploy(site.build("0.1.0"))


def test_a_move_that_is_repeated_because_its_answer_was_lost_stands(site: Site) -> None:
    landed: list[Call] = []

    def land_before(call: Call) -> None:
        if call.operation == "UpdateAlias" and call not in landed:
            landed.append(call)
            site.aws.lambda_.UpdateAlias(
                call.params["FunctionName"], "live", FunctionVersion=call.params["FunctionVersion"]
            )

    site.aws.before.append(land_before)
    site.released("0.1.0")
    assert len(landed) == 4
    assert site.live == {"image": "2", "server": "2"}


def test_variables_that_may_not_be_read_are_not_taken_for_none(site: Site) -> None:
    made = site.released("0.1.0")
    site.aws.lambda_.functions["server"].behind("live").hidden = True
    with pytest.raises(OpsError, match="KMSAccessDeniedException"):
        site.deploy(made, {})
