"""A provisioned staging on the local AWS with small releases, where commands are killed."""

from __future__ import annotations

import base64
import dataclasses
import json
from pathlib import Path
from typing import Any

from outreach_ops.aws.operations import Call
from outreach_ops.settings.cloudfront import Behaviour
from support import operator, small
from support.gate import Gate, Trap
from support.local import LocalAws

NAMES = {
    "server": "sax-lam-us-east-1-0x-s-outreach",
    "image": "sax-lam-us-east-1-0x-s-outreach-image",
    "revalidation": "sax-lam-us-east-1-0x-s-outreach-revalidation",
    "initialization": "sax-lam-us-east-1-0x-s-outreach-initialization",
}
BUCKET = "sax-s3-us-east-1-0x-s-outreach-assets"
LEDGER = "sax-ddb-us-east-1-0x-s-outreach-ledger"
SITE = "outreach-staging"
TRAP_SECONDS = 60
THEIRS = "theirs.txt"
"""An object of somebody else."""


@dataclasses.dataclass(frozen=True)
class Held:
    """What AWS holds: where aliases point, the versions of each function, ETags by key, paths, the ledger."""

    aliases: dict[str, str]
    versions: dict[str, dict[str, str]]
    objects: dict[str, str]
    paths: set[str]
    ledger: list[dict[str, Any]]
    lease: dict[str, Any]


class Arena:
    """Everything that a test does here goes through processes of its own; it is read with plain clients."""

    def __init__(self, aws: LocalAws, gate: Gate, folder: Path) -> None:
        self.aws, self.gate, self._folder, self._made = aws, gate, folder, 0
        self.output = folder / "output.txt"
        self._environ = {**aws.environ, "AWS_ENDPOINT_URL": gate.url}
        self._seen: list[dict[str, Any]] = []
        self._theirs = (
            aws.client("s3").put_object(Bucket=BUCKET, Key=THEIRS, Body=b"theirs")["ETag"].strip('"')
        )

    def build(self, *, path: bool = False) -> str:
        """The folder of an artifact that nothing has released yet, with a path that no other has or none."""
        self._made += 1
        folder = self._folder / f"0.{self._made}.0"
        paths = (Behaviour(f"/outreach/{folder.name}.txt", "assets", "static"),) if path else ()
        small.build(folder, folder.name, paths)
        return str(folder)

    def run(self, *arguments: str) -> None:
        """A command that must do what it was asked for."""
        self.gate.set(None)
        code = operator.run(self._environ, self.output, *arguments)
        assert code == 0, f"{arguments} ended with {code}:\n{self.told()}"

    def kill(self, at: int | str, moment: str, *arguments: str) -> Call | None:
        """Ends a command before or after the call `at`, which is returned; None when it makes none such."""
        trap = Trap(at, moment)
        self.gate.set(trap)
        process = operator.begin(self._environ, self.output, *arguments)
        trap.arm(process.pid or 0)
        process.join(TRAP_SECONDS)
        assert process.exitcode is not None, f"{arguments} hangs:\n{self.told()}"
        self.gate.set(None)
        # One that failed by itself would end the walk over its calls too early.
        assert trap.call or process.exitcode == 0, f"{arguments} failed:\n{self.told()}"
        if trap.call is not None:
            self._expire()
        return trap.call

    def told(self) -> str:
        """The end of what the commands have said."""
        return self.output.read_text()[-4000:]

    def other(self) -> str:
        """The tag of a release that can be rolled back to and is not live."""
        held = self.held()
        gone = {number for entry in held.ledger for number in entry.get("pruned", [])}
        for number, entry in reversed(list(enumerate(held.ledger, start=1))):
            proven = entry["status"] == "ok" and entry["kind"] != "prune" and number not in gone
            if proven and entry["server_version"] != held.aliases["server"]:
                return f"v{entry['version']}"
        raise AssertionError("there is no other release")

    def proven(self) -> list[dict[str, Any]]:
        """The entries of the ledger that can be rolled back to."""
        ledger = self.held().ledger
        gone = {number for entry in ledger for number in entry.get("pruned", [])}
        found = {}
        for number, entry in enumerate(ledger, start=1):
            if entry["status"] == "ok" and entry["kind"] != "prune" and number not in gone:
                found[entry["server_version"], entry["artifact_key"]] = entry
        return list(found.values())

    def held(self) -> Held:
        """All that AWS holds of the site now."""
        functions, s3, table = (self.aws.client(name) for name in ("lambda", "s3", "dynamodb"))
        aliases, versions = {}, {}
        for role, name in NAMES.items():
            alias = functions.get_alias(FunctionName=name, Name="live")
            assert not (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights")
            aliases[role] = alias["FunctionVersion"]
            pages = functions.get_paginator("list_versions_by_function").paginate(FunctionName=name)
            found = [each for page in pages for each in page["Versions"]]
            versions[role] = {each["Version"]: base64.b64decode(each["CodeSha256"]).hex() for each in found}
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        objects = {
            each["Key"]: each["ETag"].strip('"') for page in pages for each in page.get("Contents", ())
        }
        pages = table.get_paginator("query").paginate(
            TableName=LEDGER,
            KeyConditionExpression="site = :site",
            ExpressionAttributeValues={":site": {"S": SITE}},
        )
        items = [item for page in pages for item in page["Items"]]
        assert [int(item["entry"]["N"]) for item in items] == list(range(1, len(items) + 1))
        ledger = [json.loads(item["data"]["S"]) for item in items]
        return Held(aliases, versions, objects, self._paths(), ledger, self._lease())

    def check(self) -> str:
        """Asserts all that must always hold of what AWS holds now; the version that is live."""
        held = self.held()
        assert held.lease["journal"] is None, "work was left unfinished"
        assert held.ledger[: len(self._seen)] == self._seen, "the ledger was rewritten"
        assert held.objects[THEIRS] == self._theirs, "an object of somebody else was changed"
        self._seen = held.ledger
        last = held.ledger[-1]
        assert _versions(last, "live_") == held.aliases
        live = self._live(held)
        self._whole(held, live)
        assert {each["path"] for each in live["behaviours"]} <= held.paths
        for name in ("notes.txt",):
            key = f"{small.PUBLIC}/{name}"
            (wanted,) = [each["md5"] for each in live["assets"] if each["key"] == key]
            assert held.objects[key] == wanted, f"{key} is not that of {live['version']}"
        for entry in self.proven():
            for role, version in _versions(entry).items():
                assert version in held.versions[role], f"{entry['description']} lost its code"
            self._whole(held, self._described(entry["artifact_key"]))
        page = self.aws.site.fetch("/outreach").text
        assert f"version {live['version']}" in page
        return str(live["version"])

    def _live(self, held: Held) -> dict[str, Any]:
        codes = {role: held.versions[role][version] for role, version in held.aliases.items()}
        for entry in reversed(self.proven()):
            described = self._described(entry["artifact_key"])
            if {role: described[role]["sha256"] for role in NAMES} == codes:
                return described
        raise AssertionError(f"live is no release, or parts of two: {held.aliases}")

    def _whole(self, held: Held, described: dict[str, Any]) -> None:
        for each in described["assets"]:
            key = f"_public/{each['sha256']}" if each["kind"] == "public" else each["key"]
            assert key in held.objects, f"{described['version']} has lost {key}"
            assert each["kind"] == "cache" or held.objects[key] == each["md5"], f"{key} is damaged"
        for role in NAMES:
            assert f"_code/{described[role]['sha256']}.zip" in held.objects

    def _described(self, key: str) -> dict[str, Any]:
        body = self.aws.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
        described: dict[str, Any] = json.loads(body)
        return described

    def _paths(self) -> set[str]:
        config = self.aws.client("cloudfront").get_distribution_config(Id=self.aws.distribution())
        items = config["DistributionConfig"]["CacheBehaviors"]["Items"]
        return {each["PathPattern"] for each in items}

    def _lease(self) -> dict[str, Any]:
        item = self._lease_item()
        return {"journal": None} if item is None else json.loads(item["data"]["S"])

    def _lease_item(self) -> dict[str, Any] | None:
        key = {"site": {"S": f"{SITE}#lock"}, "entry": {"N": "0"}}
        found = self.aws.client("dynamodb").get_item(TableName=LEDGER, Key=key, ConsistentRead=True)
        item: dict[str, Any] | None = found.get("Item")
        return item

    def _expire(self) -> None:
        """Stands for the minute after which the lease of a dead process ends."""
        if (item := self._lease_item()) is not None:
            ended = {**item, "expires": {"N": "1"}}
            self.aws.client("dynamodb").put_item(TableName=LEDGER, Item=ended)


def _versions(entry: dict[str, Any], prefix: str = "") -> dict[str, str]:
    further = entry[f"{prefix}further_versions"]
    both = {role: entry[f"{prefix}{role}_version"] for role in ("server", "image")}
    return {**both, **further}
