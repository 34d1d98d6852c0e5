"""A site that was live before this tool is taken over while visitors use it; nothing of theirs is lost."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from outreach_ops.proof.answers import assets_named
from outreach_ops.proof.viewer import Viewer
from outreach_ops.sandbox import legacy
from outreach_ops.settings import load_site
from outreach_ops.settings.model import Settings
from support import application as example
from support.local import LocalAws
from support.played import Run, played

ENV = "--env=develop"
PLAY = ("ansible-playbook", "provision.yml", "-i", "inventories/develop")
NOTES = "/outreach/release-notes.txt"
MOST_VISITS = 20_000


class Visitor(threading.Thread):
    """Asks again and again for the page, every file that it names and a public file, until told to stop."""

    def __init__(self, site: Viewer) -> None:
        super().__init__(daemon=True)
        self.site, self.stopped = site, threading.Event()
        self.answers, self.failures = 0, list[str]()

    def run(self) -> None:
        for _ in range(MOST_VISITS):
            if self.stopped.wait(0.05):
                return
            page = self._ask("/outreach")
            for path in (*assets_named(page), NOTES):
                self._ask(path)

    def _ask(self, path: str) -> str:
        try:
            answer = self.site.fetch(path)
        except Exception as error:
            self.failures.append(f"{path}: {error}")
            return ""
        self.answers += 1
        if answer.status != 200:
            self.failures.append(f"{path}: {answer.status} {answer.text[:80]}")
        return answer.text


@dataclasses.dataclass(frozen=True)
class Adopted:
    """Develop, from live by hand to live by this tool: what each command said, and what visitors met."""

    aws: LocalAws
    settings: Settings
    config: dict[str, Any]
    check: subprocess.CompletedProcess[str]
    predicted: Run
    first: Run
    early: subprocess.CompletedProcess[str]
    imported: subprocess.CompletedProcess[str]
    between: dict[str, Any]
    deployed: subprocess.CompletedProcess[str]
    visitor: Visitor

    def distribution(self) -> dict[str, Any]:
        return _config(self.aws, self.settings)


def _config(aws: LocalAws, settings: Settings) -> dict[str, Any]:
    found = aws.client("cloudfront").get_distribution_config(Id=settings.cloudfront.distribution_id)
    return dict(found["DistributionConfig"])


def _done(found: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
    assert found.returncode == 0, found.stdout + found.stderr
    return found


@pytest.fixture(scope="module")
def adopted(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Adopted]:
    settings = load_site("develop")
    assert legacy.seed(settings, local_aws.client, local_aws.running)
    app = example.make(tmp_path_factory.mktemp("app") / "outreach")
    config = _config(local_aws, settings)
    visitor = Visitor(Viewer(local_aws.running.site_url(settings.host)))
    visitor.start()
    try:
        check = _done(local_aws.run(*PLAY, "--check", "--diff"))
        predicted = played(local_aws, "inventories/develop", "--check", host="outreach-develop")
        first = played(local_aws, "inventories/develop", host="outreach-develop")
        early = local_aws.run("invoke", "deploy", ENV, f"--app={app.path}")
        imported = _done(local_aws.run("invoke", "releases.import", ENV))
        between = _config(local_aws, settings)
        deployed = _done(local_aws.run("invoke", "deploy", ENV, f"--app={app.path}"))
        _done(local_aws.run(*PLAY))
    finally:
        visitor.stopped.set()
        visitor.join(30)
    yield Adopted(
        *(local_aws, settings, config, check, predicted, first),
        *(early, imported, between, deployed, visitor),
    )


def test_no_visitor_meets_a_failure_from_the_first_check_to_the_locked_bucket(adopted: Adopted) -> None:
    assert adopted.visitor.failures == []
    assert adopted.visitor.answers > 100
    assert 'data-version="' in adopted.visitor.site.fetch("/outreach").text


def test_the_first_check_changes_the_distribution_in_its_functions_host_alone(adopted: Adopted) -> None:
    diff = adopted.check.stdout.partition("after: distribution E8BMOBRWCCCO2")[2].partition("changed:")[0]
    changed = [line for line in diff.splitlines() if re.match(r"[+-] ", line)]
    assert len(changed) == 2
    assert all("domain:" in line for line in changed)
    before, after = adopted.config, adopted.between
    hosts = [each["Origins"]["Items"][0].pop("DomainName") for each in (before, after)]
    assert hosts[0] != hosts[1]
    assert before == after


def test_the_first_check_of_a_live_site_predicts_exactly_the_calls_of_the_run(adopted: Adopted) -> None:
    assert adopted.predicted.written == ()
    assert sorted(adopted.predicted.steps) == sorted(adopted.first.written)
    assert "cloudfront:UpdateDistribution" in adopted.first.written


def test_a_deploy_before_the_import_is_refused_with_the_command(adopted: Adopted) -> None:
    assert adopted.early.returncode == 4
    assert "invoke releases.import --env=develop" in adopted.early.stderr


def test_the_versions_of_before_are_releases_now(adopted: Adopted) -> None:
    listed = json.loads(adopted.aws.run("invoke", "releases", ENV, "--json").stdout)
    oldest = listed[-1]
    assert (oldest["result"], oldest["version"]) == ("imported", "2")
    assert oldest["description"] == "v0.0.9 (0000009)"
    assert [row["alias"] for row in listed] == ["live", *[""] * (len(listed) - 1)]


def test_what_is_foreign_stays_and_what_is_ours_is_there(adopted: Adopted) -> None:
    now = adopted.distribution()
    assert (now["Comment"], now["WebACLId"]) == (adopted.config["Comment"], adopted.config["WebACLId"])
    assert now["Logging"] == adopted.config["Logging"]
    origins = [each["Id"] for each in now["Origins"]["Items"]]
    assert origins[:3] == ["nextjs", "static", legacy.FOREIGN_ORIGIN]
    assert set(origins[3:]) == {"outreach-server", "outreach-image", "outreach-assets"}
    behaviours = {each["PathPattern"]: each["TargetOriginId"] for each in now["CacheBehaviors"]["Items"]}
    assert behaviours["/reports/*"] == legacy.FOREIGN_ORIGIN
    assert behaviours["/outreach-static/*"] == "outreach-assets"
    arn = f"arn:aws:cloudfront::{adopted.settings.site.account_id}:distribution/E8BMOBRWCCCO2"
    tags = adopted.aws.client("cloudfront").list_tags_for_resource(Resource=arn)["Tags"]["Items"]
    assert tags == [{"Key": "owner", "Value": "somebody"}]


def test_the_bucket_is_closed_and_keeps_what_others_rely_on(adopted: Adopted) -> None:
    s3, bucket = adopted.aws.client("s3"), adopted.settings.s3.bucket_name
    blocks = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(blocks.values()) == {True}
    policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    assert [each["Sid"] for each in policy] == [
        "LegacyDistribution",
        legacy.OTHERS_STATEMENT,
        "OutreachAssets",
        "OutreachMissingIsNotFound",
        "OutreachPages",
        "OutreachImages",
        "OutreachUncached",
        "OutreachTlsOnly",
    ]
    for key, (body, _) in legacy.FILES.items():
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == body


def test_the_second_run_and_the_second_import_write_nothing(adopted: Adopted) -> None:
    adopted.aws.forget_calls()
    again = _done(adopted.aws.run(*PLAY))
    assert "changed=0" in again.stdout
    assert "nothing to import" in _done(adopted.aws.run("invoke", "releases.import", ENV)).stdout
    assert adopted.aws.writes() == []


def test_the_site_of_before_comes_back_by_a_rollback(adopted: Adopted) -> None:
    rolled = adopted.aws.run("invoke", "rollback", ENV, "--tag", "v0.0.9")
    assert rolled.returncode == 0, rolled.stdout + rolled.stderr
    site = adopted.visitor.site
    page = site.fetch("/outreach").text
    assert "legacy 2" in page
    assert [site.fetch(path).status for path in assets_named(page)] == [200]
    assert site.fetch(NOTES).text == "before this tool\n"
