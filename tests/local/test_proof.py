"""What is not well never stays live: tried before the traffic, then through CloudFront, on the local AWS."""

from __future__ import annotations

import dataclasses
import json
import subprocess

import pytest

from support import application as example
from support import tiny
from support.local import LocalAws

SERVER = "sax-lam-us-east-1-0x-s-outreach"


@dataclasses.dataclass(frozen=True)
class Staging:
    """A provisioned staging that tiny releases go to."""

    aws: LocalAws
    app: example.Application

    def invoke(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.aws.run("invoke", *arguments)

    def deploy(
        self, version: str, status: str = "200", *flags: str, logs: str = "false"
    ) -> subprocess.CompletedProcess[str]:
        """Releases tiny code that answers with `status`, and writes errors when `logs`."""
        tiny.release(self.app, version, status, logs)
        return self.invoke("deploy", "--env=staging", f"--app={self.app.path}", "--skip-build", *flags)

    def live(self) -> str:
        """The version that the server function's alias points to."""
        return str(self.aws.client("lambda").get_alias(FunctionName=SERVER, Name="live")["FunctionVersion"])

    def last(self) -> dict[str, str]:
        """The newest line of the releases' table."""
        rows: list[dict[str, str]] = json.loads(self.invoke("releases", "--env=staging", "--json").stdout)
        return rows[0]


@pytest.fixture(scope="module")
def staging(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Staging:
    provisioned = local_aws.run("ansible-playbook", "provision.yml", "-i", "inventories/staging")
    assert provisioned.returncode == 0, provisioned.stdout
    staging = Staging(local_aws, example.make(tmp_path_factory.mktemp("app") / "outreach"))
    deployed = staging.deploy("0.1.0")
    assert deployed.returncode == 0, deployed.stdout + deployed.stderr
    return staging


def test_a_broken_release_stops_before_the_traffic_with_its_answer_and_log(staging: Staging) -> None:
    before = staging.live()
    failed = staging.deploy("0.2.0", "500")
    assert failed.returncode == 4, failed.stdout + failed.stderr
    assert "answered 500, 200 was expected" in failed.stderr
    assert "log: " in failed.stdout
    assert "no such clinic ***" in failed.stdout
    assert example.SECRETS["AUTH0_SECRET"] not in failed.stdout + failed.stderr
    assert f"version {before}, unchanged" in failed.stderr
    assert staging.live() == before
    assert '"version":"0.1.0"' in staging.aws.site.fetch("/outreach/api/health").text
    assert staging.last()["result"] == "release failed"


def test_a_release_that_breaks_only_through_cloudfront_is_taken_back(staging: Staging) -> None:
    before = staging.live()
    failed = staging.deploy("0.3.0", "direct ? 200 : 500")
    assert failed.returncode == 5, failed.stdout + failed.stderr
    assert "  test " in failed.stdout
    assert "verify: " in failed.stderr
    assert "as before" in failed.stderr
    assert staging.live() == before
    assert staging.aws.site.fetch("/outreach/api/health").status == 200
    assert staging.last()["result"] == "release rolled back"


def test_a_flaky_release_is_inconclusive_which_is_no_pass(staging: Staging) -> None:
    before = staging.live()
    failed = staging.deploy("0.4.0", "turn % 4 === 1 ? 200 : 500")
    assert failed.returncode == 4, failed.stdout + failed.stderr
    assert "inconclusive, which is no pass: 1 of 4 attempts passed, 2 are needed" in failed.stderr
    assert staging.live() == before


def test_errors_in_the_log_of_the_new_version_take_it_back(staging: Staging) -> None:
    before = staging.live()
    failed = staging.deploy("0.5.0", "200", "--watch=10s", logs="!direct")
    assert failed.returncode == 5, failed.stdout + failed.stderr
    assert "no such clinic ***" in failed.stderr
    assert "  verify " in failed.stdout
    assert staging.live() == before


def test_a_watch_without_errors_is_a_release(staging: Staging) -> None:
    before = staging.live()
    done = staging.deploy("0.6.0", "200", "--watch=5s")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no error in 5 s" in done.stdout
    assert staging.live() != before
