"""A whole AWS on this machine, and the commands as an operator types them."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import boto3

from outreach_ops.proof.viewer import Viewer
from outreach_ops.sandbox import environment, process
from outreach_ops.sandbox.local import specification
from outreach_ops.sandbox.remote import ask
from outreach_ops.sandbox.seed import seed, seed_parents
from outreach_ops.sandbox.state import Running
from outreach_ops.settings.load import ROOT
from support.application import SECRETS

COMMAND_SECONDS = 240


@dataclasses.dataclass(frozen=True)
class LocalAws:
    """A fresh, seeded local AWS, and the environment in which every AWS client talks to it alone."""

    running: Running
    environ: dict[str, str]
    root: Path = ROOT
    """Where the commands are typed."""

    @property
    def site(self) -> Viewer:
        """The staging site, through its CloudFront."""
        return Viewer(self.running.site_url("outreach-staging"))

    def client(self, service: str) -> Any:
        """A plain boto3 client, for looking at what is there and for changes made by hand."""
        credentials = self.running.credentials
        return boto3.client(
            service,
            endpoint_url=self.running.endpoint_url,
            region_name=self.running.spec.region,
            aws_access_key_id=credentials.access_key,
            aws_secret_access_key=credentials.secret_key,
        )

    def distribution(self, domain: str = "outreach-stage.mydreamconnect.com") -> str:
        """The id of the distribution that carries `domain`; the account holds SleepConnect's too."""
        found = self.client("cloudfront").list_distributions()["DistributionList"]["Items"]
        (identity,) = [str(each["Id"]) for each in found if domain in each["Aliases"].get("Items", ())]
        return identity

    def calls(self) -> list[str]:
        """Every API call since `forget_calls`, as service:Operation."""
        answer = ask(self.running, "/calls")
        return [f"{call['service']}:{call['operation']}" for call in json.loads(answer.body)]

    def forget_calls(self) -> None:
        """Starts the record of calls anew."""
        ask(self.running, "/calls", "DELETE")

    def faults(self, *rules: Mapping[str, Any]) -> None:
        """Sets the faults that API calls meet; none heals the local AWS."""
        answer = ask(self.running, "/faults", "POST", rules)
        assert answer.status == 200, answer.text

    def writes(self) -> list[str]:
        """Every writing API call since `forget_calls`, as service:Operation."""
        answer = ask(self.running, "/calls")
        calls = json.loads(answer.body)
        return [f"{call['service']}:{call['operation']}" for call in calls if call["writes"]]

    def seed_parents(self, values: Mapping[str, str]) -> None:
        """Gives SleepConnect's functions these values of what they share; made when they are missing."""
        functions = self.client("lambda")
        seed_parents(self.running.spec, self.client)
        for parent in self.running.spec.parents:
            functions.update_function_configuration(
                FunctionName=parent.function_name,
                Environment={"Variables": {each: values[each] for each in parent.shared}},
            )

    def run(self, *command: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        """A command of the toolkit, from the project's root; output and errors are captured."""
        return subprocess.run(
            executable(command),
            input=stdin,
            cwd=self.root,
            env={**self.environ, "PYTHONPATH": str(self.root / "scripts"), **variables},
            text=True,
            capture_output=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )


@contextlib.contextmanager
def fresh(state: Path, root: Path = ROOT) -> Iterator[LocalAws]:
    """A local AWS of the project at `root` for as long as the body runs, whatever happens in it."""
    running = process.start(state, specification(root))
    try:
        ambient = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        aws = LocalAws(running, environment.applied(running, ambient), root)
        seed(running.spec, aws.client("iam"), aws.client("route53"))
        aws.seed_parents(SECRETS)
        yield aws
    finally:
        process.stop(state)


def executable(command: Sequence[str]) -> list[str]:
    """The command with its program taken from this virtual environment."""
    return [str(Path(sys.executable).parent / command[0]), *command[1:]]
