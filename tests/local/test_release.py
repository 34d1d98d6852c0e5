"""Deploy, releases, rollback: the commands, on the whole local AWS, with a real build."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import html
import json
import re
import shutil
import signal
import subprocess
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from outreach_ops.proof.answers import assets_named
from outreach_ops.sandbox import environment, process
from outreach_ops.settings.load import ROOT
from support import application as example
from support.local import LocalAws, executable

SERVER = "sax-lam-us-east-1-0x-s-outreach"
IMAGE = f"{SERVER}-image"
BUCKET = "sax-s3-us-east-1-0x-s-outreach-assets"
LEDGER = "sax-ddb-us-east-1-0x-s-outreach-ledger"
TENANT = "00000000-0000-0000-0000-000000000001"
READS = re.compile(r"\w+:(Get|List|Describe|Head|Query|Simulate)\w*|sts:.*|lambda:Invoke")


@dataclasses.dataclass(frozen=True)
class Staging:
    """A provisioned staging with v0.1.0 live, and the application at v0.1.0 or later."""

    aws: LocalAws
    app: example.Application

    def invoke(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return self.aws.run("invoke", *arguments, **variables)

    def deploy(self, *flags: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return self.invoke("deploy", "--env=staging", f"--app={self.app.path}", *flags, **variables)

    def live(self) -> tuple[str, str]:
        """The versions that the aliases of server and image function point to."""
        functions = self.aws.client("lambda")
        found = [functions.get_alias(FunctionName=name, Name="live") for name in (SERVER, IMAGE)]
        return found[0]["FunctionVersion"], found[1]["FunctionVersion"]

    def shown(self) -> tuple[str, str]:
        """The version on the front page, and the first line of the public file, through CloudFront."""
        page = self.aws.site.fetch("/outreach").text
        file = self.aws.site.fetch("/outreach/release-notes.txt").text
        return re.findall(r'data-version="[^"]*">v([^<]*)<', page)[0], file.splitlines()[0]

    def ledger(self) -> list[dict[str, object]]:
        """The ledger's entries, oldest first."""
        found = self.aws.client("dynamodb").query(
            TableName=LEDGER,
            KeyConditionExpression="site = :site",
            ExpressionAttributeValues={":site": {"S": "outreach-staging"}},
        )
        return [json.loads(item["data"]["S"]) for item in found["Items"]]

    def begin(self, operation: str, **variables: str) -> subprocess.Popen[str]:
        """A deploy that hangs in the call `operation`, which is under way when this returns."""
        self.aws.forget_calls()
        self.aws.faults({"match": {"operation": f"{operation}.*"}, "delay_ms": 5000})
        deploying = subprocess.Popen(
            executable(["invoke", "deploy", "--env=staging", f"--app={self.app.path}"]),
            cwd=ROOT,
            env={**self.aws.environ, **variables},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        deadline = time.monotonic() + 60
        # The call is recorded when it arrives; the fault holds it back.
        while not any(operation in call for call in self.aws.calls()) and time.monotonic() < deadline:
            time.sleep(0.05)
        return deploying


@pytest.fixture(scope="module")
def staging(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Staging:
    provisioned = local_aws.run("ansible-playbook", "provision.yml", "-i", "inventories/staging")
    assert provisioned.returncode == 0, provisioned.stdout
    staging = Staging(local_aws, example.make(tmp_path_factory.mktemp("app") / "outreach"))
    deployed = staging.deploy()
    assert deployed.returncode == 0, deployed.stdout + deployed.stderr
    return staging


@pytest.fixture
def v011(staging: Staging) -> Iterator[Staging]:
    """v0.1.1 is live, released after v0.1.0."""
    if "0.1.1" not in (staging.app.path / "package.json").read_text():
        staging.app.change("0.1.1")
    deployed = staging.deploy()
    assert deployed.returncode == 0, deployed.stdout + deployed.stderr
    yield staging
    staging.aws.faults()


def token(**claims: object) -> dict[str, str]:
    """A cookie as SleepConnect sets it, signed with the shared secret."""

    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    payload = {"sub": "u1", "name": "Test User", "tenant_id": TENANT, "exp": int(time.time()) + 300, **claims}
    signed = part(b'{"alg":"HS256"}') + "." + part(json.dumps(payload).encode())
    secret = example.SECRETS["AUTH0_CLIENT_SECRET"].encode()
    return {
        "cookie": f"x-sax-user-context={signed}.{part(hmac.digest(secret, signed.encode(), hashlib.sha256))}"
    }


def test_deploy_says_where_it_works_and_what_is_live(staging: Staging) -> None:
    again = staging.deploy()
    assert again.stderr.splitlines()[0].startswith(f"local AWS at {staging.aws.running.endpoint_url}")
    assert "v0.1.0" in again.stdout
    assert staging.live() != ("1", "1")


def test_every_kind_of_answer_comes_through_cloudfront(staging: Staging) -> None:
    site = staging.aws.site
    page = site.fetch("/outreach")
    payload = site.fetch("/outreach?_rsc=1", headers={"rsc": "1"})
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert payload.headers["content-type"].startswith("text/x-component")
    named = assets_named(page.text)
    assert len(named) > 5
    for path in named:
        asset = site.fetch(path)
        assert (asset.status, asset.headers["cache-control"]) == (200, "public,max-age=31536000,immutable")
    image = re.search(r"/outreach/_next/image\?[^\"\s]+", site.fetch("/outreach/about").text)
    assert image is not None
    optimised = site.fetch(image.group(0).replace("&amp;", "&"), headers={"accept": "image/webp"})
    assert (optimised.status, optimised.headers["content-type"]) == (200, "image/webp")
    assert "Test User" in site.fetch("/outreach/conversations", headers=token()).text


def test_server_action_is_taken_from_the_sites_own_origin_alone(staging: Staging) -> None:
    site = staging.aws.site
    inputs = re.findall(
        r'type="hidden" name="([^"]+)"(?: value="([^"]*)")?', site.fetch("/outreach/notes").text
    )
    fields = {html.unescape(name): html.unescape(value) for name, value in inputs} | {
        "note": "call back at ten"
    }
    body, kind = urllib3.encode_multipart_formdata(fields)
    answers = [
        site.fetch("/outreach/notes", "POST", {"content-type": kind, "origin": origin}, body)
        for origin in (site.base_url, "https://elsewhere.example")
    ]
    assert [answer.status for answer in answers] == [200, 500]
    assert re.search(r"data-note[^>]*>[^<]*call back at ten", answers[0].text)


def test_api_reaches_the_stand_in_and_refuses_bad_tokens(staging: Staging) -> None:
    site, path = staging.aws.site, "/outreach/api/outreach/templates"
    good = site.fetch(path, headers=token())
    assert (good.status, json.loads(good.body)["data"][0]["tenantId"]) == (200, TENANT)
    created = site.fetch(
        path, "POST", {**token(), "content-type": "application/json"}, '{"name": "Reminder"}'
    )
    assert created.status == 201
    assert [site.fetch(path).status, site.fetch(path, headers=token(exp=1)).status] == [401, 401]
    refused = site.fetch(path, headers=token(tenant_id=""))
    assert (refused.status, "Invalid or missing tenant_id" in refused.text) == (400, True)


def test_second_deploy_of_the_same_changes_nothing(staging: Staging) -> None:
    before = staging.live()
    staging.aws.forget_calls()
    again = staging.deploy()
    assert again.returncode == 0
    assert "nothing was changed" in again.stdout
    assert [call for call in staging.aws.calls() if not READS.fullmatch(call)] == []
    # Each of them costs a round trip or a share of one, and there are at most three seconds.
    assert len(staging.aws.calls()) <= 20
    assert staging.live() == before


@pytest.mark.parametrize("reading", ["--plan", "--dry"])
def test_plan_and_dry_show_what_would_be_done_and_make_no_writing_call(v011: Staging, reading: str) -> None:
    v011.aws.forget_calls()
    core = [reading] if reading == "--dry" else []
    flags = [] if core else [reading]
    variables = change_a_variable(9)
    deploying = v011.invoke(*core, "deploy", "--env=staging", f"--app={v011.app.path}", *flags, **variables)
    back = v011.invoke(*core, "rollback", "--env=staging", "--tag", "v0.1.0", *flags)
    assert (deploying.returncode, back.returncode) == (0, 0), deploying.stderr + back.stderr
    assert "changed AUTH0_BASE_URL" in deploying.stdout
    assert "nothing was written" in deploying.stdout
    assert [call for call in v011.aws.calls() if not READS.fullmatch(call)] == []


def test_rollback_restores_page_public_file_and_functions(v011: Staging) -> None:
    assert v011.shown() == ("0.1.1", "Outreach 0.1.1")
    new = v011.live()
    # Without a name: to the release before.
    done = v011.invoke("rollback", "--env=staging")
    assert done.returncode == 0, done.stderr
    assert v011.shown() == ("0.1.0", "Outreach 0.1.0")
    assert v011.live() != new
    listed = json.loads(v011.invoke("releases", "--env=staging", "--json").stdout)
    assert [row["description"].split()[0] for row in listed if row["alias"] == "live"] == ["v0.1.0"]
    assert v011.ledger()[-1]["kind"] == "rollback"


def test_releases_shows_the_runbooks_table(v011: Staging) -> None:
    listed = v011.invoke("releases", "--env=staging").stdout.splitlines()
    assert [cell.strip() for cell in listed[0].split("|")][:4] == [
        "Version",
        "Created",
        "Description",
        "Alias",
    ]
    commit = v011.app.git("rev-parse", "HEAD")[:7]
    live = [line for line in listed if re.search(r"\| live +\|", line)]
    assert len(live) == 1
    assert f"v0.1.1 ({commit})" in live[0]


def test_rollback_by_version_number(v011: Staging) -> None:
    first = next(entry for entry in v011.ledger() if entry["version"] == "0.1.0" and entry["status"] == "ok")
    done = v011.invoke("rollback", "--env=staging", "--version", str(first["server_version"]))
    assert done.returncode == 0, done.stderr
    assert v011.live()[0] == first["server_version"]


def test_deploy_tags_the_commit(v011: Staging) -> None:
    assert v011.app.git("rev-parse", "deploy-staging-v0.1.1") == v011.app.git("rev-parse", "HEAD")


def change_a_variable(number: int) -> dict[str, str]:
    """A release without a build: one of the release variables has another value."""
    return {"AUTH0_BASE_URL": f"https://outreach-stage.mydreamconnect.com/{number}"}


def test_failure_before_the_alias_leaves_live_unchanged(v011: Staging) -> None:
    before, shown = v011.live(), v011.shown()
    v011.aws.faults(
        {
            "match": {"operation": "PublishVersion.*"},
            "action": "error",
            "status": 400,
            "code": "CodeStorageExceededException",
        }
    )
    failed = v011.deploy(**change_a_variable(1))
    assert failed.returncode == 4, failed.stdout + failed.stderr
    assert "CodeStorageExceededException" in failed.stderr
    assert f"version {before[0]}, unchanged" in failed.stderr
    assert (v011.live(), v011.shown()) == (before, shown)
    assert v011.ledger()[-1]["status"] == "failed"


def test_failure_after_the_alias_brings_the_previous_release_back(v011: Staging) -> None:
    back = v011.invoke("rollback", "--env=staging", "--tag", "v0.1.0")
    assert back.returncode == 0, back.stderr
    before, shown = v011.live(), v011.shown()
    v011.aws.faults(
        {
            "match": {"operation": "CreateInvalidation.*"},
            "action": "error",
            "status": 403,
            "code": "AccessDenied",
            "times": 1,
        }
    )
    failed = v011.deploy()
    assert failed.returncode == 5, failed.stdout + failed.stderr
    assert "as before" in failed.stderr
    assert (v011.live(), v011.shown()) == (before, shown)
    assert v011.ledger()[-1]["status"] == "rolled back"


def test_no_way_back_ends_with_the_exact_command(v011: Staging) -> None:
    before = v011.live()
    v011.aws.faults(
        {
            "match": {"operation": "CreateInvalidation.*"},
            "action": "error",
            "status": 403,
            "code": "AccessDenied",
        }
    )
    failed = v011.deploy(**change_a_variable(2))
    assert failed.returncode == 6, failed.stdout + failed.stderr
    assert (
        f"aws lambda update-alias --function-name {SERVER} --name live --function-version {before[0]}"
        in failed.stderr
    )


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_interruption_ends_cleanly_and_says_what_is_live(v011: Staging, ending: signal.Signals) -> None:
    before = v011.live()
    with v011.begin("PublishVersion", **change_a_variable(3)) as deploying:
        deploying.send_signal(ending)
        _, said = deploying.communicate(timeout=60)
    assert deploying.returncode == 4
    assert f"version {before[0]}, unchanged" in said
    assert v011.live() == before


def test_killed_release_is_seen_locked_and_concluded(v011: Staging) -> None:
    before, shown = v011.live(), v011.shown()
    with v011.begin("PublishVersion", **change_a_variable(5)) as deploying:
        second = v011.deploy(**change_a_variable(6))
        deploying.kill()
        deploying.communicate(timeout=60)
    assert second.returncode == 3
    assert f"invoke deploy --env=staging --app={v011.app.path} --lock-wait=10m" in second.stderr
    v011.aws.faults()
    assert v011.invoke("resume", "--env=staging").returncode == 3
    taken = v011.invoke("lock.release", "--env=staging", "--force")
    assert "taken from" in taken.stdout
    assert "unfinished" in v011.invoke("lock.status", "--env=staging").stdout
    resumed = v011.invoke("resume", "--env=staging")
    assert resumed.returncode == 0, resumed.stderr
    assert "was left unfinished" in resumed.stdout
    stands = json.loads(v011.invoke("status", "--env=staging", "--json").stdout)
    assert (stands["lock"], stands["drift"]) == ("nobody changes this site", [])
    assert (v011.live(), v011.shown()) == (before, shown)


def test_move_in_the_console_is_seen_and_recorded(v011: Staging) -> None:
    functions = v011.aws.client("lambda")
    placeholder = {"Name": "live", "FunctionVersion": "1"}
    for name in (IMAGE, SERVER):
        functions.update_alias(FunctionName=name, **placeholder)
    stands = json.loads(v011.invoke("status", "--env=staging", "--json").stdout)
    assert "which the ledger does not explain" in stands["drift"][0]
    assert v011.deploy().returncode == 0
    assert [entry["kind"] for entry in v011.ledger()[-2:]] == ["observed", "release"]
    assert v011.shown()[0] == "0.1.1"


def test_no_request_fails_while_releases_change(v011: Staging) -> None:
    site, ended, answers = v011.aws.site, threading.Event(), []

    def ask() -> None:
        while not ended.wait(0.05) and len(answers) < 5000:
            page = site.fetch("/outreach")
            statuses = {site.fetch(path).status for path in assets_named(page.text)[:3]}
            answers.append({page.status} | statuses)

    visitor = threading.Thread(target=ask)
    visitor.start()
    try:
        for command in (
            ["rollback", "--env=staging", "--tag", "v0.1.0"],
            ["rollback", "--env=staging", "--tag", "v0.1.1"],
        ):
            done = v011.invoke(*command)
            assert done.returncode == 0, done.stderr
    finally:
        ended.set()
        visitor.join(30)
    assert len(answers) > 20
    assert [statuses for statuses in answers if statuses != {200}] == []


def test_secrets_are_nowhere_but_in_the_functions_variables(v011: Staging) -> None:
    said = [
        v011.deploy("--verbose", **change_a_variable(4)),
        v011.invoke("releases", "--env=staging", "--json"),
    ]
    s3 = v011.aws.client("s3")
    stored = [
        s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read()
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        for item in page["Contents"]
    ]
    zips = [path for folder in example.artifacts() for path in folder.glob("*.zip")]
    members = [
        archive.read(name)
        for path in zips
        for archive in [zipfile.ZipFile(path)]
        for name in archive.namelist()
    ]
    texts = [run.stdout + run.stderr for run in said] + [json.dumps(v011.ledger())]
    assert zips
    for value in example.SECRETS.values():
        assert [text for text in texts if value in text] == []
        assert [len(data) for data in [*stored, *members] if value.encode() in data] == []
    live = v011.aws.client("lambda").get_function_configuration(FunctionName=SERVER, Qualifier="live")
    assert live["Environment"]["Variables"]["AUTH0_SECRET"] == example.SECRETS["AUTH0_SECRET"]


def test_damaged_artifact_is_refused_before_any_write(staging: Staging) -> None:
    key = hashlib.sha256(str(staging.app.path).encode()).hexdigest()[:8]
    newest = ROOT / ".artifacts" / "outreach-staging" / f"newest-{key}"
    name = newest.read_text()
    # A copy is damaged: other tests release the build at the same time.
    damaged = shutil.copytree(newest.parent / name, newest.parent / f"damaged-{key}")
    (damaged / "server.zip").write_bytes((damaged / "server.zip").read_bytes()[:-1] + b"x")
    newest.write_text(damaged.name)
    try:
        staging.aws.forget_calls()
        refused = staging.deploy("--skip-build")
    finally:
        newest.write_text(name)
        shutil.rmtree(damaged)
    assert refused.returncode == 4
    assert "server.zip is damaged" in refused.stderr
    assert "--rebuild" in refused.stderr
    assert [call for call in staging.aws.calls() if not READS.fullmatch(call)] == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["deploy", "--env=nowhere"], "--env=staging"),
        (["deploy", "--env="], "--env=staging"),
        (["deploy"], "--env=staging"),
        (["rollback", "--env=staging", "--version", "5", "--tag", "v0.1.0"], "either --version or --tag"),
        (["rollback", "--env=staging", "--version", "999"], "no proven release with version 999"),
        (["rollback", "--env=staging", "--version", "five"], "not a whole number"),
        (["rollback", "--env=staging", "--tag", "v9.9.9"], "no proven release with tag v9.9.9"),
    ],
)
def test_bad_input_lists_what_there_is_and_writes_nothing(
    staging: Staging, arguments: list[str], says: str
) -> None:
    staging.aws.forget_calls()
    refused = staging.invoke(*arguments)
    assert refused.returncode == 2, refused.stdout + refused.stderr
    assert says in refused.stderr
    assert "fix:" in refused.stderr
    assert [call for call in staging.aws.calls() if not READS.fullmatch(call)] == []


def test_an_environment_without_its_flag_is_never_deployed_to(staging: Staging) -> None:
    staging.aws.forget_calls()
    refused = staging.invoke("deploy", "staging")
    assert refused.returncode != 0
    assert staging.aws.calls() == []


def test_wrong_account_stops_before_the_first_other_call(staging: Staging) -> None:
    staging.aws.forget_calls()
    refused = staging.deploy(AWS_ACCESS_KEY_ID="999988887777")
    assert refused.returncode == 2
    assert "999988887777" in refused.stderr
    assert staging.aws.calls() == ["sts:GetCallerIdentity"]


def test_without_credentials_the_error_says_how_to_log_in(staging: Staging) -> None:
    refused = staging.deploy(AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    assert refused.returncode == 4
    assert "no AWS credentials" in refused.stderr
    assert 'eval "$(invoke sandbox.env)"' in refused.stderr


def test_missing_infrastructure_names_the_playbook(tmp_path: Path, staging: Staging) -> None:
    empty = process.start(tmp_path, dataclasses.replace(staging.aws.running.spec))
    shell = environment.environment(empty)
    try:
        refused = staging.deploy(**shell)
    finally:
        process.stop(tmp_path)
    stopped = staging.deploy(**shell)
    assert (refused.returncode, stopped.returncode) == (4, 4)
    assert "ansible-playbook provision.yml -i inventories/staging" in refused.stderr
    assert "invoke sandbox.start" in stopped.stderr


def test_unsupported_applications_are_named(staging: Staging, tmp_path: Path) -> None:
    other = example.make(tmp_path / "other")
    lockfile = other.path / "pnpm-lock.yaml"
    lockfile.write_text(lockfile.read_text().replace("version: 3.9.12", "version: 3.9.13", 1))
    refused = staging.invoke("deploy", "--env=staging", f"--app={other.path}")
    assert refused.returncode == 2
    assert "do not go together" in refused.stderr
    assert "3.9.12" in refused.stderr.split("fix:")[1]
