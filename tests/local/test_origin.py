"""Origin protection on the whole local AWS: who is answered around CloudFront, and a rotation under load."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
from urllib.parse import urlsplit

import pytest

from outreach_ops.proof.viewer import Viewer
from support import application as example
from support.load import steady
from support.local import LocalAws

SERVER = "sax-lam-us-east-1-0x-s-outreach"
IMAGE = f"{SERVER}-image"
LEDGER = "sax-ddb-us-east-1-0x-s-outreach-ledger"
HEALTH = "/outreach/api/health"


@dataclasses.dataclass(frozen=True)
class Staging:
    """A provisioned staging with a release."""

    aws: LocalAws
    picture: str

    def rotate(self, *flags: str) -> subprocess.CompletedProcess[str]:
        return self.aws.run("invoke", "origin.rotate", "--env=staging", *flags)

    def around(self, name: str, path: str, **headers: str) -> int:
        """The answer of a function's own URL, which CloudFront does not stand before."""
        found = self.aws.client("lambda").get_function_url_config(FunctionName=name, Qualifier="live")
        host = str(urlsplit(found["FunctionUrl"]).hostname)
        answer = Viewer(self.aws.running.endpoint_url).fetch(path, headers={"host": host, **headers})
        return answer.status

    def through(self, path: str, method: str = "GET") -> int:
        """The answer through CloudFront."""
        body = '{"ping":1}' if method == "POST" else None
        headers = {"content-type": "application/json"} if body else {"accept": "image/webp"}
        return self.aws.site.fetch(path, method, headers, body).status

    def sent(self) -> list[str]:
        """The secrets that CloudFront sends, to each origin."""
        cloudfront = self.aws.client("cloudfront")
        config = cloudfront.get_distribution_config(Id=self.aws.distribution())["DistributionConfig"]
        headers = [each["CustomHeaders"].get("Items", []) for each in config["Origins"]["Items"]]
        return [header["HeaderValue"] for each in headers for header in each]

    def accepted(self) -> set[str]:
        """The secrets that the live functions accept, as they are in their variables."""
        functions = self.aws.client("lambda")
        found = [
            functions.get_function_configuration(FunctionName=name, Qualifier="live")
            for name in (SERVER, IMAGE)
        ]
        return {each["Environment"]["Variables"]["ORIGIN_SECRET"] for each in found}

    def kinds(self) -> list[str]:
        """The kinds of the ledger's entries, oldest first."""
        found = self.aws.client("dynamodb").query(
            TableName=LEDGER,
            KeyConditionExpression="site = :site",
            ExpressionAttributeValues={":site": {"S": "outreach-staging"}},
        )
        return [json.loads(item["data"]["S"])["kind"] for item in found["Items"]]


@pytest.fixture(scope="module")
def staging(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Staging:
    app = example.make(tmp_path_factory.mktemp("app") / "outreach")
    for command in (
        ("ansible-playbook", "provision.yml", "-i", "inventories/staging", "--diff", "-vvv"),
        ("invoke", "deploy", "--env=staging", f"--app={app.path}"),
    ):
        done = local_aws.run(*command)
        assert done.returncode == 0, done.stdout + done.stderr
        for secret in Staging(local_aws, "").sent():
            assert secret not in done.stdout + done.stderr
    image = re.search(r"/outreach/_next/image\?[^\"\s]+", local_aws.site.fetch("/outreach/about").text)
    assert image is not None
    return Staging(local_aws, image.group(0).replace("&amp;", "&"))


def test_whoever_goes_around_cloudfront_is_refused_by_both_functions(staging: Staging) -> None:
    assert [staging.around(SERVER, HEALTH), staging.around(IMAGE, staging.picture)] == [403, 403]
    assert staging.around(SERVER, HEALTH, **{"x-origin-secret": "guessed"}) == 403
    assert staging.around(SERVER, HEALTH, **{"x-origin-secret": ""}) == 403


def test_the_bucket_is_sent_no_secret_and_both_functions_the_same(staging: Staging) -> None:
    one, other = staging.sent()
    assert {one, other} == staging.accepted()


def test_a_visitors_own_header_neither_opens_nor_closes_anything(staging: Staging) -> None:
    answer = staging.aws.site.fetch(HEALTH, headers={"x-origin-secret": "guessed"})
    assert answer.status == 200


def test_a_rotation_under_load_fails_no_request_and_is_never_open(staging: Staging) -> None:
    (before,) = staging.accepted()
    asks = (
        lambda: staging.through(HEALTH),
        lambda: staging.through(HEALTH, "POST"),
        lambda: staging.through(staging.picture),
        lambda: staging.around(SERVER, HEALTH),
        lambda: staging.around(IMAGE, staging.picture),
    )
    with steady(*asks) as answers:
        done = staging.rotate()
    assert done.returncode == 0, done.stdout + done.stderr
    assert [list(each) for each in answers] == [["200"], ["200"], ["200"], ["403"], ["403"]]
    assert min(sum(each.values()) for each in answers) > 10
    (after,) = staging.accepted()
    assert after != before and set(staging.sent()) == {after}
    assert staging.kinds() == ["release", "rotation", "rotation"]
    assert before not in done.stdout + done.stderr and after not in done.stdout + done.stderr
    assert staging.around(SERVER, HEALTH, **{"x-origin-secret": before}) == 403
    assert staging.around(SERVER, HEALTH, **{"x-origin-secret": after}) == 200


def test_provisioning_keeps_the_secret_and_the_release(staging: Staging) -> None:
    before = staging.accepted()
    staging.aws.forget_calls()
    done = staging.aws.run("ansible-playbook", "provision.yml", "-i", "inventories/staging")
    assert done.returncode == 0, done.stdout
    assert staging.aws.writes() == []
    assert staging.accepted() == before == set(staging.sent())


@pytest.mark.parametrize("operation", ["PublishVersion", "UpdateDistribution.*", "UpdateAlias"])
def test_a_rotation_that_fails_anywhere_is_ended_by_the_next(staging: Staging, operation: str) -> None:
    before = staging.accepted()
    staging.aws.faults({"match": {"operation": operation}, "action": "error", "code": "AccessDenied"})
    with steady(lambda: staging.through(HEALTH)) as answers:
        failed = staging.rotate()
        staging.aws.faults()
        done = staging.rotate()
    assert (failed.returncode != 0, done.returncode) == (True, 0), done.stdout + done.stderr
    assert [list(each) for each in answers] == [["200"]]
    (after,) = staging.accepted()
    assert {after} != before and set(staging.sent()) == {after}


def test_a_plan_and_a_dry_run_write_nothing(staging: Staging) -> None:
    staging.aws.forget_calls()
    planned = staging.rotate("--plan")
    dry = staging.aws.run("invoke", "--dry", "origin.rotate", "--env=staging")
    assert (planned.returncode, dry.returncode) == (0, 0), planned.stderr + dry.stderr
    assert staging.aws.writes() == []
