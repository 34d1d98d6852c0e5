"""Variables and checks: the commands on the whole local AWS."""

from __future__ import annotations

import dataclasses
import json
import subprocess

import pytest

from support import application as example
from support.local import LocalAws

SERVER = "sax-lam-us-east-1-0x-s-outreach"
PARENT = "sax-lambda-us-east-1-0x-s-sleep-connect-server_staging"
BUCKET = "sax-s3-us-east-1-0x-s-outreach-assets"
LEDGER = "sax-ddb-us-east-1-0x-s-outreach-ledger"
# One for each source: .env, .env.local (the application's own), the process, standard input, both functions.
IN_ENV = "sentinel-number-in-dot-env"
IN_PROCESS = "sentinel-token-in-process"
ON_STDIN = "sentinel-token-on-stdin"
AT_PARENT = "sentinel-rotated-at-parent"
BY_HAND = "sentinel-by-hand-on-the-function"
SENTINELS = {*example.SECRETS.values(), BY_HAND, IN_ENV, IN_PROCESS, ON_STDIN, AT_PARENT}


@dataclasses.dataclass
class Story:
    """A staging with a release, and everything that the commands have said."""

    aws: LocalAws
    app: example.Application
    said: list[str] = dataclasses.field(default_factory=list)

    def invoke(self, *arguments: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        done = self.aws.run("invoke", *arguments, stdin=stdin, **variables)
        self.said.append(done.stdout + done.stderr)
        return done

    def deploy(self, *flags: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return self.invoke("deploy", "--env=staging", f"--app={self.app.path}", *flags, **variables)

    def live(self) -> dict[str, str]:
        """The variables of the live server function."""
        found = self.aws.client("lambda").get_function_configuration(FunctionName=SERVER, Qualifier="live")
        variables: dict[str, str] = found["Environment"]["Variables"]
        return variables

    def by_hand(self, **added: str) -> None:
        """Makes a version with these variables live, as somebody does in the console."""
        functions, held = self.aws.client("lambda"), self.live()
        functions.update_function_configuration(
            FunctionName=SERVER, Environment={"Variables": {**held, **added}}
        )
        functions.get_waiter("function_updated_v2").wait(FunctionName=SERVER, WaiterConfig={"Delay": 1})
        version = functions.publish_version(FunctionName=SERVER)["Version"]
        functions.update_alias(FunctionName=SERVER, Name="live", FunctionVersion=version)

    def parent(self, **changed: str) -> None:
        """Changes variables of SleepConnect's function."""
        functions = self.aws.client("lambda")
        held = functions.get_function_configuration(FunctionName=PARENT)["Environment"]["Variables"]
        functions.update_function_configuration(
            FunctionName=PARENT, Environment={"Variables": {**held, **changed}}
        )


@pytest.fixture(scope="module")
def story(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Story:
    app = example.make(tmp_path_factory.mktemp("app") / "outreach")
    # Ignored, so that it makes no release dirty.
    (app.path / ".git" / "info" / "exclude").write_text(".env\n")
    app.make_unique(__name__)
    local = app.path / ".env.local"
    elsewhere = ("TWILIO_FROM_NUMBER", "AUTH0_CLIENT_ID")
    kept = [line for line in local.read_text().splitlines() if not line.startswith(elsewhere)]
    local.write_text("\n".join(kept) + "\n")
    (app.path / ".env").write_text(f"TWILIO_FROM_NUMBER={IN_ENV}\n")
    story = Story(local_aws, app)
    done = local_aws.run("ansible-playbook", "provision.yml", "-i", "inventories/staging", "--diff", "-vvv")
    story.said.append(done.stdout + done.stderr)
    assert done.returncode == 0, done.stdout
    deployed = story.deploy("--verbose", "--rebuild")
    assert deployed.returncode == 0, deployed.stdout + deployed.stderr
    return story


def test_env_show_lists_sources_and_the_same_fingerprints_again(story: Story) -> None:
    flags = ("env.show", "--env=staging", f"--app={story.app.path}", "--json")
    first, second = (json.loads(story.invoke(*flags).stdout) for _ in range(2))
    assert first == second
    assert first["comparable"] is True
    shown = {row["name"]: row for row in first["variables"]}
    assert shown["AUTH0_SECRET"]["source"] == ".env.local"
    assert shown["NODE_ENV"]["source"] == "inventory"
    # The first deploy took it from SleepConnect's function: nobody named it.
    assert (shown["AUTH0_CLIENT_ID"]["source"], shown["AUTH0_CLIENT_ID"]["present"]) == ("live", True)
    assert story.live()["AUTH0_CLIENT_ID"] == example.SECRETS["AUTH0_CLIENT_ID"]
    assert "missing" not in story.invoke(*flags[:-1]).stdout


def test_all_missing_variables_are_named_at_once_before_the_build(story: Story) -> None:
    refused = story.deploy(AUTH0_SECRET="", TWILIO_AUTH_TOKEN="")
    assert refused.returncode == 2
    assert "no value: AUTH0_SECRET, TWILIO_AUTH_TOKEN" in refused.stderr
    assert "build" not in refused.stdout


def test_a_malformed_line_names_file_and_line(story: Story) -> None:
    file = story.app.path / ".env"
    file.write_text(f"TWILIO_FROM_NUMBER={IN_ENV}\n'{IN_ENV}\n")
    try:
        refused = story.deploy()
    finally:
        file.write_text(f"TWILIO_FROM_NUMBER={IN_ENV}\n")
    assert refused.returncode == 2
    assert ".env:2: this is no line like NAME=value" in refused.stderr


def test_what_nobody_names_stays_until_it_is_unset(story: Story) -> None:
    story.by_hand(OLD_SWITCH=BY_HAND)
    kept = story.deploy()
    assert kept.returncode == 0, kept.stdout + kept.stderr
    assert story.live()["OLD_SWITCH"] == BY_HAND
    removed = story.deploy("--unset", "OLD_SWITCH")
    assert "removed OLD_SWITCH (" in removed.stdout
    assert "OLD_SWITCH" not in story.live()
    assert story.deploy("--unset", "OLD_SWITCH").returncode == 2


def test_what_a_source_sets_or_every_release_needs_cannot_be_removed(story: Story) -> None:
    assert story.live()["TWILIO_FROM_NUMBER"] == IN_ENV
    refused = story.deploy("--unset", "TWILIO_FROM_NUMBER")
    assert (refused.returncode, "it is set by .env" in refused.stderr) == (2, True)
    file = story.app.path / ".env"
    aside = file.rename(file.with_name("aside.log"))
    try:
        # A build reads that file, and would be made again without it.
        kept = story.deploy("--skip-build")
        refused = story.deploy("--unset", "TWILIO_FROM_NUMBER")
    finally:
        aside.rename(file)
    assert "nothing was changed" in kept.stdout
    assert (refused.returncode, "no value: TWILIO_FROM_NUMBER" in refused.stderr) == (2, True)
    assert story.live()["TWILIO_FROM_NUMBER"] == IN_ENV


def test_rotation_from_stdin_and_environment_and_a_rollback_that_keeps_it(story: Story) -> None:
    listed = json.loads(story.invoke("releases", "--env=staging", "--json").stdout)
    first = min(int(row["version"]) for row in listed)
    rotate = ("secrets.rotate", "--env=staging", "--name=TWILIO_AUTH_TOKEN")
    piped = story.invoke(*rotate, stdin=f"{ON_STDIN}\n")
    assert piped.returncode == 0, piped.stdout + piped.stderr
    assert story.live()["TWILIO_AUTH_TOKEN"] == ON_STDIN
    ambient = story.invoke(*rotate, TWILIO_AUTH_TOKEN=IN_PROCESS)
    assert "gh secret set TWILIO_AUTH_TOKEN --env staging" in ambient.stdout
    assert story.live()["TWILIO_AUTH_TOKEN"] == IN_PROCESS
    changed = story.deploy(TWILIO_AUTH_TOKEN=IN_PROCESS, AUTH0_BASE_URL="https://outreach.example.com")
    assert changed.returncode == 0, changed.stdout + changed.stderr
    back = story.invoke("rollback", "--env=staging", "--version", str(first))
    assert back.returncode == 0, back.stdout + back.stderr
    assert "published again, because shared variables have changed" in back.stdout
    assert story.live()["TWILIO_AUTH_TOKEN"] == IN_PROCESS
    assert story.live()["AUTH0_BASE_URL"] == "https://outreach-stage.mydreamconnect.com"


def test_the_auth0_trio_is_compared_refused_and_copied(story: Story) -> None:
    assert story.invoke("auth0.check", "--env=staging").returncode == 0
    story.parent(AUTH0_SECRET=AT_PARENT)
    checked = story.invoke("auth0.check", "--env=staging", "--json")
    assert checked.returncode == 4
    assert [pair["name"] for pair in json.loads(checked.stdout) if not pair["same"]] == ["AUTH0_SECRET"]
    before = story.live()
    # With something to do, which must not be done, and not even be built.
    refused = story.deploy(AUTH0_BASE_URL="https://other.example.com")
    assert refused.returncode == 4
    assert "AUTH0_SECRET" in refused.stderr
    assert "invoke auth0.sync --env=staging" in refused.stderr
    assert " build " not in refused.stdout
    assert story.live() == before
    planned = story.deploy("--plan")
    assert planned.returncode == 4
    assert "previous" in planned.stdout
    assert "auth0: AUTH0_SECRET differ" in planned.stderr
    synced = story.invoke("auth0.sync", "--env=staging")
    assert synced.returncode == 0, synced.stdout + synced.stderr
    assert story.live()["AUTH0_SECRET"] == AT_PARENT
    story.parent(AUTH0_SECRET=example.SECRETS["AUTH0_SECRET"])
    assert story.invoke("auth0.sync", "--env=staging").returncode == 0


def test_checks_and_doctor_pass_and_only_read(story: Story) -> None:
    story.aws.forget_calls()
    flags = ("--env=staging", f"--app={story.app.path}", "--json")
    checked = story.invoke("pre-deploy-check", *flags)
    healthy = story.invoke("doctor", *flags)
    assert (checked.returncode, healthy.returncode) == (0, 0), checked.stdout + healthy.stdout
    levels = {each["check"]: each["level"] for each in json.loads(checked.stdout)["findings"]}
    assert {levels[name] for name in ("auth0", "certificate", "dns", "compression", "cache key")} == {"ok"}
    assert story.aws.writes() == []


def test_what_is_not_provisioned_fails_the_check_with_its_command(story: Story) -> None:
    story.aws.client("lambda").delete_function(FunctionName=PARENT)
    try:
        checked = story.invoke("pre-deploy-check", "--env=staging", f"--app={story.app.path}")
    finally:
        story.aws.seed_parents(example.SECRETS)
    assert checked.returncode == 4
    assert f"SleepConnect's function {PARENT} does not exist" in checked.stdout
