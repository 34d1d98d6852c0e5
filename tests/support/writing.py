"""How each command that changes something is typed so that there is something to do, and what it does."""

from __future__ import annotations

import dataclasses
import json
import shutil
import time
from collections.abc import Callable, Mapping

from outreach_ops import git
from outreach_ops.aws.leases import Lease
from outreach_ops.builds import opennext
from outreach_ops.sandbox import legacy
from outreach_ops.settings import load_site
from outreach_ops.settings.model import Settings
from support import application as example
from support import parent as parents
from support.staging import ENV, LEDGER, SITE, Staging

SERVER = "sax-lam-us-east-1-0x-s-outreach"


@dataclasses.dataclass(frozen=True)
class Typed:
    """How a command is typed so that there is something to do, and whether it has been done."""

    arguments: tuple[str, ...]
    done: Callable[[], bool]
    variables: Mapping[str, str] = dataclasses.field(default_factory=dict)


Prepare = Callable[[Staging, str], Typed]


def written(staging: Staging, operation: str) -> Callable[[], bool]:
    """Whether AWS has been told so since now."""
    staging.aws.forget_calls()
    return lambda: any(operation in call for call in staging.aws.writes())


def secrets_rotate(staging: Staging, new: str) -> Typed:
    variables = {"TWILIO_AUTH_TOKEN": f"sentinel-token-{new}"}
    return Typed((ENV, "--name=TWILIO_AUTH_TOKEN"), written(staging, "PublishVersion"), variables)


def auth0_sync(staging: Staging, new: str) -> Typed:
    staging.aws.seed_parents({**example.SECRETS, "AUTH0_SECRET": f"sentinel-of-the-parent-{new}"})
    return Typed((ENV,), written(staging, "PublishVersion"))


def origin_rotate(staging: Staging, _new: str) -> Typed:
    return Typed((ENV,), written(staging, "UpdateDistribution"))


def prune(staging: Staging, _new: str) -> Typed:
    for _ in range(2):
        staging.release()
        staging.done(*staging.deploying())
    return Typed((ENV, "--keep=1", "--json"), written(staging, "DeleteFunction"))


def published(staging: Staging, function: str, description: str) -> str:
    """Another version of a function, as somebody makes one at the console."""
    functions = staging.aws.client("lambda")
    functions.update_function_configuration(FunctionName=function, Description=description)
    functions.get_waiter("function_updated_v2").wait(FunctionName=function, WaiterConfig={"Delay": 1})
    return str(functions.publish_version(FunctionName=function, Description=description)["Version"])


def resume(staging: Staging, new: str) -> Typed:
    version = published(staging, SERVER, new)
    functions = staging.aws.client("lambda")
    functions.update_alias(FunctionName=SERVER, Name="live", FunctionVersion=version)
    return Typed((ENV,), written(staging, "TransactWriteItems"))


def adopted(staging: Staging, environment: str) -> Settings:
    """A site that was live before this tool; provisioned, and its releases imported."""
    settings = load_site(environment)
    if legacy.seed(settings, staging.aws.client, staging.aws.running.endpoint_url):
        staging.done("ansible-playbook", "provision.yml", "-i", f"inventories/{environment}")
        staging.done("invoke", "releases.import", f"--env={environment}")
    return settings


def releases_import(staging: Staging, new: str) -> Typed:
    develop = adopted(staging, "develop")
    published(staging, develop.lambda_.server_name, new)
    return Typed(("--env=develop",), written(staging, "TransactWriteItems"))


def lock_release(staging: Staging, new: str) -> Typed:
    lease = Lease(new, time.time() + 600, "somebody", "elsewhere", command="invoke deploy")
    staging.aws.client("dynamodb").put_item(TableName=LEDGER, Item=lease.item(SITE))
    return Typed((ENV, "--force"), written(staging, "PutItem"))


def promote(staging: Staging, new: str) -> Typed:
    production = adopted(staging, "production")
    # An adopted distribution gets its paths with the first release that names one.
    staging.release("/outreach-static/*")
    staging.done(*staging.deploying())
    inputs = opennext.input_hash(git.inspect(staging.app.path).content, production)
    if not (built := opennext.kept_in(production, inputs)).exists():
        # What a build of it for production would have made.
        shutil.copytree(staging.newest(), built)
    variables = {"AUTH0_BASE_URL": f"https://{new}.example.com"}
    return Typed((f"--app={staging.app.path}", "--yes"), written(staging, "PublishVersion"), variables)


def sleepconnect_configure(staging: Staging, _new: str) -> Typed:
    checkout = parents.make(staging.folder / f"{time.monotonic_ns()}")
    url = "OUTREACH_APP_URL=http://127"
    return Typed((ENV, f"--app={checkout.path}"), lambda: url in checkout.env_file.read_text())


def pipeline(deed: str) -> Prepare:
    def prepare(staging: Staging, new: str) -> Typed:
        folder = staging.aws.root / "inventories" / "staging" / "group_vars" / "staging"
        file = staging.folder / f"{deed}-{new}"
        told = {"runs": "command", "deploy": "true", deed: f"echo building; sleep 1; echo more; touch {file}"}
        (folder / "pipeline.yml").write_text(json.dumps({"sleepconnect_pipeline": told}))
        checkout = parents.make(staging.folder / f"{time.monotonic_ns()}")
        return Typed((ENV, f"--app={checkout.path}"), file.exists)

    return prepare


def env_new(staging: Staging, new: str) -> Typed:
    folder = staging.aws.root / "inventories" / new
    return Typed((f"--name={new}", f"--code={new[-1]}"), lambda: (folder / "hosts.yml").is_file())


def sandbox(wanted: str, before: str) -> Prepare:
    def prepare(staging: Staging, _new: str) -> Typed:
        staging.done("invoke", before)
        return Typed((), lambda: f'"{wanted}"' in staging.done("invoke", "sandbox.status", "--json"))

    return prepare


COMMANDS: Mapping[str, Prepare] = {
    "secrets.rotate": secrets_rotate,
    "auth0.sync": auth0_sync,
    "origin.rotate": origin_rotate,
    "prune": prune,
    "resume": resume,
    "releases.import": releases_import,
    "lock.release": lock_release,
    "promote": promote,
    "sleepconnect.configure": sleepconnect_configure,
    "sleepconnect.redeploy": pipeline("deploy"),
    "sleepconnect.rollback": pipeline("rollback"),
    "env.new": env_new,
    "sandbox.start": sandbox("running", "sandbox.reset"),
    "sandbox.stop": sandbox("stopped", "sandbox.start"),
    "sandbox.reset": sandbox("stopped", "sandbox.start"),
}
"""All but deploy and rollback, whose stages are tried one by one."""
