"""Which release an operator means, and what is said when there is none such."""

from __future__ import annotations

import dataclasses

import pytest

from outreach_ops.errors import OpsError, UsageError
from outreach_ops.release.choice import Choice, choose
from outreach_ops.roles import Role
from outreach_ops.site.ledger import Entry, Numbered, Status


def entry(number: int, version: str, server: str, status: Status = "ok") -> Numbered:
    """One ledger entry, as far as choosing looks at it."""
    made = Entry(
        kind="release",
        status=status,
        version=version,
        commit="abc",
        description=f"v{version} (abc)",
        build_id=f"build {version}",
        artifact_key=f"_releases/{version}.json",
        server_version=server,
        image_version="1",
        live_server_version=server,
        live_image_version="1",
        operator="somebody",
        started="",
        finished="",
    )
    return Numbered(number, made)


LIVE: dict[Role, str] = {"server": "6", "image": "1"}
NEWEST_FIRST = [
    entry(4, "0.1.3", "8", "rolled back"),
    entry(3, "0.1.2", "7", "failed"),
    entry(2, "0.1.1", "6"),
    entry(1, "0.1.0", "5"),
]


@pytest.mark.parametrize("choice", [Choice(version=5), Choice(tag="v0.1.0")])
def test_a_release_is_chosen_by_version_or_by_tag(choice: Choice) -> None:
    assert [item.number for item in choose(NEWEST_FIRST, LIVE, choice, "staging")] == [1]


@pytest.mark.parametrize(
    "choice",
    [
        Choice(version=5, tag="v0.1.0"),
        Choice(version=9),
        Choice(version=0),
        Choice(tag="v9.9.9"),
        Choice(tag="0.1.0"),
        Choice(version=7),
        Choice(tag="v0.1.3"),
    ],
    ids=["both", "unknown version", "version 0", "unknown tag", "no v", "failed", "rolled back"],
)
def test_any_other_choice_is_refused_with_a_list_of_what_there_is(choice: Choice) -> None:
    with pytest.raises(UsageError) as caught:
        choose(NEWEST_FIRST, LIVE, choice, "staging")
    others = "choose one of: --version 5 (v0.1.0 (abc))"
    assert caught.value.fix.removesuffix("; or add --force") == others


def test_a_site_without_a_release_says_so() -> None:
    with pytest.raises(UsageError, match=r"staging has no proven release with tag v0\.1\.0") as caught:
        choose([], LIVE, Choice(tag="v0.1.0"), "staging")
    assert caught.value.fix == "deploy first: there is no other release yet"


def test_the_newest_of_the_releases_that_share_a_version_is_chosen_by_that_version() -> None:
    shared = [entry(2, "0.1.1", "5"), entry(1, "0.1.0", "5")]
    assert [item.number for item in choose(shared, LIVE, Choice(version=5), "staging")] == [2]


def test_each_of_the_releases_that_share_a_version_is_chosen_by_its_tag() -> None:
    shared = [entry(2, "0.1.1", "5"), entry(1, "0.1.0", "5")]
    assert [item.number for item in choose(shared, LIVE, Choice(tag="v0.1.0"), "staging")] == [1]


def test_the_newest_of_the_releases_with_the_same_tag_is_chosen() -> None:
    again = [entry(2, "0.1.0", "6"), entry(1, "0.1.0", "5")]
    assert [item.number for item in choose(again, LIVE, Choice(tag="v0.1.0"), "staging")] == [2]


def test_a_release_that_failed_once_and_passed_later_can_be_chosen() -> None:
    later = [entry(2, "0.1.0", "5"), dataclasses.replace(entry(1, "0.1.0", "5", "failed"))]
    assert [item.number for item in choose(later, LIVE, Choice(version=5), "staging")] == [2]


@pytest.mark.parametrize("choice", [Choice(version=7), Choice(tag="v0.1.3")])
def test_a_release_that_never_passed_is_chosen_by_force_alone(choice: Choice) -> None:
    with pytest.raises(UsageError) as caught:
        choose(NEWEST_FIRST, LIVE, choice, "staging")
    assert caught.value.fix.endswith("; or add --force")
    (forced,) = choose(NEWEST_FIRST, LIVE, dataclasses.replace(choice, force=True), "staging")
    assert forced.entry.status != "ok"


def test_force_takes_what_has_passed_before_what_has_not() -> None:
    both = [entry(2, "0.1.0", "6", "failed"), entry(1, "0.1.0", "5")]
    (chosen,) = choose(both, LIVE, Choice(tag="v0.1.0", force=True), "staging")
    assert chosen.number == 1


def test_what_has_no_version_cannot_be_forced() -> None:
    unpublished = [entry(1, "0.1.0", "", "failed")]
    with pytest.raises(UsageError, match="no proven release"):
        choose(unpublished, LIVE, Choice(tag="v0.1.0", force=True), "staging")


def test_nothing_is_older_than_the_first_release() -> None:
    only = [entry(1, "0.1.0", "5")]
    with pytest.raises(OpsError, match="nothing older than what is live passed its checks") as caught:
        choose(only, {"server": "5", "image": "1"}, Choice(), "staging")
    assert int(caught.value.exit_code) == 4
    assert caught.value.live == "v0.1.0 (abc), unchanged"
    # What is live is no release to go back to.
    assert caught.value.fix == "deploy first: there is no other release yet"
