"""Going back follows a stack: any history of a site, beside a plain list of what somebody would remember."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import hypothesis.strategies as st
import pytest
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from fakes.builds import Build
from fakes.functions import Function
from fakes.site import VARIABLES, Site
from outreach_ops.errors import OpsError
from outreach_ops.release import change
from outreach_ops.release.operation import resume
from outreach_ops.roles import ROLES, Role
from outreach_ops.site import status
from support.histories import walk

Release = tuple[str, str]
"""What a rollback brings back: the version of the application, and its one release variable."""


class Level(NamedTuple):
    """A release where it stands on the stack: a version that is deployed again later stands there twice."""

    release: Release
    place: int


class Record(NamedTuple):
    """A verified release of the ledger: its number there, its level, the version of each function."""

    number: int
    level: Level
    versions: Mapping[Role, str]


NUMBERS = st.integers(0, 9)
FEATURES = st.sampled_from(["on", "off"])
SOME_ROLES = st.sets(st.sampled_from(ROLES), min_size=1, max_size=len(ROLES))


class GoingBack(RuleBasedStateMachine):
    """Commands of operators and moves in the console; `stack` is the model, its last item is live."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.site = Site(Path(self.folder.name))
        self.stack: list[Level | None] = []
        self.builds: dict[str, Build] = {}
        self.records: list[Record] = []
        self.pruned: set[int] = set()
        self.secret, self.seen_entries, self.seen_versions, self.grown = 0, 0, self.versions, False

    @property
    def versions(self) -> Mapping[Role, str]:
        """Where the aliases point."""
        return {role: function.aliases["live"].version for role, function in self._functions()}

    @initialize(feature=FEATURES)
    def first_release(self, feature: str) -> None:
        self.release(feature)

    @rule(feature=FEATURES)
    def release(self, feature: str) -> None:
        """A new version goes live."""
        version = f"0.{len(self.builds)}.0"
        self.builds[version] = self.site.build(version, image=f"image {len(self.builds) // 2}")
        self._deploy((version, feature))

    @rule(number=NUMBERS, feature=FEATURES)
    def release_again(self, number: int, feature: str) -> None:
        """A version that went live before is deployed again, with this or another release variable."""
        self._deploy((list(self.builds)[number % len(self.builds)], feature))

    @rule(status=st.sampled_from([{"status": 500}, {"edge_status": 500}]))
    def failed_release(self, status: Mapping[str, int]) -> None:
        """A release fails before its aliases move, or after."""
        broken = self.site.build(f"9.{len(self.site.ledger)}.0", **status)
        error = self._run(lambda: self.site.deploy(broken, self._variables("on")))
        assert error is not None

    @rule()
    def shared_variable(self) -> None:
        """A secret of the outside world changes, which no rollback brings back."""
        if self._model()[-1] is None:
            return
        self.secret += 1
        values = {"AUTH_SECRET": f"secret-number-{self.secret}"}
        assert self._run(lambda: change.change(self.site.desk, values, "change")) is None
        self._record()

    @rule()
    def rollback(self) -> None:
        """A rollback without a name pops."""
        expected = self._previous()
        error = self._run(self.site.rollback)
        if expected is None:
            assert error is not None
            assert int(error.exit_code) == 4
        else:
            assert error is None
            self._moved_to(expected)

    @rule(number=NUMBERS)
    def rollback_by_name(self, number: int) -> None:
        """A rollback by name pops down to that release, or puts it in the place of the top."""
        version = list(self.builds)[number % len(self.builds)]
        records = [record for record in self._usable() if record.level.release[0] == version]
        error = self._run(lambda: self.site.rollback(f"v{version}"))
        if not records:
            assert error is not None
            assert int(error.exit_code) == 2
        else:
            assert error is None
            self._moved_to(records[-1].level)

    @rule(number=NUMBERS, roles=SOME_ROLES, recorded=st.booleans())
    def moved_in_the_console(self, number: int, roles: set[Role], recorded: bool) -> None:
        """Some aliases, or all, are moved to the versions of a release; a command records it, or not yet."""
        there = dict(self._functions())
        usable = self._usable()
        for role in roles:
            there[role].aliases["live"].version = usable[number % len(usable)].versions[role]
        if recorded:
            self._run(lambda: resume(self.site.desk, "resume", 0))

    @rule()
    def moved_to_no_release(self) -> None:
        """Versions that no release made are published in the console, and all aliases are moved to them."""
        for _, function in self._functions():
            alias = function.aliases["live"]
            function.latest.code = f"published by hand after {alias.version}".encode()
            function.latest.variables = dict(function.versions[alias.version].variables)
            alias.version = function.publish("by hand").version

    @rule(keep=st.integers(1, 4))
    def prune(self, keep: int) -> None:
        """What only old releases need is deleted; a prune is refused while live is no release."""
        self._run(lambda: self.site.prune(keep))
        self.pruned |= {number for entry in self.site.ledger for number in entry.pruned}

    @invariant()
    def everybody_names_the_same_release(self) -> None:
        """Status, plan and prune agree with the model."""
        if not self.records:
            return
        previous = self._previous()
        named = status.look(self.site.door, self.site.settings).previous
        assert (named and named.split()[0]) == (previous and f"v{previous.release[0]}")

    def teardown(self) -> None:
        self.site.aws.close()
        self.folder.cleanup()

    def _deploy(self, release: Release) -> None:
        version, feature = release
        assert self._run(lambda: self.site.deploy(self.builds[version], self._variables(feature))) is None
        top = self.stack[-1] if self.stack else None
        if top is None or top.release != release:
            self.stack = [*self.stack, Level(release, len(self.site.ledger))]
        self._record()

    def _moved_to(self, level: Level) -> None:
        self.stack = moved(self.stack, level)
        self._record()

    def _record(self) -> None:
        """Remember the versions of the release that is live now, if the ledger has a new record of it."""
        level, last = self.stack[-1], self.site.ledger[-1]
        assert level is not None
        if self.grown and last.status == "ok":
            assert (last.version, self.site.variables["FEATURE"]) == level.release
            self.records.append(Record(len(self.site.ledger), level, self.versions))

    def _run(self, command: Callable[[], object]) -> OpsError | None:
        """Run a command; what it wrote into the ledger first is a move in the console, if there was one."""
        model = self._model()
        try:
            command()
        except OpsError as error:
            failed: OpsError | None = error
        else:
            failed = None
        entries = self.site.ledger
        new, self.seen_entries = entries[self.seen_entries :], len(entries)
        self.grown = bool(new)
        if self.grown:
            self.stack, self.seen_versions = model, self.versions
        for number, entry in enumerate(new, self.seen_entries - len(new) + 1):
            if entry.kind == "observed" and entry.status == "ok" and model[-1] is not None:
                self.records.append(Record(number, model[-1], entry.versions))
        return failed

    def _model(self) -> list[Level | None]:
        """The stack as it is with a move in the console that no command has seen yet."""
        versions = self.versions
        if versions == self.seen_versions:
            return self.stack
        whole = [record for record in self.records if record.versions == versions]
        if whole:
            return moved(self.stack, whole[-1].level)
        half = [record for record in self._usable() if record.versions["server"] == versions["server"]]
        return [*moved(self.stack, half[-1].level), None] if half else [*self.stack[:-1], None]

    def _previous(self) -> Level | None:
        *below, live = self._model()
        usable = {record.level.release for record in self._usable()}
        older = (level for level in reversed(below) if level is not None and level.release in usable)
        return next((level for level in older if live is None or level.release != live.release), None)

    def _usable(self) -> list[Record]:
        return [record for record in self.records if record.number not in self.pruned]

    def _variables(self, feature: str) -> Mapping[str, str]:
        return {**VARIABLES, "FEATURE": feature, "AUTH_SECRET": f"secret-number-{self.secret}"}

    def _functions(self) -> list[tuple[Role, Function]]:
        return [(role, self.site.aws.lambda_.functions[role]) for role in ROLES]


def moved(stack: list[Level | None], level: Level) -> list[Level | None]:
    """The stack down to `level`, or else down to the same release, or with it in the place of the top."""
    for same in (lambda other: other == level, lambda other: other and other.release == level.release):
        for index in reversed(range(len(stack))):
            if same(stack[index]):
                return stack[: index + 1]
    return [*stack[:-1], level]


@pytest.mark.fault("a release was left by a rollback", "no rollback without a name ever returns to it")
def test_an_unnamed_rollback_never_returns_to_what_somebody_has_left(request: pytest.FixtureRequest) -> None:
    walk(GoingBack, request, few=12, many=200)
