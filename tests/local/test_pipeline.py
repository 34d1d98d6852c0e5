"""SleepConnect's own pipeline: here, through a real sshd, and as a workflow through a stand-in for gh."""

from __future__ import annotations

import dataclasses
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes.settings import SETTINGS
from outreach_ops.console import Console
from outreach_ops.errors import OpsError, UsageError
from outreach_ops.interrupt import Interrupted, interruptible
from outreach_ops.settings.load import ROOT
from outreach_ops.settings.model import Pipeline, Settings
from outreach_ops.sleepconnect import pipeline, remote, stream, workflow
from outreach_ops.sleepconnect.checkout import Checkout
from outreach_ops.sleepconnect.stream import Lines
from outreach_ops.variables.values import Environment
from support import ssh

FAILS = "echo building; echo it broke >&2; exit 7"
# Its child must be gone too; it says who it is, so that a test can look.
HANGS = "echo $$ > running; (sleep 300) & echo $! >> running; echo started; sleep 300"


def with_pipeline(**changed: Any) -> Settings:
    wanted = Pipeline(**{"runs": "command", "deploy": "true", **changed})
    return dataclasses.replace(
        SETTINGS, sleepconnect=dataclasses.replace(SETTINGS.sleepconnect, pipeline=wanted)
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    folder = tmp_path / "sleep connect"
    folder.mkdir()
    return Checkout(folder, folder / ".env.test")


def gone(pid: int) -> bool:
    """Within a few seconds: the processes of a terminal end when it does, one after the other."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            if "Z" in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]:
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


def pids(folder: Path) -> list[int]:
    """The processes that the hanging pipeline has told of."""
    deadline = time.monotonic() + 20
    file = folder / "running"
    while time.monotonic() < deadline:
        if file.exists() and len(found := file.read_text().split()) == 2:
            return [int(each) for each in found]
        time.sleep(0.05)
    raise AssertionError("it did not start")


def test_a_command_streams_behind_a_prefix_in_the_checkout(
    checkout: Checkout, capfd: pytest.CaptureFixture[str]
) -> None:
    pipeline.run(
        with_pipeline(deploy="pwd; printf 'half\\rwhole\\n'; node --version"), checkout, "deploy", Console()
    )
    said = capfd.readouterr().out.splitlines()
    assert f"sleepconnect | {checkout.path}" in said
    assert "sleepconnect | whole" in said
    assert "invoke sleepconnect.check --env=test" in said[-1]


def test_no_secret_that_it_knows_is_passed_on(
    checkout: Checkout, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout.env_file.write_text("AUTH0_CLIENT_SECRET=sentinel-5f0c\n")
    monkeypatch.setenv("AUTH0_CLIENT_SECRET", "sentinel-of-this-shell")
    (checkout.path / "answer").write_text("sentinel-at-aws\n")
    settings = with_pipeline(deploy="cat .env.test; echo $AUTH0_CLIENT_SECRET; cat answer; exit 1")
    with pytest.raises(OpsError) as failed:
        hidden = Environment({"AUTH0_CLIENT_SECRET": "sentinel-at-aws"})
        pipeline.run(settings, checkout, "deploy", Console(), hidden)
    said = capfd.readouterr().out
    assert said.count("***") == 3
    assert "sentinel" not in said + str(failed.value)


def test_a_failure_keeps_exit_code_and_last_lines(checkout: Checkout) -> None:
    with pytest.raises(OpsError, match="exit code 7; its last lines:\n  building\n  it broke") as failed:
        pipeline.run(with_pipeline(deploy=FAILS), checkout, "deploy", Console())
    assert failed.value.fix == f"cd '{checkout.path}' && {FAILS}"


def test_rollback_runs_its_own_command(checkout: Checkout) -> None:
    settings = with_pipeline(deploy="false", rollback="touch back")
    pipeline.run(settings, checkout, "rollback", Console())
    assert (checkout.path / "back").exists()
    with pytest.raises(UsageError, match="has no rollback"):
        pipeline.run(with_pipeline(), checkout, "rollback", Console())


def test_a_command_that_hangs_is_ended_with_its_children(checkout: Checkout) -> None:
    lines = Lines(Console())
    assert stream.run(["bash", "-c", HANGS], checkout.path, os.environ, lines, 1) is None
    assert [gone(pid) for pid in pids(checkout.path)] == [True, True]
    error = stream.too_long("it", 30, lines, "fix")
    assert "did not end within 30 minutes and was stopped; its last lines:\n  started" in str(error)


CHILD = """
import sys
from pathlib import Path
from outreach_ops.console import Console
from outreach_ops.interrupt import Interrupted, interruptible
from outreach_ops.settings.model import Pipeline
from outreach_ops.sleepconnect import remote, stream, workflow
from outreach_ops.sleepconnect.stream import Lines
kind, folder, host, command = sys.argv[1:]
try:
    with interruptible():
        if kind == "here":
            stream.run(["bash", "-c", command], Path(folder), {"PATH": "/usr/bin:/bin"}, Lines(Console()), 60)
        elif kind == "workflow":
            watched = Pipeline("workflow", "deploy.yml", repository=host, ref="main")
            workflow.run(watched, "deploy", Lines(Console()))
        else:
            remote.run(Pipeline("ssh", command, host=host, folder=folder), "deploy", Lines(Console()))
except Interrupted:
    raise SystemExit(5)
"""


def interrupted(kind: str, folder: Path, host: str = "") -> int:
    """The exit code of a run that got Ctrl-C while it hung."""
    with subprocess.Popen([sys.executable, "-c", CHILD, kind, str(folder), host, HANGS]) as child:
        try:
            running = pids(folder)
            child.send_signal(signal.SIGTERM)
            code = child.wait(30)
        finally:
            child.kill()
    assert [gone(pid) for pid in running] == [True, True]
    return code


def test_ctrl_c_ends_the_command_and_its_children(checkout: Checkout) -> None:
    assert interrupted("here", checkout.path) == 5


def test_ctrl_c_says_how_to_see_what_sleepconnect_serves(
    checkout: Checkout, capfd: pytest.CaptureFixture[str]
) -> None:
    settings = with_pipeline(deploy="kill -INT $PPID; sleep 300")
    with pytest.raises(Interrupted), interruptible():
        pipeline.run(settings, checkout, "deploy", Console())
    assert (
        "see what SleepConnect serves: invoke sleepconnect.check" in capfd.readouterr().out.splitlines()[-1]
    )


@pytest.mark.parametrize(("grace", "whole"), [(10.0, True), (0.0, False)])
def test_an_interrupted_program_may_end_what_it_has_begun(
    checkout: Checkout, grace: float, whole: bool
) -> None:
    command = ["bash", "-c", "kill -HUP $PPID; sleep 0.5; touch whole"]
    with pytest.raises(Interrupted), interruptible():
        stream.run(command, checkout.path, os.environ, Lines(Console()), 60, grace)
    assert (checkout.path / "whole").exists() is whole


def test_what_it_leaves_running_holds_nobody_up(checkout: Checkout) -> None:
    lines = Lines(Console())
    command = "setsid sleep 300 & echo $! > left; echo done"
    assert stream.run(["bash", "-c", command], checkout.path, os.environ, lines, 60) == 0
    assert list(lines.last) == ["done"]
    os.kill(int((checkout.path / "left").read_text()), signal.SIGKILL)


def test_sst_is_refused() -> None:
    with pytest.raises(UsageError, match="uses SST"):
        pipeline.needed(with_pipeline(deploy="npx sst deploy --stage staging"), "deploy")


def test_sst_behind_a_script_of_its_package_is_refused(checkout: Checkout) -> None:
    scripts = {"scripts": {"release": "pnpm build && sst deploy", "build": "next build"}}
    (checkout.path / "package.json").write_text(json.dumps(scripts))
    with pytest.raises(UsageError, match="its script release uses SST"):
        pipeline.run(with_pipeline(deploy="touch ran; pnpm run release"), checkout, "deploy", Console())
    assert not (checkout.path / "ran").exists()
    pipeline.run(with_pipeline(deploy="touch build"), checkout, "deploy", Console())


LOCAL = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"runs": "workflow", "repository": "example/sleepconnect", "ref": "main"},
        {"runs": "ssh", "host": "user@build.example.com:22", "folder": "/srv"},
    ],
)
def test_from_the_local_aws_nothing_is_deployed_to_the_real_one(elsewhere: dict[str, str]) -> None:
    settings = with_pipeline(**elsewhere)
    with pytest.raises(UsageError, match="would change the real SleepConnect"):
        pipeline.told_by(settings, pipeline.needed(settings, "deploy"), LOCAL)
    pipeline.told_by(settings, pipeline.needed(settings, "deploy"), {})
    here = with_pipeline(runs="ssh", host="user@127.0.0.1:22", folder="/srv")
    pipeline.told_by(here, pipeline.needed(here, "deploy"), LOCAL)


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ssh.Server]:
    with ssh.server(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture
def logged_in(sshd: ssh.Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[ssh.Server]:
    """This process is at home where the key is, and no agent helps."""
    monkeypatch.setenv("HOME", str(sshd.home))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    known = sshd.known_hosts.read_text()
    yield sshd
    sshd.known_hosts.write_text(known)


def over(server: ssh.Server, folder: Path, command: str, host: str = "") -> None:
    settings = with_pipeline(runs="ssh", deploy=command, host=host or server.host, folder=str(folder))
    pipeline.run(settings, None, "deploy", Console())


def test_over_ssh_it_streams_from_its_folder(
    logged_in: ssh.Server, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    over(logged_in, tmp_path, "pwd && echo done there")
    said = capfd.readouterr().out.splitlines()
    assert [f"sleepconnect | {tmp_path}", "sleepconnect | done there"] == said[1:3]


def test_over_ssh_a_failure_keeps_exit_code_and_last_lines(logged_in: ssh.Server, tmp_path: Path) -> None:
    folder, command = tmp_path / "my folder", f"bash -c '{FAILS}'"
    folder.mkdir()
    with pytest.raises(OpsError, match="exit code 7; its last lines:\n  building\n  it broke") as failed:
        over(logged_in, folder, command)
    assert shlex.split(failed.value.fix)[-1] == f"cd '{folder}' && {command}"


def test_over_ssh_ctrl_c_ends_it_there(logged_in: ssh.Server, tmp_path: Path) -> None:
    assert interrupted("there", tmp_path, logged_in.host) == 5


def test_over_ssh_a_command_that_hangs_is_ended_there(logged_in: ssh.Server, tmp_path: Path) -> None:
    # The model takes whole minutes; a test does not have them.
    hanging: Any = Pipeline("ssh", HANGS, host=logged_in.host, folder=str(tmp_path), minutes=2 / 60)  # type: ignore[arg-type]
    with pytest.raises(OpsError, match="did not end within"):
        remote.run(hanging, "deploy", Lines(Console()))
    assert [gone(pid) for pid in pids(tmp_path)] == [True, True]


def test_an_unknown_host_key_is_refused_and_not_added(logged_in: ssh.Server, tmp_path: Path) -> None:
    logged_in.known_hosts.write_text("")
    with pytest.raises(UsageError, match="is not known here") as refused:
        over(logged_in, tmp_path, "touch ran")
    assert f"ssh-keyscan -p {logged_in.port} 127.0.0.1 >> ~/.ssh/known_hosts" in refused.value.fix
    assert (logged_in.known_hosts.read_text(), list(tmp_path.iterdir())) == ("", [])


def test_another_host_key_is_refused(logged_in: ssh.Server, tmp_path: Path) -> None:
    logged_in.make_known(ssh.public_key(logged_in.home / ".ssh" / "id_ed25519"))
    with pytest.raises(UsageError, match="is another than the one"):
        over(logged_in, tmp_path, "touch ran")
    assert list(tmp_path.iterdir()) == []


def test_a_refused_connection_and_a_refused_key_say_what_to_try(
    logged_in: ssh.Server, tmp_path: Path
) -> None:
    with pytest.raises(OpsError, match="refused the connection") as closed:
        over(logged_in, tmp_path, "true", "user@127.0.0.1:1")
    assert closed.value.fix == "ssh -p 1 user@127.0.0.1 true"
    with pytest.raises(UsageError, match="none of your keys"):
        over(logged_in, tmp_path, "true", f"nobody@127.0.0.1:{logged_in.port}")


@dataclasses.dataclass(frozen=True)
class Gh:
    """The stand-in on the PATH, and what it keeps."""

    file: Path

    def set(self, **changed: Any) -> None:
        self.file.write_text(json.dumps({**self.state, **changed}))

    @property
    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(self.file.read_text())
        return state

    @property
    def verbs(self) -> list[str]:
        return [" ".join(call[:2]) for call in self.state["calls"]]


@pytest.fixture
def gh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gh:
    program = tmp_path / "bin" / "gh"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {ROOT}/tests/fakes/gh.py "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("GH_STATE", str(tmp_path / "gh.json"))
    found = Gh(tmp_path / "gh.json")
    started = {
        "logged_in": True,
        "runs": [41],
        "conclusion": "success",
        "hangs": False,
        "log": "",
        "calls": [],
    }
    found.file.write_text(json.dumps(started))
    return found


WORKFLOW = with_pipeline(runs="workflow", deploy="deploy.yml", repository="example/sleepconnect", ref="main")


def test_a_workflow_is_started_and_its_own_run_is_watched(gh: Gh, capfd: pytest.CaptureFixture[str]) -> None:
    pipeline.run(WORKFLOW, None, "deploy", Console())
    assert "sleepconnect | run 42 of deploy.yml" in capfd.readouterr().out
    assert gh.verbs == ["auth status", "run list", "workflow run", "run list", "run list", "run watch"]


def test_a_failed_run_ends_with_its_log(gh: Gh) -> None:
    gh.set(conclusion="failure", log="build\ttsc\terror TS2322")
    with pytest.raises(OpsError, match="run 42 ended with exit code 1") as failed:
        pipeline.run(WORKFLOW, None, "deploy", Console())
    assert "error TS2322" in str(failed.value)
    assert failed.value.fix == "gh run view 42 --repo example/sleepconnect --log-failed"


def test_a_run_that_hangs_is_watched_no_longer_and_goes_on_at_github(gh: Gh) -> None:
    gh.set(hangs=True)
    # The model takes whole minutes; a test does not have them.
    hanging: Any = dataclasses.replace(pipeline.needed(WORKFLOW, "deploy"), minutes=2 / 60)  # type: ignore[arg-type]
    with pytest.raises(OpsError, match="run 42, which goes on at GitHub, did not end within") as failed:
        workflow.run(hanging, "deploy", Lines(Console()))
    assert failed.value.fix == "gh run cancel 42 --repo example/sleepconnect"
    assert gone(gh.state["pid"])


def test_ctrl_c_ends_the_watching_and_says_that_the_run_goes_on(gh: Gh, tmp_path: Path) -> None:
    gh.set(hangs=True)
    command = [sys.executable, "-c", CHILD, "workflow", str(tmp_path), "example/sleepconnect", ""]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            # The stand-in's first words: it is being watched.
            while "main deploy" not in child.stdout.readline():
                assert child.poll() is None
            child.send_signal(signal.SIGINT)
            said = child.stdout.read()
            assert child.wait(30) == 5
        finally:
            child.kill()
    assert "goes on at GitHub: gh run watch 42" in said
    assert "gh run cancel 42 --repo example/sleepconnect" in said
    assert gone(gh.state["pid"])


def test_ctrl_c_before_its_run_is_listed_says_that_it_goes_on(
    gh: Gh, capfd: pytest.CaptureFixture[str]
) -> None:
    def ctrl_c(_seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        workflow.run(pipeline.needed(WORKFLOW, "deploy"), "deploy", Lines(Console()), ctrl_c)
    said = capfd.readouterr().out
    assert "deploy.yml goes on at GitHub: gh run list --repo example/sleepconnect" in said


def test_gh_that_is_not_logged_in_starts_nothing(gh: Gh) -> None:
    gh.set(logged_in=False)
    with pytest.raises(UsageError, match="not logged in") as refused:
        pipeline.run(WORKFLOW, None, "deploy", Console())
    assert (refused.value.fix, gh.verbs) == ("gh auth login", ["auth status"])


def test_without_gh_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="gh is not installed"):
        pipeline.run(WORKFLOW, None, "deploy", Console())


def test_a_workflow_that_does_not_exist_is_named(gh: Gh) -> None:
    wrong = with_pipeline(runs="workflow", deploy="other.yml", repository="example/sleepconnect", ref="main")
    with pytest.raises(OpsError, match=r"other\.yml"):
        pipeline.run(wrong, None, "deploy", Console())
    assert "workflow run" not in gh.verbs
