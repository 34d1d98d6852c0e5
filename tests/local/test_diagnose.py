"""What the functions of a site say, and what is wrong with it: logs, queries, causes."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import shutil
import signal
import subprocess
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from outreach_ops.settings import load_site
from outreach_ops.settings.load import ROOT
from support import application as example
from support import parent as parents
from support.application import Application, token
from support.local import LocalAws, executable

API = "/outreach/api/outreach/templates"
START = "[TEMPLATES API] START"
SERVER = "sax-lam-us-east-1-0x-s-outreach"
PARENT = "sax-lambda-us-east-1-0x-s-sleep-connect-server_staging"
IMAGE = "sax-lam-us-east-1-0x-s-outreach-image"
PICTURE = "/outreach/_next/image?url=%2Foutreach%2Fmessages.png&w=64&q=75"
BUCKET = "sax-s3-us-east-1-0x-s-outreach-assets"
# The local AWS does not log what Lambda's runtime writes itself: these write it as it does.
UNPACKED = """
export const handler = async () => {
  await import("styled-jsx").catch((error) => { console.error(error); throw error; });
};
"""
ENDING = """
export const handler = async () => {
  console.error("RequestId: id Error: Runtime exited with error: exit status 1");
  throw Error("ended");
};
"""
NO_SHARP = """
console.error('Error: Could not load the "sharp" module using the linux-x64 runtime');
export const handler = async () => ({ statusCode: 500, body: "Internal server error" });
"""
SAYS = """
console.error("%s");
export const handler = async () => ({ statusCode: 500, body: "Internal server error" });
"""
PAGE = """
const body = "<script src='/outreach/_next/static/a.js'></script>";
export const handler = async () => ({ statusCode: 200, headers: { "content-type": "text/html" }, body });
"""


@pytest.fixture(scope="module")
def app(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Application:
    """The example's checkout, released to staging."""
    app = example.make(tmp_path_factory.mktemp("app") / "outreach")
    for command in (
        ("ansible-playbook", "provision.yml", "-i", "inventories/staging"),
        ("invoke", "deploy", "--env=staging", f"--app={app.path}"),
    ):
        done = local_aws.run(*command)
        assert done.returncode == 0, done.stdout + done.stderr
    parents.stand_in(local_aws, load_site("staging"))
    return app


@pytest.mark.usefixtures("app")
def test_logs_show_what_the_functions_have_written(local_aws: LocalAws) -> None:
    assert local_aws.site.fetch(API).status == 401
    shown = local_aws.run("invoke", "logs", "--env=staging", "--since=1h", "--filter", START)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.count(START) == len(shown.stdout.splitlines()) > 0
    line = json.loads(local_aws.run("invoke", "logs", "--env=staging", "--json").stdout.splitlines()[-1])
    assert line["version"] == "2"
    none = local_aws.run("invoke", "logs", "--env=staging", "--app=sleepconnect")
    assert (none.returncode, none.stdout) == (0, "")


@pytest.mark.usefixtures("app")
def test_logs_are_followed_until_ctrl_c(local_aws: LocalAws) -> None:
    command = executable(["invoke", "logs", "--env=staging", "--follow", "--since=1s", "--filter", START])
    with subprocess.Popen(
        command, cwd=ROOT, env=local_aws.environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as following:
        assert following.stdout is not None
        assert following.stderr is not None
        # It has begun when it says where it works.
        assert "local AWS" in following.stderr.readline()
        local_aws.site.fetch(API)
        assert START in following.stdout.readline()
        following.send_signal(signal.SIGINT)
        assert following.wait(timeout=20) == 0


@pytest.mark.usefixtures("app")
def test_insights_answers_the_checklists_queries(local_aws: LocalAws) -> None:
    local_aws.site.fetch(API)
    found = local_aws.run("invoke", "insights", "--env=staging", "--query=api-routes", "--json")
    assert found.returncode == 0, found.stderr
    rows = json.loads(found.stdout)["rows"]
    assert any(START in row["@message"] for row in rows)
    assert all("TEMPLATES API" in row["@message"] for row in rows)
    errors = local_aws.run("invoke", "insights", "--env=staging", "--query=errors", "--json")
    assert all(START not in row["@message"] for row in json.loads(errors.stdout)["rows"])


LOG_SECONDS = 20

Break = Callable[[LocalAws, Application], contextlib.AbstractContextManager[None]]


def live(code: str = "", without: str = "", function: str = SERVER, path: str = API, **changed: str) -> Break:
    """A live function with other code or variables, as somebody at the console makes it."""

    @contextlib.contextmanager
    def broken(aws: LocalAws, _app: Application) -> Iterator[None]:
        functions = aws.client("lambda")
        before = functions.get_function_configuration(FunctionName=function, Qualifier="live")
        held = {**before["Environment"]["Variables"], **changed}
        held.pop(without, None)
        functions.update_function_configuration(FunctionName=function, Environment={"Variables": held})
        functions.get_waiter("function_updated_v2").wait(FunctionName=function, WaiterConfig={"Delay": 1})
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("index.mjs", code)
        released = base64.b64decode(before["CodeSha256"]).hex()
        given = (
            {"ZipFile": packed.getvalue()} if code else {"S3Bucket": BUCKET, "S3Key": f"_code/{released}.zip"}
        )
        functions.update_function_code(FunctionName=function, **given)
        functions.get_waiter("function_updated_v2").wait(FunctionName=function, WaiterConfig={"Delay": 1})
        version = functions.publish_version(FunctionName=function)["Version"]
        functions.update_alias(FunctionName=function, Name="live", FunctionVersion=version)
        aws.site.fetch(path, headers={"cookie": f"x-sax-user-context={token()}"})
        yield
        functions.update_alias(FunctionName=function, Name="live", FunctionVersion=before["Version"])

    return broken


def parent(**changed: str) -> Break:
    """SleepConnect's function with other variables."""

    @contextlib.contextmanager
    def broken(aws: LocalAws, _app: Application) -> Iterator[None]:
        functions = aws.client("lambda")
        held = functions.get_function_configuration(FunctionName=PARENT)["Environment"]["Variables"]
        variables = {"Variables": {**held, **changed}}
        functions.update_function_configuration(FunctionName=PARENT, Environment=variables)
        yield
        functions.update_function_configuration(FunctionName=PARENT, Environment={"Variables": held})

    return broken


def distribution(change: Callable[[dict[str, Any]], None]) -> Break:
    """The distribution with another configuration."""

    @contextlib.contextmanager
    def broken(aws: LocalAws, _app: Application) -> Iterator[None]:
        edge = aws.client("cloudfront")
        (identity,) = [
            each["Id"]
            for each in edge.list_distributions()["DistributionList"]["Items"]
            if "outreach-stage.mydreamconnect.com" in (each["Aliases"].get("Items") or ())
        ]

        def put(config: dict[str, Any]) -> None:
            tag = edge.get_distribution_config(Id=identity)["ETag"]
            edge.update_distribution(Id=identity, IfMatch=tag, DistributionConfig=config)

        before = edge.get_distribution_config(Id=identity)["DistributionConfig"]
        changed = json.loads(json.dumps(before))
        change(changed)
        put(changed)
        yield
        put(before)

    return broken


def no_static_path(config: dict[str, Any]) -> None:
    kept = [
        each for each in config["CacheBehaviors"]["Items"] if "outreach-static" not in each["PathPattern"]
    ]
    config["CacheBehaviors"] = {"Quantity": len(kept), "Items": kept}


def static_of_the_function(config: dict[str, Any]) -> None:
    for each in config["CacheBehaviors"]["Items"]:
        if "outreach-static" in each["PathPattern"]:
            each["TargetOriginId"] = config["DefaultCacheBehavior"]["TargetOriginId"]


def no_cookies(config: dict[str, Any]) -> None:
    del config["DefaultCacheBehavior"]["OriginRequestPolicyId"]


def not_compressed(config: dict[str, Any]) -> None:
    config["DefaultCacheBehavior"]["Compress"] = False


@contextlib.contextmanager
def lost_file(aws: LocalAws, _app: Application) -> Iterator[None]:
    s3 = aws.client("s3")
    key = s3.list_objects_v2(Bucket=BUCKET, Prefix="_assets/outreach-static/_next/static/chunks/")[
        "Contents"
    ][0]["Key"]
    held = s3.get_object(Bucket=BUCKET, Key=key)
    body = held["Body"].read()
    s3.delete_object(Bucket=BUCKET, Key=key)
    yield
    s3.put_object(Bucket=BUCKET, Key=key, Body=body, ContentType=held["ContentType"])


@contextlib.contextmanager
def lost_module(_aws: LocalAws, app: Application) -> Iterator[None]:
    modules = app.path / "node_modules"
    if modules.exists():
        modules.rename(app.path / "aside")
    # As pnpm makes it, without what should stand beside Next.
    (modules / ".pnpm" / "next@14" / "node_modules" / "next").mkdir(parents=True)
    (modules / "next").symlink_to(modules / ".pnpm" / "next@14" / "node_modules" / "next")
    yield
    shutil.rmtree(modules)
    if (app.path / "aside").exists():
        (app.path / "aside").rename(modules)


@contextlib.contextmanager
def wrong_pair(_aws: LocalAws, app: Application) -> Iterator[None]:
    file = app.path / "pnpm-lock.yaml"
    text = file.read_text()
    file.write_text(text.replace("version: 3.9.12", "version: 3.9.13"))
    yield
    file.write_text(text)


@contextlib.contextmanager
def nothing(_aws: LocalAws, _app: Application) -> Iterator[None]:
    yield


def any_key(config: dict[str, Any]) -> None:
    # AWS's own Managed-CachingOptimized: no header is in its key.
    config["DefaultCacheBehavior"]["CachePolicyId"] = "658327ea-f89d-4fab-a63d-7e88639e58f6"


@contextlib.contextmanager
def pointing_elsewhere(aws: LocalAws, _app: Application) -> Iterator[None]:
    dns = aws.client("route53")
    (zone,) = [each["Id"] for each in dns.list_hosted_zones()["HostedZones"] if "mydream" in each["Name"]]
    name = "outreach-stage.mydreamconnect.com."
    found = dns.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    before = next(each for each in found if each["Name"] == name and each["Type"] == "A")

    def put(record: dict[str, Any]) -> None:
        changes = [{"Action": "UPSERT", "ResourceRecordSet": record}]
        dns.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})

    put({**before, "AliasTarget": {**before["AliasTarget"], "DNSName": "d111111abcdef8.cloudfront.net."}})
    yield
    put(before)


@contextlib.contextmanager
def firing(aws: LocalAws, _app: Application) -> Iterator[None]:
    watch = aws.client("cloudwatch")
    watch.put_metric_alarm(
        AlarmName="outreach-errors", Namespace="AWS/Lambda", MetricName="Errors", Statistic="Sum",
        Dimensions=[{"Name": "FunctionName", "Value": SERVER}], Period=60, EvaluationPeriods=1,
        Threshold=1, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    watch.set_alarm_state(AlarmName="outreach-errors", StateValue="ALARM", StateReason="a test")
    yield
    watch.delete_alarms(AlarmNames=["outreach-errors"])


def without(operation: str, status: int, code: str) -> Break:
    """AWS answers as if what the operation reads were not there."""

    @contextlib.contextmanager
    def broken(aws: LocalAws, _app: Application) -> Iterator[None]:
        aws.faults({"match": {"operation": operation}, "action": "error", "status": status, "code": code})
        yield
        aws.faults()

    return broken


LOST = "ResourceNotFoundException"
PREFLIGHT: list[tuple[str, Break, dict[str, str], str]] = [
    ("variables", nothing, {"AUTH0_SECRET": "", "TWILIO_AUTH_TOKEN": ""}, "AUTH0_SECRET, TWILIO_AUTH_TOKEN"),
    ("auth0", parent(AUTH0_SECRET="another-secret"), {}, "AUTH0_SECRET differ"),
    ("auth0", parent(AUTH0_CLIENT_ID=""), {}, f"function {PARENT} has no AUTH0_CLIENT_ID"),
    ("compression", distribution(not_compressed), {}, "Compress is off"),
    ("cache key", distribution(any_key), {}, "without regard to"),
    ("dns", pointing_elsewhere, {}, "points to d111111abcdef8.cloudfront.net"),
    ("alarms", firing, {}, "outreach-errors firing"),
    ("infrastructure", without("DescribeTable", 400, LOST), {}, "dynamodb, isr missing"),
]


@contextlib.contextmanager
def past_outreach(aws: LocalAws, _app: Application) -> Iterator[None]:
    """SleepConnect deployed with the checklist's broken form: API calls go straight to an API gateway."""
    settings = load_site("staging")
    parents.stand_in(aws, settings, PAST_OUTREACH=f"{aws.running.endpoint_url}/_sandbox/upstream")
    yield
    parents.stand_in(aws, settings, PAST_OUTREACH="")


@contextlib.contextmanager
def without_cookies(aws: LocalAws, _app: Application) -> Iterator[None]:
    """SleepConnect behind a CloudFront that forwards no cookies."""
    settings = load_site("staging")
    parents.stand_in(aws, settings, NO_COOKIES="1")
    yield
    parents.stand_in(aws, settings, NO_COOKIES="")


GATEWAY = "https://0qz7d63vw2.execute-api.us-east-1.amazonaws.com/dev"
PRODUCTION = "https://outreach.mydreamconnect.com"
LARGE = "Response payload size exceeded maximum allowed payload size (6291556 bytes)."
CAUSES: list[tuple[str, Break, dict[str, str], str, str]] = [
    ("502", parent(OUTREACH_APP_URL=GATEWAY), {}, "the API gateway: past Outreach", "sleepconnect.redeploy"),
    ("502", parent(OUTREACH_APP_URL=PRODUCTION), {}, f"={PRODUCTION} instead of", "sleepconnect.redeploy"),
    ("502", past_outreach, {}, "somebody else answered", "sleepconnect.check"),
    ("502", live(NO_SHARP, function=IMAGE, path=PICTURE), {}, "has no sharp", "imageOptimization.install"),
    ("502", live(UNPACKED), {}, "lacks the module styled-jsx", "--rebuild"),
    ("502", live(API_BASE_URL="http://127.0.0.1:9/closed"), {}, "the clinics' API behind", "API_BASE_URL"),
    ("502", live(ENDING), {}, "ended before it had", "rollback"),
    ("400", parent(OUTREACH_APP_URL=GATEWAY), {}, "the API gateway: past Outreach", "sleepconnect.redeploy"),
    ("400", nothing, {"USER_CONTEXT": token(tenant_id="")}, "names no tenant_id", "sign in again"),
    ("400", parent(AUTH0_CLIENT_SECRET="another-secret"), {}, "AUTH0_CLIENT_SECRET differ", "auth0.sync"),
    ("401", parent(AUTH0_CLIENT_SECRET="another-secret"), {}, "AUTH0_CLIENT_SECRET differ", "auth0.sync"),
    ("401", live(SAYS % "JWT signature verification failed"), {}, "signed with another", "auth0.sync"),
    ("401", live(SAYS % "JWTExpired: exp claim"), {}, "tokens had expired", "sign in again"),
    ("401", nothing, {"USER_CONTEXT": token(exp=1)}, "has expired", "sign in again"),
    ("401", nothing, {"USER_CONTEXT": token("another-secret")}, "signed with another", "auth0.sync"),
    ("401", distribution(no_cookies), {}, "keeps cookies from the function on *", "ansible-playbook"),
    ("401", without_cookies, {}, "the cookie is lost on the way", "AllViewerExceptHostHeader"),
    ("404", live(PAGE), {}, "built without assetPrefix", "next.config.mjs"),
    ("404", distribution(no_static_path), {}, "has none for outreach-static/*", "ansible-playbook"),
    ("404", distribution(static_of_the_function), {}, "not of the bucket below", "ansible-playbook"),
    ("404", lost_file, {}, "are not those of v0.1.0", "--full"),
    ("500", live(without="AUTH0_SECRET"), {}, "has no AUTH0_SECRET", "invoke deploy"),
    ("500", live("export const handler = async () => { throw Error('boom') };"), {}, "version", "rollback"),
    ("500", live(SAYS % "AccessDenied: User is not authorized"), {}, "AWS refuses", "ansible-playbook"),
    ("500", without("GetFunction.*", 404, LOST), {}, "lambda", "ansible-playbook provision.yml"),
    ("500", without("HeadBucket", 404, "NoSuchBucket"), {}, "s3", "ansible-playbook provision.yml"),
    ("6mb", live(f"console.error('{LARGE}'); {PAGE}"), {}, "6 MB", "compressed"),
    ("6mb", distribution(not_compressed), {}, "Compress is off for pages", "ansible-playbook"),
    ("build", lost_module, {}, "styled-jsx, @swc/helpers not found", "rm -rf node_modules .open-next"),
    ("build", wrong_pair, {}, "do not go together", "package.json"),
    ("build", nothing, {"NODE_OPTIONS": "--max-old-space-size=512"}, "512 MB", "--max-old-space-size=8192"),
    ("logout", live(AUTH0_BASE_URL="https://elsewhere.example.com"), {}, "AUTH0_BASE_URL", "invoke deploy"),
    ("logout", parent(AUTH0_SECRET="another-secret"), {}, "AUTH0_SECRET differ", "auth0.sync"),
]  # fmt: skip


def findings(
    aws: LocalAws, app: Application, symptom: str, **variables: str
) -> tuple[int, list[dict[str, str]]]:
    """The exit code and the findings of a diagnosis."""
    command = ("diagnose", "--env=staging", f"--symptom={symptom}", f"--app={app.path}", "--json")
    done = aws.run("invoke", *command, **variables)
    found: list[dict[str, str]] = json.loads(done.stdout)["findings"]
    return done.returncode, found


@pytest.mark.parametrize("symptom", sorted({each[0] for each in CAUSES}))
def test_a_site_that_is_well_has_no_cause_of_any_symptom(
    local_aws: LocalAws, app: Application, symptom: str
) -> None:
    local_aws.forget_calls()
    code, found = findings(local_aws, app, symptom, USER_CONTEXT=token())
    assert [each for each in found if each["level"] == "failure"] == []
    assert code == 0
    assert local_aws.writes() == []


@pytest.mark.parametrize(
    ("symptom", "broken", "variables", "cause", "fix"),
    CAUSES,
    ids=[f"{number}-{each[0]}" for number, each in enumerate(CAUSES)],
)
def test_each_documented_cause_is_found_with_the_command_that_mends_it(
    local_aws: LocalAws,
    app: Application,
    symptom: str,
    broken: Break,
    variables: dict[str, str],
    cause: str,
    fix: str,
) -> None:
    def told(found: list[dict[str, str]]) -> bool:
        failures = [each for each in found if each["level"] == "failure"]
        return any(cause in each["cause"] and fix in each["fix"] for each in failures)

    with broken(local_aws, app):
        code, found = findings(local_aws, app, symptom, **variables)
        # What a function writes can reach its log after its answer.
        deadline = time.monotonic() + LOG_SECONDS
        while not told(found) and time.monotonic() < deadline:
            code, found = findings(local_aws, app, symptom, **variables)
    assert told(found), found
    assert code == 4


def test_the_broken_form_is_named_where_sleepconnect_s_checkout_has_it(
    local_aws: LocalAws, app: Application, tmp_path: Path
) -> None:
    checkout = parents.make(tmp_path / "sleepconnect")
    api = "${outreachUrl}/outreach/api/outreach/:path*"
    checkout.change("next.config.js", api, "${process.env.OUTREACH_API_URL}/outreach/:path*")
    gateway = f"{local_aws.running.endpoint_url}/_sandbox/upstream"
    checkout.env_file.write_text(f"OUTREACH_APP_URL={local_aws.site.base_url}\nOUTREACH_API_URL={gateway}\n")
    with past_outreach(local_aws, app):
        flags = ("--symptom=400", f"--app={app.path}", f"--sleepconnect={checkout.path}", "--json")
        done = local_aws.run("invoke", "diagnose", "--env=staging", *flags)
    found = {each["check"]: each["cause"] for each in json.loads(done.stdout)["findings"]}
    assert done.returncode == 4
    assert "the checklist's broken form" in found["parent: configured: API"], found


@pytest.mark.parametrize(
    ("check", "broken", "variables", "cause"),
    PREFLIGHT,
    ids=[f"{number}-{each[0]}" for number, each in enumerate(PREFLIGHT)],
)
def test_what_would_hurt_a_deploy_is_found_before_it(
    local_aws: LocalAws, app: Application, check: str, broken: Break, variables: dict[str, str], cause: str
) -> None:
    flags = ("--env=staging", f"--app={app.path}")
    with broken(local_aws, app):
        checked = local_aws.run("invoke", "pre-deploy-check", *flags, "--json", **variables)
        # With something to do: what is live already needs no check but that users can sign in.
        asked = variables if check == "auth0" else {"AUTH0_BASE_URL": "https://x.example.com", **variables}
        refused = local_aws.run("invoke", "deploy", *flags, **asked)
    found = json.loads(checked.stdout)["findings"]
    failures = {each["check"]: each for each in found if each["level"] == "failure"}
    assert checked.returncode == 4
    assert cause in failures[check]["cause"], found
    assert failures[check]["fix"]
    assert refused.returncode == (2 if check == "variables" else 4)
    assert cause in refused.stderr
