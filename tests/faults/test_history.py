"""Any history of operators, crashes, frozen machines, refusals and console moves keeps a site whole."""

from __future__ import annotations

import base64
import contextlib
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from fakes.builds import PUBLIC, Build
from fakes.client import Call, Line, RefusedError
from fakes.objects import Stored
from fakes.site import Site
from outreach_ops.errors import OpsError
from outreach_ops.release.operation import resume
from outreach_ops.site import ledger
from outreach_ops.site.ledger import Entry
from support.histories import walk

WAIT_SECONDS = 10
FOREIGN = ("_assets/outreach-static/theirs.js", Stored(b"SleepConnect's", "text/plain", ""))
CLOCKS = {"ann": 0.0, "bob": 8.0}
"""How far each operator's clock is ahead at first."""
JUMPS = st.sampled_from([0, 0, -240, 240])
"""How far a clock may be put wrong: AWS refuses what was signed more than five minutes off."""

OPERATORS = st.sampled_from(sorted(CLOCKS))
COMMANDS = st.sampled_from(["deploy", "deploy again", "rollback", "prune", "resume"])
CALLS = st.integers(1, 60)
Work = tuple[Callable[[Site], object], str]
"""What an operator does, and the version that is live when it is done; empty for any."""


class KilledError(BaseException):
    """The process is gone: nothing that it would still do happens."""


class Machine:
    """Where one operator works: at any call of AWS it may be ended or frozen, or the call be refused."""

    def __init__(self, site: Site, clock: Callable[[], float]) -> None:
        self._aws, self._lock = site.aws, threading.Lock()
        self.line = Line.to(self._answer)
        self.site = site.colleague(self.line, clock)
        self.frozen, self.thawed = threading.Event(), threading.Event()
        self.behave()

    def behave(self, trouble: str = "", at: int = 0) -> None:
        """What happens at call number `at`: killed before, killed after, frozen, refused, or nothing."""
        self._trouble, self._at, self._made, self._dead = trouble, at, 0, False
        self.frozen.clear()
        self.thawed.clear()

    def _answer(self, call: Call) -> Mapping[str, Any]:
        with self._lock:
            self._made += 1
            here = self._made == self._at
            if self._dead or (here and self._trouble == "killed before"):
                self._dead = True
                raise KilledError
        if here and self._trouble == "refused" and call.writes:
            raise RefusedError("AccessDeniedException", "made up")
        if here and self._trouble == "frozen":
            self.frozen.set()
            assert self.thawed.wait(WAIT_SECONDS)
        answer = self._aws.answer(call)
        if here and self._trouble == "killed after":
            self._dead = True
            raise KilledError
        return answer


class History(RuleBasedStateMachine):
    """What operators, machines and AWS may do to a site, and what holds after each of these."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.site = Site(Path(self.folder.name))
        self.now, self.releases = time.time(), 0
        self.ahead = dict(CLOCKS)
        self.machines = {name: Machine(self.site, self._clock(name)) for name in CLOCKS}
        self.builds: dict[str, Build] = {}
        self.recorded: list[Entry] = []
        self.site.aws.s3.objects[FOREIGN[0]] = FOREIGN[1]
        self.site.aws.before.append(self._watch)

    def _clock(self, name: str) -> Callable[[], float]:
        return lambda: self.now + self.ahead[name]

    @initialize()
    def first_release(self) -> None:
        self._carry_out(self.machines["ann"], self._work("deploy", 0))

    @rule(who=OPERATORS, command=COMMANDS, choice=st.integers(0, 5))
    def command(self, who: str, command: str, choice: int) -> None:
        """A command that nothing disturbs; it may be refused, but must not break."""
        self._carry_out(self.machines[who], self._work(command, choice))

    @rule(
        who=OPERATORS,
        command=COMMANDS,
        choice=st.integers(0, 5),
        trouble=st.sampled_from(["killed before", "killed after", "refused"]),
        at=CALLS,
    )
    def troubled(self, who: str, command: str, choice: int, trouble: str, at: int) -> None:
        """A command whose process ends at a call, or to which AWS refuses one."""
        machine = self.machines[who]
        machine.behave(trouble, at)
        with contextlib.suppress(KilledError):
            self._carry_out(machine, self._work(command, choice))
        machine.behave()

    @rule(
        who=OPERATORS,
        commands=st.tuples(COMMANDS, COMMANDS),
        choice=st.integers(0, 5),
        at=CALLS,
        seconds=st.sampled_from([1, 30, 100]),
        jump=JUMPS,
    )
    def frozen(
        self, who: str, commands: tuple[str, str], choice: int, at: int, seconds: int, jump: int
    ) -> None:
        """A machine stops in the middle of a command, another operator works meanwhile, and it goes on.

        Its clock may have been set meanwhile.
        """
        (other,) = CLOCKS.keys() - {who}
        machine, colleague = self.machines[who], self.machines[other]
        works = [self._work(command, choice) for command in commands]
        machine.behave("frozen", at)
        failed: list[BaseException] = []

        def run() -> None:
            try:
                # What it has made live need not be so any more when it goes on.
                self._carry_out(machine, (works[0][0], ""))
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        while thread.is_alive() and not machine.frozen.wait(0.002):
            pass
        self.now += seconds
        self._carry_out(colleague, works[1])
        self.clock_jumps(who, jump)
        machine.thawed.set()
        thread.join(WAIT_SECONDS)
        assert not thread.is_alive()
        machine.behave()
        if failed:
            raise failed[0]

    @rule(choice=st.integers(0, 5))
    def moved_in_the_console(self, choice: int) -> None:
        """Somebody points both aliases to a release in the console: what the runbook says for emergencies."""
        proven = ledger.releases(self.site.door.ledger.entries())
        entry = proven[choice % len(proven)].entry
        for name, version in (("image", entry.image_version), ("server", entry.server_version)):
            self.site.aws.lambda_.UpdateAlias(name, "live", version)

    @rule(who=OPERATORS, jump=JUMPS)
    def clock_jumps(self, who: str, jump: int) -> None:
        """Somebody, or something, sets an operator's clock."""
        self.ahead[who] = CLOCKS[who] + jump

    @rule(seconds=st.sampled_from([20, 100, 3600, 40 * 86400]))
    def time_passes(self, seconds: int) -> None:
        """Leases end."""
        self.now += seconds

    @invariant()
    def live_is_one_published_release_with_its_files(self) -> None:
        for name in ("server", "image"):
            function = self.site.aws.lambda_.functions[name]
            alias = function.aliases["live"]
            assert alias.version in function.versions
            assert not alias.weights
        for asset in self._live().of_kind("hashed") if self._live() else ():
            assert self._stored(asset.key) == asset.md5

    @invariant()
    def the_ledger_is_append_only(self) -> None:
        entries = self.site.ledger
        assert entries[: len(self.recorded)] == self.recorded
        self.recorded = entries

    @invariant()
    def what_can_be_rolled_back_to_is_whole(self) -> None:
        functions = self.site.aws.lambda_.functions
        for item in ledger.releases(self.site.door.ledger.entries()):
            made = self.builds[item.entry.version].artifact
            assert item.entry.server_version in functions["server"].versions
            assert item.entry.image_version in functions["image"].versions
            assert {made.server.key, made.image.key, item.entry.artifact_key} <= set(self.site.aws.s3.objects)
            for asset in made.of_kind("hashed", "public"):
                assert self._stored(asset.stored_key) == asset.md5

    @invariant()
    def objects_of_others_are_there(self) -> None:
        assert self.site.aws.s3.objects[FOREIGN[0]] == FOREIGN[1]

    @invariant()
    def a_finished_site_is_explained_and_one_release(self) -> None:
        seen = self.site.read()
        live = self._live()
        if seen.unfinished or not seen.explained or live is None:
            return
        images = self.site.aws.lambda_.functions["image"]
        assert images.behind("live").code_sha256 == _base64(live.image.sha256)
        # A move in the console takes no public files along, nor does what fails before it changes anything.
        changes = [each for each in self.site.ledger if each.status != "failed" and each.kind != "prune"]
        if changes[-1].kind != "observed":
            assert self.site.served(f"{PUBLIC}/notes.txt") == f"notes of {live.version}"

    def teardown(self) -> None:
        """Whatever has happened: one command later it is clean, and a second one changes nothing."""
        try:
            self.now += 1000
            ann = self.machines["ann"].site
            resume(ann.desk, "resume", 0)
            made = self._build()
            assert ann.deploy(made)
            assert self._live() == made.artifact
            self.a_finished_site_is_explained_and_one_release()
            before = len(self.site.aws.writes)
            assert not ann.deploy(made)
            assert len(self.site.aws.writes) == before
        finally:
            for machine in self.machines.values():
                machine.line.close()
            self.site.aws.close()
            self.folder.cleanup()

    def _work(self, command: str, choice: int) -> Work:
        entries = self.site.door.ledger.entries()
        proven = ledger.releases(entries)
        match command:
            case "deploy":
                made = self._build()
                return (lambda site: site.deploy(made)), made.artifact.version
            case "deploy again":
                again = list(self.builds.values())[choice % len(self.builds)]
                return (lambda site: site.deploy(again)), again.artifact.version
            case "rollback" if proven:
                version = proven[choice % len(proven)].entry.version
                return (lambda site: site.rollback(f"v{version}")), version
            case "prune":
                return (lambda site: site.prune(1 + choice % 3)), ""
        return (lambda site: resume(site.desk, "resume", 0)), ""

    def _build(self) -> Build:
        self.releases += 1
        version = f"0.{self.releases}.0"
        # Every other release leaves the image function as it was.
        self.builds[version] = self.site.build(version, image=f"image {self.releases // 2}")
        return self.builds[version]

    def _carry_out(self, machine: Machine, work: Work) -> None:
        """Done means live as asked for; failed says what is live."""
        act, version = work
        try:
            act(machine.site)
        except OpsError as error:
            assert error.exit_code in (2, 3, 4, 5, 6)
        else:
            live = self._live()
            assert live is not None
            assert live.version == (version or live.version)

    def _watch(self, call: Call) -> None:
        """No public file changes before the alias: what is copied is always that of what is live."""
        if call.operation == "CopyObject" and call.params["Key"].startswith(PUBLIC):
            live = self._live()
            assert live is None or call.params["CopySource"].rpartition("/")[2] in {
                asset.sha256 for asset in live.of_kind("public")
            }

    def _live(self) -> Any:
        code = self.site.aws.lambda_.functions["server"].behind("live").code_sha256
        found = (build.artifact for build in self.builds.values())
        return next((made for made in found if _base64(made.server.sha256) == code), None)

    def _stored(self, key: str) -> str | None:
        stored = self.site.aws.s3.objects.get(key)
        return None if stored is None else stored.etag.strip('"')


def _base64(sha256: str) -> str:
    return base64.b64encode(bytes.fromhex(sha256)).decode()


def test_any_history_keeps_the_site_whole(request: pytest.FixtureRequest, capsys: Any) -> None:
    walk(History, request, few=25, many=1000)
