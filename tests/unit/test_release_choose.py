"""Which release an operator means, and what is said when there is none such."""

from __future__ import annotations

import dataclasses

import pytest

from outreach_ops.errors import UsageError
from outreach_ops.ledger import Entry, Numbered, Status
from outreach_ops.rollback import Choice, choose


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


NEWEST_FIRST = [
    entry(4, "0.1.3", "8", "rolled back"),
    entry(3, "0.1.2", "7", "failed"),
    entry(2, "0.1.1", "6"),
    entry(1, "0.1.0", "5"),
]


@pytest.mark.parametrize("choice", [Choice(version=5), Choice(tag="v0.1.0")])
def test_a_release_is_chosen_by_version_or_by_tag(choice: Choice) -> None:
    assert choose(NEWEST_FIRST, choice, "staging").number == 1


@pytest.mark.parametrize(
    "choice",
    [
        Choice(),
        Choice(version=5, tag="v0.1.0"),
        Choice(version=9),
        Choice(version=0),
        Choice(tag="v9.9.9"),
        Choice(tag="0.1.0"),
        Choice(version=7),
        Choice(tag="v0.1.3"),
    ],
    ids=["neither", "both", "unknown version", "version 0", "unknown tag", "no v", "failed", "rolled back"],
)
def test_any_other_choice_is_refused_with_a_list_of_what_there_is(choice: Choice) -> None:
    with pytest.raises(UsageError) as caught:
        choose(NEWEST_FIRST, choice, "staging")
    assert caught.value.fix == "choose one of: --version 6 (v0.1.1 (abc)), --version 5 (v0.1.0 (abc))"


def test_a_site_without_a_release_says_so() -> None:
    with pytest.raises(UsageError, match=r"staging has no proven release with tag v0\.1\.0") as caught:
        choose([], Choice(tag="v0.1.0"), "staging")
    assert caught.value.fix == "deploy first: there is no release yet"


def test_the_newest_of_the_releases_that_share_a_version_is_chosen_by_that_version() -> None:
    shared = [entry(2, "0.1.1", "5"), entry(1, "0.1.0", "5")]
    assert choose(shared, Choice(version=5), "staging").number == 2


def test_each_of_the_releases_that_share_a_version_is_chosen_by_its_tag() -> None:
    shared = [entry(2, "0.1.1", "5"), entry(1, "0.1.0", "5")]
    assert choose(shared, Choice(tag="v0.1.0"), "staging").number == 1


def test_the_newest_of_the_releases_with_the_same_tag_is_chosen() -> None:
    again = [entry(2, "0.1.0", "6"), entry(1, "0.1.0", "5")]
    assert choose(again, Choice(tag="v0.1.0"), "staging").number == 2


def test_a_release_that_failed_once_and_passed_later_can_be_chosen() -> None:
    later = [entry(2, "0.1.0", "5"), dataclasses.replace(entry(1, "0.1.0", "5", "failed"))]
    assert choose(later, Choice(version=5), "staging").number == 2
