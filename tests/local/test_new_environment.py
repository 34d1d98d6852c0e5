"""`invoke env.new` as an operator types it: what it writes is provisioned as it is."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from outreach_ops.settings import load_site
from support import local, project
from support.local import LocalAws, executable

QA = ("env.new", "--name", "qa", "--code", "q")


def typed(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a shell that knows no account and no AWS."""
    environ = {"PATH": "/usr/bin:/bin", "HOME": str(root), "PYTHONPATH": str(root / "scripts")}
    command = executable(["invoke", *arguments])
    return subprocess.run(command, cwd=root, env=environ, text=True, capture_output=True, check=False)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with an environment more than ours has."""
    root = project.copy(tmp_path_factory.mktemp("new") / "project")
    made = typed(root, *QA)
    assert made.returncode == 0, made.stderr
    assert made.stdout.splitlines()[-1].endswith(
        "ansible-playbook provision.yml -i inventories/qa --check --diff"
    )
    return root


@pytest.fixture(scope="module")
def aws(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    with local.fresh(tmp_path_factory.mktemp("local-aws"), root) as aws:
        yield aws


def test_it_is_provisioned_found_ready_and_then_left_alone(aws: LocalAws, root: Path) -> None:
    provision = ("ansible-playbook", "provision.yml", "-i", "inventories/qa")
    first = aws.run(*provision)
    assert first.returncode == 0, first.stdout + first.stderr
    ready = aws.run("invoke", "infra.check", "--env=qa", "--json")
    report = json.loads(ready.stdout)
    assert (ready.returncode, report["ready"], report["missing"]) == (0, True, [])
    levels = {each["check"]: each["level"] for each in report["findings"]}
    assert (levels["names"], levels["claims"]) == ("ok", "ok")
    assert "failure" not in levels.values()
    aws.forget_calls()
    second = aws.run(*provision)
    assert re.search(r"changed=0 .*failed=0", second.stdout), second.stdout
    assert aws.writes() == []
    isr = load_site("qa", root).isr
    assert aws.client("sqs").get_queue_url(QueueName=isr.queue_name)["QueueUrl"]
    assert aws.client("lambda").get_alias(FunctionName=isr.revalidation_name, Name="live")


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (QA[1:], "inventories/qa is there already"),
        (("--name", "uat", "--code", "q"), "--code=q is that of qa"),
        (("--name", "../uat", "--code", "u"), "is no name for an environment"),
        (("--name", "uat"), "--code= is no code"),
    ],
)
def test_what_cannot_be_is_refused_and_writes_nothing(root: Path, flags: tuple[str, ...], said: str) -> None:
    before = sorted((root / "inventories").rglob("*"))
    refused = typed(root, "env.new", *flags)
    assert refused.returncode == 2
    assert said in refused.stderr
    assert "fix: " in refused.stderr
    assert sorted((root / "inventories").rglob("*")) == before
