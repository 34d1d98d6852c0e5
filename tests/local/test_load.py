"""Visitors come at a steady rate while releases change: none meets a failure or another release's file."""

from __future__ import annotations

import dataclasses
import time

import pytest

from outreach_ops.builds.artifact import Artifact
from support import application
from support.application import Application
from support.local import LocalAws
from support.visitors import Visitors, files

REQUESTS = 600
LIMIT_SECONDS = 180.0


@dataclasses.dataclass(frozen=True)
class Two:
    """A site with the real application's v0.1.0, and v0.1.1 built: none of its files is in the bucket yet."""

    aws: LocalAws
    app: Application
    releases: dict[str, Artifact]

    def make_live(self, *command: str) -> None:
        done = self.aws.run("invoke", *command)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def two(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Two:
    provisioned = local_aws.run("ansible-playbook", "provision.yml", "-i", "inventories/staging")
    assert provisioned.returncode == 0, provisioned.stdout
    made = Two(local_aws, application.make(tmp_path_factory.mktemp("app") / "outreach"), {})
    for version in ("0.1.0", "0.1.1"):
        if version != "0.1.0":
            made.app.change(version)
        plan = ["--plan"] if version != "0.1.0" else []
        made.make_live("deploy", "--env=staging", f"--app={made.app.path}", *plan)
        made.releases[version] = made.app.built()
    return made


def test_no_visitor_meets_a_failure_or_a_file_of_another_release(two: Two) -> None:
    visitors = Visitors(two.aws.site, {version: files(made) for version, made in two.releases.items()})
    deadline = time.monotonic() + LIMIT_SECONDS
    with visitors.coming(4, REQUESTS, LIMIT_SECONDS) as seen:
        two.make_live("deploy", "--env=staging", f"--app={two.app.path}")
        two.make_live("rollback", "--env=staging", "--tag", "v0.1.0")
        while seen.requests < REQUESTS and time.monotonic() < deadline:
            time.sleep(0.1)
    assert seen.failures == []
    assert seen.requests >= REQUESTS
    assert set(seen.pages) == {"0.1.0", "0.1.1"}
    # Otherwise it would prove nothing: the files of one release would do for the other.
    assert all(seen.own.values())


def test_a_file_of_another_release_would_be_seen(two: Two) -> None:
    mixed = {version: {path: "0" * 64 for path in files(made)} for version, made in two.releases.items()}
    with Visitors(two.aws.site, mixed).coming(4, 20, LIMIT_SECONDS) as seen:
        while seen.requests < 20:
            time.sleep(0.1)
    assert any("another release's content" in failure for failure in seen.failures)
