"""SleepConnect in front: users' requests go through its CloudFront and function to Outreach's."""

from __future__ import annotations

import dataclasses
import io
import json
import re
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from outreach_ops.proof.answers import assets_named
from outreach_ops.proof.viewer import Viewer
from support import application as example
from support import local, project
from support import parent as parents
from support.local import LocalAws

PARENT = "sax-lambda-us-east-1-0x-s-sleep-connect-server_staging"


@dataclasses.dataclass(frozen=True)
class Behind:
    """A staging with a release, behind a SleepConnect that was configured and built for it."""

    aws: LocalAws
    parent: parents.ParentCheckout

    def invoke(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return self.aws.run("invoke", *arguments, **variables)

    def sleepconnect(self, command: str, *flags: str, **variables: str) -> subprocess.CompletedProcess[str]:
        flags = ("--env=staging", f"--app={self.parent.path}", *flags)
        return self.invoke(f"sleepconnect.{command}", *flags, **variables)

    @property
    def site(self) -> Viewer:
        """SleepConnect, through its CloudFront."""
        return Viewer(self.aws.running.site_url("sleepconnect-staging"))

    def variables(self) -> dict[str, str]:
        """Those of SleepConnect's function."""
        found = self.aws.client("lambda").get_function_configuration(FunctionName=PARENT)
        variables: dict[str, str] = found["Environment"]["Variables"]
        return variables

    def sign_in(self) -> dict[str, str]:
        """The Cookie header of a user who has signed in at SleepConnect."""
        form = {"content-type": "application/x-www-form-urlencoded"}
        answer = self.site.fetch("/api/login", "POST", form, "name=Ann")
        assert (answer.status, answer.headers["location"]) == (303, "/outreach/conversations")
        return {"cookie": f"x-sax-user-context={answer.headers['x-sax-user-context']}"}


@pytest.fixture(scope="module")
def local_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """That of a project whose inventory is the examples'."""
    root = project.for_the_examples(tmp_path_factory.mktemp("project") / "project")
    with local.fresh(tmp_path_factory.mktemp("local-aws"), root) as aws:
        yield aws


@pytest.fixture(scope="module")
def behind(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Behind:
    folder: Path = tmp_path_factory.mktemp("apps")
    app = example.make(folder / "outreach")
    provisioned = local_aws.run("ansible-playbook", "provision.yml", "-i", "inventories/staging")
    assert provisioned.returncode == 0, provisioned.stdout
    deployed = local_aws.run("invoke", "deploy", "--env=staging", f"--app={app.path}")
    assert deployed.returncode == 0, deployed.stdout + deployed.stderr
    behind = Behind(local_aws, parents.make(folder / "sleepconnect"))
    configured = behind.sleepconnect("configure")
    assert configured.returncode == 0, configured.stdout + configured.stderr
    redeployed = behind.sleepconnect("redeploy")
    assert redeployed.returncode == 0, redeployed.stdout + redeployed.stderr
    return behind


def test_configure_sets_file_and_function_and_keeps_the_rest(behind: Behind) -> None:
    outreach = behind.aws.running.site_url("outreach-staging")
    text = behind.parent.env_file.read_text()
    example_text = (behind.parent.path / ".env.staging.example").read_text()
    assert f"OUTREACH_APP_URL={outreach}\n" in text
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        line for line in example_text.splitlines() if line.startswith("#")
    ]
    held = behind.variables()
    assert held["OUTREACH_APP_URL"] == outreach
    assert held["AUTH0_CLIENT_SECRET"] == example.SECRETS["AUTH0_CLIENT_SECRET"]
    again = behind.sleepconnect("configure")
    assert "nothing was changed" in again.stdout


def test_configure_refuses_what_cannot_serve_and_changes_nothing(behind: Behind) -> None:
    before, held = behind.parent.env_file.read_text(), behind.variables()
    for flag, said in (
        ("--url=http://127.0.0.1:9", "not reachable"),
        ("--url=outreach", "is no address"),
        ("--url=https://abc.lambda-url.us-east-1.on.aws", "origin protection is on"),
        (f"--url={behind.site.base_url}", "is SleepConnect itself"),
    ):
        refused = behind.sleepconnect("configure", flag)
        assert (refused.returncode, said in refused.stderr) == (2, True), refused.stderr
    lost = behind.invoke("sleepconnect.configure", "--env=staging", "--app=nowhere")
    assert (lost.returncode, "nowhere does not exist" in lost.stderr) == (2, True)
    other = behind.aws.running.site_url("outreach-staging").replace("127.0.0.1", "localhost")
    planned = behind.sleepconnect("configure", "--plan", f"--url={other}")
    assert f"+OUTREACH_APP_URL={other}" in planned.stdout
    assert (behind.parent.env_file.read_text(), behind.variables()) == (before, held)


def test_pages_and_their_files_come_through(behind: Behind) -> None:
    page = behind.site.fetch("/outreach")
    assert (page.status, "Good conversations" in page.text) == (200, True)
    named = assets_named(page.text)
    assert all(path.startswith("/outreach-static/") for path in named)
    assert {path: behind.site.fetch(path).status for path in named} == dict.fromkeys(named, 200)
    payload = behind.site.fetch("/outreach?_rsc=1", headers={"rsc": "1"})
    assert payload.headers["content-type"].startswith("text/x-component")


def test_cookies_of_the_parent_reach_the_api_and_the_page(behind: Behind) -> None:
    user = behind.sign_in()
    templates = behind.site.fetch("/outreach/api/outreach/templates", headers=user)
    assert json.loads(templates.text)["data"][0]["tenantId"] == "00000000-0000-0000-0000-000000000001"
    assert behind.site.fetch("/outreach/api/outreach/templates").status == 401
    assert "Signed in as Ann" in behind.site.fetch("/outreach/conversations", headers=user).text
    padded = {"cookie": f"pad={'a' * 8000}; {user['cookie']}"}
    assert behind.site.fetch("/outreach/api/outreach/conversations", headers=padded).status == 200


def test_a_server_action_posted_at_the_parent_is_answered(behind: Behind) -> None:
    page = behind.site.fetch("/outreach/notes").text
    hidden = re.findall(r'<input type="hidden" name="([^"]*)"(?: value="([^"]*)")?', page)
    fields = {name: value.replace("&quot;", '"') for name, value in hidden} | {"note": "through the parent"}
    boundary = "form"
    body = "".join(
        f'--{boundary}\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    headers = {
        "content-type": f"multipart/form-data; boundary={boundary}",
        # As a browser says it: the application must see its own host there, or refuses the action.
        "origin": behind.site.base_url,
    }
    answer = behind.site.fetch("/outreach/notes", "POST", headers, f"{body}--{boundary}--\r\n")
    assert (answer.status, "Your note: through the parent" in answer.text) == (200, True)
    foreign = {**headers, "origin": "https://elsewhere.example.com"}
    assert behind.site.fetch("/outreach/notes", "POST", foreign, f"{body}--{boundary}--\r\n").status == 500


def test_the_pipeline_s_way_back_gives_users_the_version_before(behind: Behind) -> None:
    functions = behind.aws.client("lambda")

    def live() -> str:
        return str(functions.get_alias(FunctionName=PARENT, Name="live")["FunctionVersion"])

    now = live()
    back = behind.sleepconnect("rollback")
    assert (back.returncode, "sleepconnect | [staging] live is version" in back.stdout) == (0, True)
    assert int(live()) < int(now)
    lost = behind.sleepconnect("rollback")
    assert lost.returncode == 4
    assert "exit code 4; its last lines:" in lost.stderr
    functions.update_alias(FunctionName=PARENT, Name="live", FunctionVersion=now)


def test_the_pipeline_s_output_has_no_secret_of_the_function(behind: Behind) -> None:
    file = behind.parent.path / "scripts/rollback.mjs"
    before = file.read_text()
    # As the AWS CLI does it, when it has updated a function.
    shows = (
        'import { GetFunctionConfigurationCommand as Get, LambdaClient as C } from "@aws-sdk/client-lambda";'
    )
    shows += f'console.log(await new C({{}}).send(new Get({{ FunctionName: "{PARENT}" }})));process.exit(3);'
    try:
        file.write_text(shows)
        shown = behind.sleepconnect("rollback")
    finally:
        file.write_text(before)
    assert (shown.returncode, "AUTH0_CLIENT_SECRET: '***'" in shown.stdout) == (4, True), shown.stdout
    secrets = [behind.variables()[name] for name in ("AUTH0_CLIENT_SECRET", "AUTH0_SECRET")]
    assert [each for each in secrets if each in shown.stdout + shown.stderr] == []


def test_the_pipeline_is_not_run_with_the_credentials_of_another_account(behind: Behind) -> None:
    refused = behind.sleepconnect("redeploy", AWS_ACCOUNT_ID="999999999999")
    assert (refused.returncode, "the inventory says 999999999999" in refused.stderr) == (2, True)
    assert "own pipeline" not in refused.stdout


def findings(done: subprocess.CompletedProcess[str]) -> dict[str, tuple[str, str]]:
    """Level and cause of each check, by name."""
    return {each["check"]: (each["level"], each["cause"]) for each in json.loads(done.stdout)["findings"]}


def test_check_finds_nothing_wrong_and_only_reads(behind: Behind) -> None:
    behind.aws.forget_calls()
    checked = behind.sleepconnect("check", "--json")
    found = findings(checked)
    assert (checked.returncode, {level for level, _ in found.values()}) == (0, {"ok"}), checked.stdout
    assert found["chain"][1].startswith("2 chained distributions: stage.mydreamconnect.com")
    assert {"configured: API", "built: static", "deployed: API", "live: tenant data", "auth0"} <= set(found)
    assert behind.aws.writes() == []


def test_check_names_the_broken_form_and_what_is_not_rebuilt(behind: Behind) -> None:
    file = behind.parent.path / "next.config.js"
    before = file.read_text()
    api = "${outreachUrl}/outreach/api/outreach/:path*"
    try:
        behind.parent.change("next.config.js", api, "${process.env.OUTREACH_API_URL}/outreach/:path*")
        checked = behind.sleepconnect("check", "--json")
        found = findings(checked)
        assert checked.returncode == 4
        assert "the checklist's broken form" in found["configured: API"][1]
        assert found["built: API"][0] == found["live: tenant data"][0] == "ok"
        file.write_text("throw new Error('half an edit');")
        thrown = behind.sleepconnect("check")
        assert (thrown.returncode, "throws: Error: half an edit" in thrown.stdout) == (4, True)
    finally:
        file.write_text(before)


def test_check_finds_a_parent_that_was_told_of_another_outreach(behind: Behind) -> None:
    env_file = behind.parent.env_file
    before = env_file.read_text()
    try:
        env_file.write_text(before.replace("OUTREACH_APP_URL=", "OUTREACH_APP_URL=http://localhost:3001 #"))
        found = findings(behind.sleepconnect("check", "--json"))
        assert "OUTREACH_APP_URL=http://localhost:3001" in found["env file"][1]
        assert found["function"][0] == "ok"
        assert found["configured: pages"][0] == "failure"
        assert found["built: pages"][0] == "ok"
    finally:
        env_file.write_text(before)


def test_check_proves_that_the_new_addresses_are_deployed_and_not_only_built(behind: Behind) -> None:
    manifest = behind.parent.path / ".open-next/server-functions/default/.next/routes-manifest.json"
    outreach, older = behind.aws.running.site_url("outreach-staging"), "https://older.example.com"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(".next/routes-manifest.json", manifest.read_text().replace(outreach, older))
    functions = behind.aws.client("lambda")
    now = functions.get_alias(FunctionName=PARENT, Name="live")["FunctionVersion"]
    functions.update_function_code(FunctionName=PARENT, ZipFile=packed.getvalue())
    functions.get_waiter("function_updated_v2").wait(FunctionName=PARENT, WaiterConfig={"Delay": 1})
    version = functions.publish_version(FunctionName=PARENT)["Version"]
    functions.update_alias(FunctionName=PARENT, Name="live", FunctionVersion=version)
    try:
        checked = behind.sleepconnect("check", "--json")
    finally:
        functions.update_alias(FunctionName=PARENT, Name="live", FunctionVersion=now)
    found = findings(checked)
    assert (checked.returncode, found["built: API"][0]) == (4, "ok")
    assert f"goes to {older}" in found["deployed: API"][1]


def test_verify_passes_at_both_ways_in_and_keeps_a_picture(behind: Behind) -> None:
    for flags in ((), ("--through=sleepconnect",)):
        done = behind.invoke("verify", "--env=staging", "--json", *flags)
        found = findings(done)
        assert (done.returncode, {level for level, _ in found.values()}) == (0, {"ok"}), done.stdout
        assert {"tenant data", "API log", "expired token", "static files", "RSC", "redirect"} <= set(found)
        assert {"server action", "8 KB of cookies", "4 MB of JSON", "navigation"} <= set(found)
        assert "413: Lambda's limit of 6 MB" in found["7 MB of JSON"][1]
        picture = Path(found["navigation"][1].rpartition("picture: ")[2])
        assert picture.read_bytes().startswith(b"\x89PNG")


def test_verify_fails_where_requests_no_longer_reach_outreach(behind: Behind) -> None:
    functions = behind.aws.client("lambda")
    now = functions.get_alias(FunctionName=PARENT, Name="live")["FunctionVersion"]
    # The placeholder from before SleepConnect's first deploy.
    functions.update_alias(FunctionName=PARENT, Name="live", FunctionVersion="1")
    try:
        done = behind.invoke("verify", "--env=staging", "--json", "--through=sleepconnect")
    finally:
        functions.update_alias(FunctionName=PARENT, Name="live", FunctionVersion=now)
    found = findings(done)
    assert (done.returncode, found["page"][0], found["navigation"][0]) == (4, "failure", "failure")
    unknown = behind.invoke("verify", "--env=staging", "--through=elsewhere")
    assert (unknown.returncode, "--through=sleepconnect" in unknown.stderr) == (2, True)
