"""Cached pages on the whole local AWS, through CloudFront: renewed by time, by tag and by path."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import json
import re
import time

import pytest

from support import application as example
from support.local import LocalAws

SERVER = "sax-lam-us-east-1-0x-s-outreach"
BUCKET = "sax-s3-us-east-1-0x-s-outreach-assets"
TAGS = "sax-ddb-us-east-1-0x-s-outreach-tags"
QUEUE = "sax-sqs-us-east-1-0x-s-outreach-revalidation.fifo"
HOURS, CLINICS = "/outreach/opening-hours", "/outreach/clinics"
PAUSE_SECONDS, LIMIT_SECONDS = 0.5, 60


def cookie() -> dict[str, str]:
    """A signed-in user, as SleepConnect vouches for one."""

    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    payload = json.dumps({"sub": "u1", "exp": int(time.time()) + 300}).encode()
    signed = part(b'{"alg":"HS256"}') + "." + part(payload)
    secret = example.SECRETS["AUTH0_CLIENT_SECRET"].encode()
    return {
        "cookie": f"x-sax-user-context={signed}.{part(hmac.digest(secret, signed.encode(), hashlib.sha256))}"
    }


@dataclasses.dataclass(frozen=True)
class Staging:
    """A provisioned staging with a release."""

    aws: LocalAws
    app: example.Application

    def deploy(self) -> None:
        done = self.aws.run("invoke", "deploy", "--env=staging", f"--app={self.app.path}")
        assert done.returncode == 0, done.stdout + done.stderr

    def seen(self, path: str, what: str = "data-rendered-at") -> str:
        """A time that the page shows."""
        answer = self.aws.site.fetch(path)
        assert answer.status == 200, answer.text
        return re.findall(rf'{what}="([^"]+)"', answer.text)[0]

    def renewed(self, path: str, before: str, what: str = "data-rendered-at") -> str:
        """The page's time once it is another one; visitors ask for it all the while."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while (now := self.seen(path, what)) == before:
            assert time.monotonic() < deadline, f"{path} is still of {before}"
            time.sleep(PAUSE_SECONDS)
        return now

    def settled(self, path: str, what: str = "data-rendered-at") -> str:
        """The page's time once it comes from the cache.

        S3 tells when an object was written in whole seconds: a page written within the second of its
        purge counts as older than that, and is rendered again at the next visit.
        """
        deadline = time.monotonic() + LIMIT_SECONDS
        now = self.seen(path, what)
        while (later := self.seen(path, what)) != now:
            assert time.monotonic() < deadline, f"{path} is rendered at every visit"
            time.sleep(PAUSE_SECONDS)
            now = self.seen(path, what)
        return later

    def revalidate(self, **asked: str) -> int:
        headers = {**cookie(), "content-type": "application/json"}
        path = "/outreach/api/outreach/revalidate"
        return self.aws.site.fetch(path, "POST", headers, json.dumps(asked)).status

    def build_id(self) -> str:
        """That of the live server."""
        return str(json.loads(self.aws.site.fetch("/outreach/api/health").body)["buildId"])

    def cached(self, build: str) -> dict[str, str]:
        """What the cache holds for a build, by key."""
        found = self.aws.client("s3").list_objects_v2(Bucket=BUCKET, Prefix="_cache/")["Contents"]
        return {each["Key"]: each["ETag"] for each in found if f"/{build}/" in each["Key"]}

    def tags(self) -> list[dict[str, dict[str, str]]]:
        """Every item of the tag table."""
        return list(self.aws.client("dynamodb").scan(TableName=TAGS)["Items"])

    def further(self) -> dict[str, str]:
        """Where the aliases of the functions beside the site point."""
        functions = self.aws.client("lambda")
        names = ("revalidation", "initialization")
        found = {n: functions.get_alias(FunctionName=f"{SERVER}-{n}", Name="live") for n in names}
        return {name: each["FunctionVersion"] for name, each in found.items()}


@pytest.fixture(scope="module")
def staging(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Staging:
    provisioned = local_aws.run("ansible-playbook", "provision.yml", "-i", "inventories/staging")
    assert provisioned.returncode == 0, provisioned.stdout
    staging = Staging(local_aws, example.make(tmp_path_factory.mktemp("app") / "outreach"))
    staging.deploy()
    return staging


def test_a_page_past_its_time_is_served_as_it_is_and_renewed_through_the_queue(staging: Staging) -> None:
    before = staging.seen(HOURS)
    again = staging.renewed(HOURS, before)
    assert staging.renewed(HOURS, again) > again > before


def test_the_function_that_renews_has_a_log_to_read(staging: Staging) -> None:
    staging.renewed(HOURS, staging.seen(HOURS))
    said = staging.aws.run("invoke", "logs", "--env=staging", "--function=revalidation")
    assert (said.returncode, "START RequestId" in said.stdout) == (0, True), said.stdout + said.stderr


def test_a_tag_purges_its_page_and_no_other(staging: Staging) -> None:
    before = staging.settled(CLINICS, "data-loaded-at")
    front = staging.aws.site.fetch("/outreach/about").headers.get("etag")
    assert staging.seen(CLINICS, "data-loaded-at") == before
    assert staging.revalidate(tag="clinics") == 200
    assert staging.renewed(CLINICS, before, "data-loaded-at") > before
    assert staging.aws.site.fetch("/outreach/about").headers.get("etag") == front


def test_a_path_purges_its_page(staging: Staging) -> None:
    before = staging.settled(CLINICS)
    assert staging.revalidate(path="/clinics") == 200
    assert staging.renewed(CLINICS, before) > before


def test_only_a_user_may_purge(staging: Staging) -> None:
    answer = staging.aws.site.fetch("/outreach/api/outreach/revalidate", "POST", None, '{"tag":"clinics"}')
    assert answer.status == 401


def test_nothing_is_left_in_the_queue(staging: Staging) -> None:
    queues = staging.aws.client("sqs")
    url = queues.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    deadline = time.monotonic() + LIMIT_SECONDS
    while True:
        found = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        if found["ApproximateNumberOfMessages"] == found["ApproximateNumberOfMessagesNotVisible"] == "0":
            break
        assert time.monotonic() < deadline, found
        time.sleep(PAUSE_SECONDS)


def test_a_release_has_a_cache_of_its_own_and_a_rollback_finds_the_old_one(staging: Staging) -> None:
    old, old_versions = staging.build_id(), staging.further()
    clinics = staging.settled(CLINICS)
    staging.app.change("0.1.1")
    staging.deploy()
    new, kept, mine = staging.build_id(), staging.cached(old), len(staging.tags())
    assert new != old and staging.further() != old_versions
    assert {each["tag"]["S"].split("/")[0] for each in staging.tags()} == {old, new}
    staging.renewed(HOURS, staging.seen(HOURS))
    # Read before the purge: what is read after it may be the new page already.
    before = staging.settled(CLINICS)
    assert staging.revalidate(tag="clinics") == 200
    staging.renewed(CLINICS, before)
    assert staging.cached(old) == kept
    back = staging.aws.run("invoke", "rollback", "--env=staging", "--tag", "v0.1.0")
    assert back.returncode == 0, back.stdout + back.stderr
    assert (staging.build_id(), staging.further()) == (old, old_versions)
    assert staging.seen(CLINICS) == clinics
    assert len(staging.tags()) >= mine


def test_a_prune_takes_what_a_build_has_written_with_it(staging: Staging) -> None:
    old, app = staging.build_id(), f"--app={staging.app.path}"
    for command, *flags in (
        ["rollback", "--tag=v0.1.1"],
        # Another release of the same build: the two newest leave v0.1.0 behind.
        ["deploy", app],
        ["prune", "--keep=2"],
    ):
        assert staging.cached(old), command
        done = staging.aws.run("invoke", command, "--env=staging", *flags, ENVIRONMENT="another")
        assert done.returncode == 0, done.stdout + done.stderr
    assert staging.build_id() != old and not staging.cached(old)
    assert {each["tag"]["S"].split("/")[0] for each in staging.tags()} == {staging.build_id()}
    staging.settled(CLINICS)
