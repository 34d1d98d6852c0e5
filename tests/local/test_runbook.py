"""The runbook typed from top to bottom on the local AWS: every command that is not for the real AWS alone."""

from __future__ import annotations

import dataclasses
import itertools
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from outreach_ops.sandbox import legacy
from outreach_ops.settings import load_site
from outreach_ops.settings.load import ROOT
from support import application as example
from support import parent as parents
from support.application import Application, token
from support.local import COMMAND_SECONDS, LocalAws
from support.runbook import RUNBOOK, lines

CHECKOUT = "../twilio-conversations-react"
OWN_CHECKOUT = (
    "deploy",
    "env.show",
    "env.check-ignored",
    "doctor",
    "pre-deploy-check",
    "promote",
    "diagnose",
)
"""They work on the inventory's checkout, in whose place the example stands."""

PARENT = "tests/local/test_sleepconnect.py"
SITES = "tests/local/test_sites.py"
ELSEWHERE = {
    **{
        f"invoke sleepconnect.{name} --env=staging --app=../sleepconnect": PARENT
        for name in ("configure", "redeploy", "check", "rollback")
    },
    "cp -r examples/handbook/inventory inventories/handbook_staging": SITES,
    "ansible-playbook provision.yml -i inventories/handbook_staging": SITES,
    "invoke deploy --env=handbook_staging --app=PATH": SITES,
    "invoke verify --env=staging": PARENT,
    "invoke verify --env=staging --through=sleepconnect": PARENT,
}
"""What runs them instead."""

IN_A_COPY = ("The local AWS", "Another environment")
"""Chapters whose commands write into the project's folder."""

FOLLOWING = 'invoke logs --env=staging --follow --filter "[TEMPLATES API]"'
ROTATING = "invoke secrets.rotate --env=staging --name TWILIO_AUTH_TOKEN"
PROMOTING = "invoke promote --from=staging --to=production"
TYPED = {
    PROMOTING: f"{PROMOTING} --yes",
    ROTATING: f"printf rotated-token-one | {ROTATING}",
    f"some-vault read token | {ROTATING}": f"printf rotated-token-two | {ROTATING}",
    FOLLOWING: f"timeout --preserve-status -s INT 8 {FOLLOWING}",
}
"""How a test types what asks, or ends only with Ctrl-C."""

ALL = lines(RUNBOOK.read_text())
COPY_LINES = [each.text for each in ALL if each.chapter in IN_A_COPY]
TYPED_LINES = [
    each
    for each in ALL
    if not each.real_only and each.text not in ELSEWHERE and each.chapter not in IN_A_COPY
]


def done(found: subprocess.CompletedProcess[str]) -> None:
    assert found.returncode == 0, found.stdout + found.stderr


@dataclasses.dataclass(frozen=True)
class Checkouts:
    """The application at v0.1.0, which other tests build too, and at v0.1.1."""

    older: Application
    newer: Application

    def of(self, line: str) -> Application:
        """The one that a command of the runbook works on."""
        return self.older if "--env=develop" in line else self.newer


@pytest.fixture(scope="module")
def apps(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Checkouts:
    """Staging has v0.1.0; the others what was live before this tool; SleepConnect is in front of all."""
    develop, production, staging = (load_site(name) for name in ("develop", "production", "staging"))
    for site in (develop, production):
        assert legacy.seed(site, local_aws.client, local_aws.running)
    for site in (staging, production):
        parents.stand_in(local_aws, site)
        play = ("ansible-playbook", "provision.yml", "-i", f"inventories/{site.site.environment}")
        done(local_aws.run(*play))
    done(local_aws.run("invoke", "releases.import", "--env=production"))
    folder = tmp_path_factory.mktemp("apps")
    apps = Checkouts(example.make(folder / "older"), example.make(folder / "newer"))
    done(local_aws.run("invoke", "deploy", "--env=staging", f"--app={apps.older.path}"))
    apps.newer.change("0.1.1")
    return apps


def as_typed(line: str, apps: Checkouts, folder: Path) -> str:
    """The line with the example in the place of the application, and what a test types instead."""
    line = TYPED.get(line, line).replace("USER_CONTEXT=...", f"USER_CONTEXT={token()}")
    if line.startswith("cp "):
        return line.replace(CHECKOUT, str(folder))
    words = line.split()
    command = next((word for before, word in itertools.pairwise(words) if before == "invoke"), "")
    if command in OWN_CHECKOUT and "--app" not in line:
        line += f" --app={apps.of(line).path}"
    return line.replace(CHECKOUT, str(apps.of(line).path))


def shell(environ: Mapping[str, str], line: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env={**environ, "PATH": f"{Path(sys.executable).parent}:{environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        text=True,
        capture_output=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )


@pytest.mark.parametrize(
    "command", ["deploy", "secrets.rotate --name TWILIO_AUTH_TOKEN", "auth0.sync", "origin.rotate"]
)
def test_production_is_not_changed_where_nobody_can_type_its_name(
    local_aws: LocalAws, apps: Checkouts, command: str
) -> None:
    local_aws.forget_calls()
    flags = f" --app={apps.older.path}" if command == "deploy" else ""
    refused = shell(local_aws.environ, f"invoke {command} --env=production{flags}")
    assert refused.returncode == 2, refused.stdout + refused.stderr
    assert "production is changed only by somebody who types its name" in refused.stderr
    assert "add --yes" in refused.stderr
    assert " build " not in refused.stdout
    assert local_aws.writes() == []


def test_the_runbook_from_top_to_bottom(local_aws: LocalAws, apps: Checkouts, tmp_path: Path) -> None:
    failed = []
    for each in TYPED_LINES:
        began = time.monotonic()
        said = shell(local_aws.environ, as_typed(each.text, apps, tmp_path))
        print(f"{time.monotonic() - began:5.1f} s  {each.text}")
        if said.returncode != 0:
            failed.append(f"{each.chapter}: {each.text}: {said.returncode}\n{said.stdout}{said.stderr}")
    assert not failed, "\n\n".join(failed)


def test_what_writes_into_this_folder_in_a_copy_of_it(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    # What is the project's own: other tests write beside it meanwhile.
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    (copy / ".venv").symlink_to(ROOT / ".venv")
    for name in ("bin", "node_modules"):
        (copy / "scripts/node" / name).symlink_to(ROOT / "scripts/node" / name)
    ambient = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environ = {**ambient, "AWS_ACCOUNT_ID": "111122223333", "PYTHONPATH": str(copy / "scripts")}
    try:
        for line in COPY_LINES:
            done(shell(environ, line, copy))
    finally:
        shell(environ, "invoke sandbox.reset", copy)
    assert (copy / "inventories/qa").is_dir()


def test_what_is_run_elsewhere_is_in_the_runbook_and_there() -> None:
    assert {*ELSEWHERE, *TYPED} <= {each.text for each in ALL}
    assert [path for path in ELSEWHERE.values() if not (ROOT / path).is_file()] == []


def test_the_marks_leave_something_to_type() -> None:
    assert (len(TYPED_LINES), len(COPY_LINES)) > (30, 5)
