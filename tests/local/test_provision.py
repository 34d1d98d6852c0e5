"""The playbook on the whole local AWS: what a check predicts, what a run does, and what it leaves alone."""

from __future__ import annotations

import dataclasses
import io
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from outreach_ops.aws.session import Aws, connect
from outreach_ops.provision.function import Function
from outreach_ops.provision.function_settings import FunctionSettings
from outreach_ops.provision.step import Lookup, call_name, converge
from outreach_ops.settings import behaviours_file
from outreach_ops.settings.cloudfront import Behaviour
from outreach_ops.settings.load import ROOT
from support.local import LocalAws
from support.played import Run, played

PLAY = ("ansible-playbook", "provision.yml", "-i", "inventories/staging")
CHECK = ("invoke", "infra.check", "--env=staging")
SERVER = "sax-lam-us-east-1-0x-s-outreach"
BUCKET = "sax-s3-us-east-1-0x-s-outreach-assets"
ECHO = """\
exports.handler = async (event) => ({
  statusCode: 200,
  headers: { "cache-control": "no-store" },
  body: event.headers["x-forwarded-host"],
});
"""


def play(aws: LocalAws, *flags: str) -> Run:
    return played(aws, "inventories/staging", *flags)


@dataclasses.dataclass(frozen=True)
class Story:
    """An empty account, provisioned: the readiness and the runs on the way, in order."""

    aws: LocalAws
    empty: subprocess.CompletedProcess[str]
    check: Run
    run: Run
    check_again: Run
    run_again: Run


@pytest.fixture(scope="module")
def story(local_aws: LocalAws) -> Story:
    return Story(
        local_aws,
        empty=local_aws.run(*CHECK),
        check=play(local_aws, "--check", "--diff"),
        run=play(local_aws),
        check_again=play(local_aws, "--check", "--diff"),
        run_again=play(local_aws),
    )


def test_an_empty_account_is_reported_with_what_is_missing_and_what_to_type(story: Story) -> None:
    assert story.empty.returncode == 4
    assert json.loads(story.empty.stdout) == {
        "ready": False,
        "missing": ["s3", "dynamodb", "lambda", "isr", "acm", "cloudfront", "route53"],
    }
    assert "ansible-playbook provision.yml -i inventories/staging" in story.empty.stderr


def test_a_check_of_an_empty_account_predicts_exactly_the_calls_of_the_run(story: Story) -> None:
    assert story.check.written == ()
    assert sorted(story.check.steps) == sorted(story.run.written)
    assert len(story.run.written) > 20


def test_the_second_check_and_the_second_run_have_nothing_to_do(story: Story) -> None:
    for run in (story.check_again, story.run_again):
        assert (run.steps, run.written, run.changed) == ((), (), 0)


def test_a_provisioned_environment_is_ready(story: Story) -> None:
    done = story.aws.run(*CHECK)
    assert (done.returncode, json.loads(done.stdout)) == (0, {"ready": True, "missing": []})
    assert done.stderr.startswith("local AWS at http://127.0.0.1:")


def test_each_missing_permission_of_a_url_is_named_with_its_function(story: Story) -> None:
    functions = story.aws.client("lambda")
    for sid in ("function-url", "function-url-invoke"):
        functions.remove_permission(FunctionName=SERVER, Qualifier="live", StatementId=sid)
        done = story.aws.run(*CHECK, "--json")
        report = json.loads(done.stdout)
        assert (done.returncode, report["missing"]) == (4, ["lambda"])
        (gap,) = [each for each in report["findings"] if each["level"] == "failure"]
        assert gap["cause"] == f"not there: permissions of {SERVER}:live"
        assert gap["fix"] == " ".join(PLAY)
        assert play(story.aws).written == ("lambda:AddPermission",)


def test_the_first_line_says_that_nothing_reaches_the_real_aws(story: Story) -> None:
    done = story.aws.run(*PLAY, "--tags", "iam")
    endpoint = story.aws.running.endpoint_url
    assert done.stdout.splitlines()[0] == f"local AWS at {endpoint}: nothing here reaches the real AWS"


def test_visitors_see_the_placeholder_through_cloudfront(story: Story) -> None:
    answer = story.aws.site.fetch("/outreach")
    assert (answer.status, answer.text) == (503, "not released yet\n")


def test_the_function_urls_are_public_through_themselves_alone(story: Story) -> None:
    for name in (SERVER, f"{SERVER}-image"):
        answer = story.aws.client("lambda").get_policy(FunctionName=name, Qualifier="live")
        found = json.loads(answer["Policy"])["Statement"]
        assert [(each["Action"], each["Condition"]) for each in found] == [
            ("lambda:InvokeFunctionUrl", {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}),
            ("lambda:InvokeFunction", {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}),
        ]
        assert all(each["Resource"].endswith(":live") for each in found)


def test_a_file_is_served_from_the_bucket_to_the_distribution_alone(story: Story) -> None:
    story.aws.client("s3").put_object(Bucket=BUCKET, Key="_assets/outreach-static/a.txt", Body=b"from s3")
    assert story.aws.site.fetch("/outreach-static/a.txt").text == "from s3"


def distribution(aws: LocalAws) -> tuple[str, dict[str, Any], str]:
    cloudfront = aws.client("cloudfront")
    identity = aws.distribution()
    found = cloudfront.get_distribution_config(Id=identity)
    return identity, found["DistributionConfig"], found["ETag"]


def paths(aws: LocalAws) -> list[str]:
    return [each["PathPattern"] for each in distribution(aws)[1]["CacheBehaviors"]["Items"]]


def test_the_cloudfront_part_alone_adds_a_builds_paths_and_a_later_run_keeps_them(story: Story) -> None:
    before = paths(story.aws)
    needed = tuple(Behaviour(path, "assets", "static") for path in ("/outreach/b/*", "/outreach/b/c*"))
    with behaviours_file.written(needed) as named:
        added = played(story.aws, "inventories/staging", "--tags", "cloudfront", **named)
    assert added.written == ("cloudfront:UpdateDistribution",)
    assert paths(story.aws) == [*before, "/outreach/b/c*", "/outreach/b/*"]
    assert play(story.aws).written == ()


def test_a_change_by_hand_is_named_by_the_check_and_repaired_by_the_run(story: Story) -> None:
    story.aws.client("s3").put_bucket_versioning(
        Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"}
    )
    identity, config, etag = distribution(story.aws)
    config["CacheBehaviors"]["Items"][0]["Compress"] = False
    story.aws.client("cloudfront").update_distribution(Id=identity, IfMatch=etag, DistributionConfig=config)
    check = play(story.aws, "--check")
    assert check.steps == ("s3:PutBucketVersioning", "cloudfront:UpdateDistribution")
    assert check.written == ()
    assert sorted(play(story.aws).written) == sorted(check.steps)
    assert play(story.aws, "--check").steps == ()


def zipped(text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("index.js", text)
    return out.getvalue()


def release_echo(aws: LocalAws) -> dict[str, Any]:
    """Makes a function live that answers with the host it was told, as a release would: a version more."""
    functions = aws.client("lambda")
    count = len(functions.list_versions_by_function(FunctionName=SERVER)["Versions"])
    functions.update_function_code(FunctionName=SERVER, ZipFile=zipped(f"{ECHO}// {count}\n"))
    functions.get_waiter("function_updated_v2").wait(FunctionName=SERVER, WaiterConfig={"Delay": 1})
    functions.update_function_configuration(
        FunctionName=SERVER, Environment={"Variables": {"AUTH0_SECRET": "planted"}}
    )
    functions.get_waiter("function_updated_v2").wait(FunctionName=SERVER, WaiterConfig={"Delay": 1})
    version = functions.publish_version(FunctionName=SERVER)["Version"]
    return dict(functions.update_alias(FunctionName=SERVER, Name="live", FunctionVersion=version))


def released(aws: LocalAws) -> dict[str, Any]:
    """Of each function, what belongs to the release: alias, versions, and of both code and variables."""
    functions, found = aws.client("lambda"), {}
    for name in (SERVER, *(f"{SERVER}-{each}" for each in ("image", "revalidation", "initialization"))):
        latest = functions.get_function_configuration(FunctionName=name)
        versions = functions.list_versions_by_function(FunctionName=name)["Versions"]
        found[name] = (
            functions.get_alias(FunctionName=name, Name="live")["FunctionVersion"],
            [(each["Version"], each["CodeSha256"], each.get("Environment")) for each in versions],
            (latest["CodeSha256"], latest.get("Environment")),
        )
    return found


def test_provisioning_leaves_a_release_as_it_is_and_prints_no_variable(story: Story) -> None:
    while int(release_echo(story.aws)["FunctionVersion"]) < 7:
        pass
    functions = story.aws.client("lambda")
    for name in (SERVER, f"{SERVER}-image"):
        functions.update_function_configuration(FunctionName=name, MemorySize=512)
    before = released(story.aws)
    assert before[SERVER][0] == "7"
    done = story.aws.run(*PLAY, "--diff", "-vvv")
    assert done.returncode == 0, done.stdout
    assert "planted" not in done.stdout + done.stderr
    assert functions.get_function_configuration(FunctionName=SERVER)["MemorySize"] == 1024
    assert released(story.aws) == before


def test_only_the_parent_application_may_say_which_host_was_asked_for(story: Story) -> None:
    release_echo(story.aws)
    site = story.aws.site
    own = site.fetch("/outreach/api/host").text
    parent = "stage.mydreamconnect.com"
    assert site.fetch("/outreach/api/host", headers={"x-forwarded-host": parent}).text == parent
    assert site.fetch("/outreach/api/host", headers={"x-forwarded-host": "evil.example.com"}).text == own


def test_what_is_foreign_stays(story: Story) -> None:
    identity, config, etag = distribution(story.aws)
    theirs = {**config["CacheBehaviors"]["Items"][0], "PathPattern": "/theirs/*", "Compress": False}
    theirs["TargetOriginId"] = "theirs"
    origin = {**config["Origins"]["Items"][0], "Id": "theirs", "DomainName": "theirs.example.com"}
    config["Origins"] = {"Quantity": 4, "Items": [origin, *config["Origins"]["Items"]]}
    items = [theirs, *config["CacheBehaviors"]["Items"][1:], config["CacheBehaviors"]["Items"][0]]
    config["CacheBehaviors"] = {"Quantity": len(items), "Items": items}
    config["PriceClass"], config["Comment"] = "PriceClass_All", "theirs"
    story.aws.client("cloudfront").update_distribution(Id=identity, IfMatch=etag, DistributionConfig=config)
    s3 = story.aws.client("s3")
    policy = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])
    mine = {"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket"}
    policy["Statement"] = [{**mine, "Resource": f"arn:aws:s3:::{BUCKET}"}, *policy["Statement"][1:]]
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))

    assert sorted(play(story.aws).written) == ["cloudfront:UpdateDistribution", "s3:PutBucketPolicy"]
    _, now, _ = distribution(story.aws)
    assert (now["PriceClass"], now["Comment"]) == ("PriceClass_100", "theirs")
    assert now["Origins"]["Items"][0] == origin
    assert now["CacheBehaviors"]["Items"][0] == theirs
    statements = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"]
    assert statements[0]["Sid"] == "Theirs" and len(statements) == 7


@pytest.fixture
def connected(story: Story, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """A connection from this process."""
    for name, value in story.aws.environ.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    yield connect(story.aws.running.spec.account_id, "us-east-1")


def test_an_adopted_function_goes_on_as_it_is_behind_a_new_alias(story: Story, connected: Aws) -> None:
    functions = story.aws.client("lambda")
    role = functions.get_function_configuration(FunctionName=SERVER)["Role"]
    functions.create_function(
        FunctionName="adopted",
        Runtime="nodejs22.x",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": zipped(ECHO)},
        Environment={"Variables": {"THEIRS": "kept"}},
    )
    written: list[str] = []
    recording = dataclasses.replace(connected, guard=lambda *call: written.append(call_name(*call)))
    wanted = Function("adopted", "live", "nodejs24.x", "index.handler", 512, 30, "x86_64")
    settings = FunctionSettings("adopted", "nodejs24.x", "index.handler", 512, 30)
    resources = (Lookup("role", "role", "", lambda _aws: role), wanted, settings)
    predicted = converge(recording, resources, check=True)
    converge(recording, resources, check=False)
    assert written == [step.call for step in predicted.steps]
    live = functions.get_function_configuration(FunctionName="adopted", Qualifier="live")
    latest = functions.get_function_configuration(FunctionName="adopted")
    assert (live["Runtime"], latest["Runtime"]) == ("nodejs22.x", "nodejs24.x")
    assert live["Version"] != "$LATEST" and live["CodeSha256"] == latest["CodeSha256"]
    assert latest["Environment"]["Variables"] == {"THEIRS": "kept"}


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("-e", "lambda_memroy=1"), r"lambda_memroy is not known; did you mean lambda_\w+"),
        (("-e", "site_environment=production"), r"site_environment is 'production'"),
        (("-e", '{"s3_bucket_name": 5}'), r"the command line \(-e\): s3_bucket_name: a text is needed"),
        (
            ("-e", "rout53_take_over=true"),
            r"rout53_take_over belongs to no role; did you mean route53_take_over",
        ),
    ],
)
def test_a_wrong_variable_stops_the_play_before_any_call(
    story: Story, flags: Sequence[str], said: str
) -> None:
    story.aws.forget_calls()
    done = story.aws.run(*PLAY, *flags)
    assert done.returncode != 0
    assert re.search(said, done.stdout), done.stdout
    assert story.aws.calls() == []


def test_two_sites_with_the_variables_of_one_stop_the_play_before_any_call(
    story: Story, tmp_path: Path
) -> None:
    inventory = shutil.copytree(ROOT / "inventories" / "staging", tmp_path / "inventories" / "staging")
    hosts = inventory / "hosts.yml"
    hosts.write_text(hosts.read_text() + "        second-site:\n          ansible_connection: local\n")
    story.aws.forget_calls()
    done = story.aws.run("ansible-playbook", "provision.yml", "-i", str(inventory))
    assert done.returncode != 0
    assert "has 2 hosts in the group staging" in done.stdout
    assert "leave exactly one host" in done.stdout
    assert story.aws.calls() == []


def test_another_account_stops_the_play_after_asking_who_we_are(story: Story) -> None:
    story.aws.forget_calls()
    done = story.aws.run(*PLAY, AWS_ACCOUNT_ID="999999999999")
    assert done.returncode != 0
    assert "the inventory says 999999999999" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert story.aws.calls() == ["sts:GetCallerIdentity"]
