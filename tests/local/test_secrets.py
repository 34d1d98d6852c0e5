"""No secret of any source is shown or left by any command, at any verbosity, and when a step fails."""

from __future__ import annotations

import json
import shlex
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from outreach_ops.variables.values import KEY_NAME, ORIGIN_SECRET
from support import application as example
from support.application import Application
from support.every_command import CASES
from support.local import LocalAws

SERVER = "sax-lam-us-east-1-0x-s-outreach"
PARENT = "sax-lambda-us-east-1-0x-s-sleep-connect-server_staging"
BUCKET = "sax-s3-us-east-1-0x-s-outreach-assets"
LEDGER = "sax-ddb-us-east-1-0x-s-outreach-ledger"
ON_STDIN = "sentinel-piped-into-the-command"
FILES = {
    ".env": {
        "TWILIO_FROM_NUMBER": "sentinel-number-in-dot-env",
        "NOBODY_KNOWS": "sentinel-unknown-in-dot-env",
        "REFERS": "sentinel-beside-a-reference-${NOBODY_KNOWS}",
    },
    ".env.local": {
        **{name: value for name, value in example.SECRETS.items() if name != "TWILIO_FROM_NUMBER"},
        "NOT_OURS": "sentinel-unknown-in-dot-env-local",
    },
    ".env.production": {"TWILIO_AUTH_TOKEN": "sentinel-that-next-alone-reads"},
}
PROCESS = {
    "TWILIO_ACCOUNT_SID": "sentinel-sid-of-the-process",
    "NOT_OURS_EITHER": "sentinel-stranger-of-the-process",
}
BY_HAND = {"SET_BY_HAND": "sentinel-by-hand-on-the-function"}
AT_PARENT = {**example.SECRETS, "PARENTS_OWN": "sentinel-that-only-the-parent-has"}
SENTINELS = {
    ON_STDIN,
    *(
        # As far as it stands in the file and behind what it refers to.
        value.partition("-$")[0]
        for held in (*FILES.values(), PROCESS, BY_HAND, AT_PARENT)
        for value in held.values()
    ),
}
TELLING = """import { readFileSync } from "node:fs";
for (const file of [".env", ".env.local", ".env.production"]) console.log(readFileSync(file, "utf8"));
console.log(JSON.stringify(process.env));
throw new Error(readFileSync(".env.local", "utf8"));
"""
UNDERSTOOD = {0, 2, 3, 4, 5, 6}
PLAY = "ansible-playbook provision.yml -i inventories/staging --diff -vvvvvv"


class Place:
    """A staging with secrets in every source of variables."""

    def __init__(self, aws: LocalAws, app: Application) -> None:
        self.aws, self.app = aws, app
        self.secrets = SENTINELS

    def run(self, line: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs a command as typed, and asserts that it shows no secret."""
        command = shlex.split(line.format(app=self.app.path))
        done = self.aws.run(*command, stdin=f"{ON_STDIN}\n", **{**PROCESS, **variables})
        self.secrets = self.secrets | made(self.aws)
        assert shown(done.stdout + done.stderr, self.secrets) == {}, line
        assert done.returncode in UNDERSTOOD, done.stdout + done.stderr
        return done


def shown(text: str, secrets: set[str]) -> dict[str, str]:
    """Each secret that `text` holds, with the first line that does."""
    return {
        secret: next(line for line in text.splitlines() if secret in line)
        for secret in secrets
        if secret in text
    }


def made(aws: LocalAws) -> set[str]:
    """The secrets that live has and no source names: releases and rotations make them."""
    functions = aws.client("lambda")
    try:
        found = functions.get_function_configuration(FunctionName=SERVER, Qualifier="live")
    except functions.exceptions.ResourceNotFoundException:
        return set()
    held = found.get("Environment", {}).get("Variables", {})
    several = [*held.get(ORIGIN_SECRET, "").split(","), held.get(KEY_NAME, "")]
    return {each for each in several if each}


@pytest.fixture(scope="module")
def place(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Place:
    app = example.make(tmp_path_factory.mktemp("app") / "outreach")
    (app.path / ".git" / "info" / "exclude").write_text(".env\n")
    app.make_unique(__name__)
    for name, held in FILES.items():
        (app.path / name).write_text("".join(f"{key}={value}\n" for key, value in held.items()))
    functions = local_aws.client("lambda")
    functions.update_function_configuration(FunctionName=PARENT, Environment={"Variables": AT_PARENT})
    place = Place(local_aws, app)
    assert place.run(PLAY).returncode == 0
    deployed = place.run("invoke deploy --env=staging --app={app} --verbose --rebuild")
    assert deployed.returncode == 0, deployed.stdout + deployed.stderr
    set_by_hand(local_aws)
    # A second release, so that there is one to go back to.
    again = place.run("invoke deploy --env=staging --app={app}", AUTH0_BASE_URL="https://x.example.com")
    assert again.returncode == 0, again.stdout + again.stderr
    return place


def set_by_hand(aws: LocalAws) -> None:
    """Gives live a variable that no inventory has, as somebody at the console does."""
    functions = aws.client("lambda")
    held = functions.get_function_configuration(FunctionName=SERVER, Qualifier="live")["Environment"][
        "Variables"
    ]
    functions.update_function_configuration(
        FunctionName=SERVER, Environment={"Variables": {**held, **BY_HAND}}
    )
    functions.get_waiter("function_updated_v2").wait(FunctionName=SERVER, WaiterConfig={"Delay": 1})
    version = functions.publish_version(FunctionName=SERVER)["Version"]
    functions.update_alias(FunctionName=SERVER, Name="live", FunctionVersion=version)


def test_the_secrets_are_where_a_command_could_find_them(place: Place) -> None:
    found = place.aws.client("lambda").get_function_configuration(FunctionName=SERVER, Qualifier="live")
    held = set(found["Environment"]["Variables"].values())
    assert {*BY_HAND.values(), *PROCESS.values()} & held == {*BY_HAND.values(), PROCESS["TWILIO_ACCOUNT_SID"]}
    assert example.SECRETS["AUTH0_SECRET"] in held
    assert len(place.secrets - SENTINELS) >= 2


@pytest.mark.parametrize("command", CASES)
def test_no_command_shows_a_secret_even_when_invoke_and_its_libraries_tell_all(
    place: Place, command: str
) -> None:
    for arguments in CASES[command]:
        place.run(f"invoke {command} {arguments}")
        place.run(f"invoke --debug --echo {command} {arguments}")


@pytest.fixture(scope="module")
def newer(place: Place) -> Place:
    """With a version of the application that is not released yet."""
    place.app.change("0.1.1")
    return place


@pytest.fixture
def quoting(newer: Place) -> Iterator[Place]:
    yield newer
    newer.aws.faults()
    newer.run("invoke resume --env=staging")


@pytest.mark.parametrize(
    "operation",
    [
        "PutObject",
        "UpdateFunctionCode",
        "UpdateFunctionConfiguration",
        "PublishVersion",
        "UpdateAlias",
        "CreateInvalidation",
        "TransactWriteItems",
    ],
)
def test_a_step_whose_failure_quotes_a_secret_does_not_show_it(quoting: Place, operation: str) -> None:
    secret, other = example.SECRETS["AUTH0_SECRET"], FILES[".env"]["TWILIO_FROM_NUMBER"]
    quoting.aws.faults(
        {
            "match": {"operation": f"{operation}.*"},
            "action": "error",
            "status": 400,
            "code": "InvalidParameterValueException",
            "message": f'refused {other}. String measured: {{"AUTH0_SECRET":"{secret}"}}',
        }
    )
    # Another value each time, so that there is something to publish.
    line = "invoke --debug deploy --env=staging --app={app} --verbose"
    failed = quoting.run(line, AUTH0_BASE_URL=f"https://{operation.lower()}.example.com")
    assert failed.returncode in {4, 5, 6}, failed.stdout


def test_a_build_that_prints_its_files_of_variables_and_fails_shows_no_secret(place: Place) -> None:
    file = place.app.path / "next.config.mjs"
    text = file.read_text()
    file.write_text(TELLING + text)
    try:
        for flags in ("", "--verbose"):
            failed = place.run(f"invoke deploy --env=staging --app={{app}} {flags}")
            assert failed.returncode == 4
        assert "AUTH0_SECRET=***" in failed.stdout, "the build did not print its file"
    finally:
        file.write_text(text)


def test_provisioning_shows_no_secret_in_a_check_in_its_diff_and_when_it_fails(place: Place) -> None:
    functions = place.aws.client("lambda")
    functions.update_function_configuration(FunctionName=SERVER, MemorySize=512)
    assert place.run(f"{PLAY} --check").returncode == 0
    fault = {"match": {"operation": "UpdateFunctionConfiguration.*"}, "action": "error", "status": 400}
    place.aws.faults({**fault, "message": f"String measured: {example.SECRETS}"})
    try:
        assert place.run(PLAY, ANSIBLE_DEBUG="1").returncode == 2
    finally:
        place.aws.faults()
    assert place.run(PLAY, ANSIBLE_DEBUG="1").returncode == 0


def test_no_secret_is_left_in_the_ledger_the_bucket_an_artifact_a_zip_or_a_log(place: Place) -> None:
    """The last test: what all commands before it have left."""
    left: dict[str, bytes] = {}
    left["ledger"] = json.dumps(place.aws.client("dynamodb").scan(TableName=LEDGER)["Items"]).encode()
    s3 = place.aws.client("s3")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        for item in page["Contents"]:
            left[item["Key"]] = s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read()
    left["build.log"] = (example.STORE / "build.log").read_bytes()
    for folder in example.artifacts():
        for path in folder.rglob("*"):
            left.update(contents(path))
    assert len(left) > 100
    for name, data in left.items():
        assert [secret for secret in place.secrets if secret.encode() in data] == [], name


def contents(path: Path) -> dict[str, bytes]:
    """A file's content, or that of each file in a zip; nothing for a folder."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return {f"{path}/{name}": archive.read(name) for name in archive.namelist()}
    return {str(path): path.read_bytes()} if path.is_file() else {}
