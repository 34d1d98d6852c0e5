"""A provisioned staging with small releases, where commands are typed whose output is lost."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path

from outreach_ops.settings.cloudfront import Behaviour
from support import application as example
from support import local, lost, project, tiny
from support.local import LocalAws
from support.lost import How

ENV = "--env=staging"
BUCKET = "sax-s3-us-east-1-0x-s-outreach-assets"
NOTES = "_assets/outreach/notes.txt"
LEDGER = "sax-ddb-us-east-1-0x-s-outreach-ledger"
SITE = "outreach-staging"
PROVISION = ("ansible-playbook", "provision.yml", "-i", "inventories/staging")


@dataclasses.dataclass
class Staging:
    """A provisioned staging, to which tiny releases go."""

    aws: LocalAws
    app: example.Application
    folder: Path
    made: int = 0

    def release(self, *paths: str) -> str:
        """The version of a release that can be deployed next, which needs these paths at CloudFront."""
        self.made += 1
        version = f"0.{self.made}.0"
        behaviours = tuple(Behaviour(path, "assets", "static") for path in paths)
        tiny.release(self.app, version, behaviours=behaviours)
        return version

    def deploying(self) -> tuple[str, ...]:
        """The command that deploys it."""
        return "invoke", "deploy", ENV, f"--app={self.app.path}", "--skip-build"

    def newest(self) -> Path:
        """The folder of the artifact that it would deploy."""
        key = hashlib.sha256(str(self.app.path).encode()).hexdigest()[:8]
        return example.STORE / (example.STORE / f"newest-{key}").read_text()

    @contextlib.contextmanager
    def typing(self, how: How, *arguments: str, **variables: str) -> Iterator[lost.Command]:
        """A command under way, whose output can be lost."""
        folder = self.folder / f"{time.monotonic_ns()}"
        folder.mkdir()
        with lost.command(how, arguments, self.aws.root, {**self.aws.environ, **variables}, folder) as typed:
            yield typed

    def run(self, how: How, after: str, *arguments: str, **variables: str) -> tuple[int, str]:
        """Exit code and output of a command whose output is lost after a line that matches, or at once."""
        with self.typing(how, *arguments, **variables) as command:
            if after:
                command.wait_for(after)
            command.lose()
            return command.end(), command.said

    def done(self, *arguments: str) -> str:
        """The output of a command that must do what it was asked for."""
        done = self.aws.run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def recover(self) -> None:
        """Conclude what a command may have left, so that a deploy is not refused."""
        self.done("invoke", "lock.release", ENV, "--force")
        self.done("invoke", "resume", ENV)
        self.aws.seed_parents(example.SECRETS)

    def live(self) -> str:
        """The version on the page, which is that of the public file too."""
        page = self.aws.site.fetch("/outreach").text
        version = str(self.aws.client("s3").get_object(Bucket=BUCKET, Key=NOTES)["Body"].read().decode())
        assert f"<p>{version}</p>" in page
        return version

    def statuses(self) -> list[str]:
        """Those of the ledger's entries; nothing was left unfinished, and nobody holds the lease."""
        table = self.aws.client("dynamodb")
        found = table.query(
            TableName=LEDGER,
            KeyConditionExpression="site = :site",
            ExpressionAttributeValues={":site": {"S": SITE}},
        )["Items"]
        lease = table.get_item(TableName=LEDGER, Key={"site": {"S": f"{SITE}#lock"}, "entry": {"N": "0"}})
        assert json.loads(lease["Item"]["data"]["S"])["journal"] is None
        assert float(lease["Item"]["expires"]["N"]) < time.time()
        return [json.loads(each["data"]["S"])["status"] for each in found]


@contextlib.contextmanager
def staging(folder: Path) -> Iterator[Staging]:
    """With one release; the project that the commands are typed in is a copy."""
    root = project.copy(folder / "project")
    with local.fresh(folder / "aws", root) as aws:
        runs = folder / "runs"
        runs.mkdir()
        made = Staging(aws, example.make(folder / "outreach"), runs)
        # Every test file has a checkout of its own, and with it artifacts of its own.
        made.app.make_unique(str(folder))
        made.done(*PROVISION)
        made.release()
        made.done(*made.deploying())
        yield made
