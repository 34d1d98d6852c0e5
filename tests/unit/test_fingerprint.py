"""Fingerprints compare values without telling them."""

from __future__ import annotations

from fakes.site import Site
from outreach_ops.variables.fingerprint import LENGTH, Fingerprints, with_key
from outreach_ops.variables.values import KEY_NAME, Environment

KEYED = {KEY_NAME: "k" * 64}


def test_one_key_gives_the_same_fingerprint_on_every_machine() -> None:
    first, second = Fingerprints(KEYED), Fingerprints(Environment(KEYED))
    assert first.of("A", "value") == second.of("A", "value")
    assert first.lasting
    assert len(first.of("A", "value")) == LENGTH


def test_another_key_name_or_value_gives_another_fingerprint() -> None:
    known = Fingerprints(KEYED).of("A", "value")
    others = {
        Fingerprints({KEY_NAME: "l" * 64}).of("A", "value"),
        Fingerprints(KEYED).of("B", "value"),
        Fingerprints(KEYED).of("A", "valuf"),
    }
    assert known not in others
    assert len(others) == 3


def test_without_a_key_fingerprints_are_good_for_one_command_alone() -> None:
    first, second = Fingerprints({}), Fingerprints({})
    assert not first.lasting
    assert first.of("A", "value") == first.of("A", "value") != second.of("A", "value")


def test_the_key_is_made_once_and_stays() -> None:
    made = with_key(Environment({"A": "1"}), {})
    assert len(made[KEY_NAME]) == 64
    assert with_key(Environment({"A": "2"}), made)[KEY_NAME] == made[KEY_NAME]
    assert with_key(Environment({KEY_NAME: "another"}), made)[KEY_NAME] == made[KEY_NAME]


def test_changes_are_names_and_fingerprints_before_and_after() -> None:
    prints = Fingerprints(KEYED)
    said = prints.changes({"A": "1", "B": "1", "C": "1"}, {"B": "1", "C": "2", "D": "3"})
    assert said == (
        f"added D ({prints.of('D', '3')}); "
        f"changed C ({prints.of('C', '1')} -> {prints.of('C', '2')}); "
        f"removed A ({prints.of('A', '1')})"
    )
    assert prints.changes({"A": "1"}, {"A": "1"}) == "unchanged"


def test_the_key_rolls_back_with_nothing(site: Site) -> None:
    site.released("0.1.0")
    site.released("0.2.0")
    site.aws.lambda_.functions["server"].behind("live").variables[KEY_NAME] = "new"
    site.rollback("v0.1.0")
    assert site.variables[KEY_NAME] == "new"
