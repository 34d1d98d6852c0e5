"""Each property that provisioning keeps, changed by hand: the check names it, and the run repairs it."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from outreach_ops.aws.session import Aws, connect
from outreach_ops.provision.parts import PARTS
from outreach_ops.provision.quantities import listed
from outreach_ops.provision.step import Step, call_name, converge
from outreach_ops.settings import load_site
from outreach_ops.settings.load import ROOT
from outreach_ops.settings.model import Settings
from support import by_hand
from support.differences import told
from support.drift import RESOURCES, Drift
from support.drift_edge import DISTRIBUTION, EDGE
from support.local import LocalAws
from support.played import played

INVENTORY = "inventories/staging"
DOMAIN = "outreach-stage.mydreamconnect.com"


@dataclasses.dataclass(frozen=True)
class Provisioned:
    """Staging as the playbook made it, and a connection of this process."""

    local: LocalAws
    aws: Aws
    settings: Settings
    inventory: str

    def play(self, *flags: str) -> subprocess.CompletedProcess[str]:
        """A run of the playbook."""
        return self.local.run("ansible-playbook", "provision.yml", "-i", self.inventory, *flags)

    def converge(self, check: bool) -> tuple[list[Step], list[str]]:
        """The steps that all roles name, and the writing calls that were made."""
        written: list[str] = []
        recording = dataclasses.replace(self.aws, guard=lambda *call: written.append(call_name(*call)))
        steps: list[Step] = []
        for part in PARTS.values():
            outcome = converge(recording, part(self.settings), check=check, notify=lambda _said: None)
            steps += [*outcome.steps, *outcome.left]
        return steps, written


LOGS = "made-up-access-logs"
OPTIONS: dict[str, Any] = {
    "cloudfront_http_version": "http2and3",
    "cloudfront_access_logs": {"bucket": LOGS, "prefix": "outreach/"},
    "cloudfront_security_headers": {"strict_transport_security": 600, "frame_options": "SAMEORIGIN"},
    "iam_grant_inline": True,
    "lambda_tracing": "Active",
    "lambda_log_retention_days": 30,
    "lambda_server_concurrency": 20,
    "cloudfront_error_pages": [{"error": 503, "page": "/outreach-static/busy.html"}],
}


def with_options(root: Path, **options: Any) -> Path:
    """Staging's inventory, asking for everything that is left out by default."""
    copied = shutil.copytree(ROOT / INVENTORY, root / INVENTORY)
    text = "".join(f"{name}: {json.dumps(value)}\n" for name, value in {**OPTIONS, **options}.items())
    (copied / "group_vars" / "staging" / "options.yml").write_text(text)
    return copied


def web_acl(aws: LocalAws) -> str:
    """The ARN of a web ACL that somebody made."""
    shown = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "made-up"}
    made = aws.client("wafv2").create_web_acl(
        Name="made-up", Scope="CLOUDFRONT", DefaultAction={"Allow": {}}, VisibilityConfig=shown
    )
    return str(made["Summary"]["ARN"])


@pytest.fixture(scope="module")
def staging(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provisioned]:
    local_aws.client("s3").create_bucket(Bucket=LOGS, ObjectOwnership="BucketOwnerPreferred")
    root = tmp_path_factory.mktemp("project")
    inventory = with_options(root, cloudfront_web_acl=web_acl(local_aws))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in local_aws.environ.items():
            if name.startswith("AWS_"):
                patch.setenv(name, value)
        settings = load_site("staging", root)
        aws = connect(settings.site.account_id, settings.site.region)
        provisioned = Provisioned(local_aws, aws, settings, str(inventory))
        done = provisioned.play()
        assert done.returncode == 0, done.stdout + done.stderr
        yield provisioned


DRIFT: Drift = {**RESOURCES, **EDGE}


def said(steps: Sequence[Step]) -> list[str]:
    """What a check names, without ids that AWS made up and names' hashes of content."""
    text = "\n".join(each for step in steps for each in told(step))
    text = re.sub(r"^distribution E\w+", "distribution", text, flags=re.MULTILINE)
    return re.sub(r"(outreach-\w+)-[0-9a-f]{8}: (ParametersInCacheKey\w+ )?", r"\1: ", text).splitlines()


@pytest.mark.parametrize("name", DRIFT)
def test_the_check_names_what_was_changed_by_hand_and_the_run_repairs_that_alone(
    staging: Provisioned, name: str
) -> None:
    change, calls, named = DRIFT[name]
    assert staging.converge(check=True) == ([], [])
    change(staging.local)
    steps, written = staging.converge(check=True)
    assert ([step.call for step in steps], written) == (list(calls), [])
    assert said(steps) and all(each.startswith(named) for each in said(steps)), said(steps)
    assert staging.converge(check=False)[1] == list(calls)
    assert staging.converge(check=True) == ([], [])


QUEUE, RECORD = ("sqs:SetQueueAttributes",), ("route53:ChangeResourceRecordSets",)
BY_STOCK_MODULES: Drift = {
    "queue timeout": (
        by_hand.queue(VisibilityTimeout="1"),
        QUEUE,
        f"queue {by_hand.QUEUE}: VisibilityTimeout",
    ),
    "queue retention": (
        by_hand.queue(MessageRetentionPeriod="60"),
        QUEUE,
        f"queue {by_hand.QUEUE}: MessageRetentionPeriod",
    ),
    "queue policy": (by_hand.queue(Policy=""), QUEUE, f"queue {by_hand.QUEUE}: Policy"),
    "queue's duplicates": (
        by_hand.queue(ContentBasedDeduplication="true"),
        QUEUE,
        f"queue {by_hand.QUEUE}: ContentBasedDeduplication",
    ),
    "IPv4 record gone": (by_hand.gone("A"), RECORD, f"{DOMAIN} A: "),
    "IPv6 record gone": (by_hand.gone("AAAA"), RECORD, f"{DOMAIN} AAAA: "),
    "validation record gone": (by_hand.gone("CNAME"), RECORD, "validation record: "),
}


@pytest.mark.parametrize("name", BY_STOCK_MODULES)
def test_what_stock_modules_write_is_named_by_our_check_and_repaired_alone(
    staging: Provisioned, name: str
) -> None:
    change, calls, named = BY_STOCK_MODULES[name]
    change(staging.local)
    steps, _ = staging.converge(check=True)
    assert [step.call for step in steps] == list(calls)
    assert said(steps) and all(each.startswith(named) for each in said(steps)), said(steps)
    assert played(staging.local, staging.inventory).written == calls
    assert staging.converge(check=True) == ([], [])


def test_a_record_that_points_elsewhere_is_shown_and_taken_over_when_told_so(staging: Provisioned) -> None:
    aws = staging.local
    zone, found = by_hand.records(aws)
    record = next(each for each in found if each["Type"] == "A")
    right = record["AliasTarget"]["DNSName"]
    record["AliasTarget"]["DNSName"] = "elsewhere.cloudfront.net."
    changes = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
    aws.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch=changes)
    aws.forget_calls()
    refused = staging.play()
    assert refused.returncode != 0
    assert "points to elsewhere.cloudfront.net" in refused.stdout
    assert "route53_take_over: true" in refused.stdout
    assert aws.writes() == []
    taken = staging.play("-e", '{"route53_take_over": true}')
    assert taken.returncode == 0, taken.stdout
    assert aws.writes() == ["route53:ChangeResourceRecordSets"]
    now = next(each for each in by_hand.records(aws)[1] if each["Type"] == "A")
    assert now["AliasTarget"]["DNSName"] == right


def test_a_distribution_that_lost_its_name_is_not_replaced_by_a_new_one(staging: Provisioned) -> None:
    aws, identity = staging.local, staging.local.distribution()
    by_hand.distribution(lambda config: config.update(Aliases=listed([])))(aws)
    aws.forget_calls()
    refused = staging.play("-e", '{"route53_take_over": true}')
    assert refused.returncode != 0
    assert f"write cloudfront_distribution_id: {identity}" in refused.stdout
    assert aws.writes() == []
    brought_back = staging.play("-e", json.dumps({"cloudfront_distribution_id": identity}))
    assert brought_back.returncode == 0, brought_back.stdout
    assert tuple(aws.writes()) == DISTRIBUTION
    assert aws.distribution() == identity


IN_EACH_ROLE = (
    *(DRIFT[name][0] for name in ("policy in the role", "versioning", "lifecycle gone")),
    *(DRIFT[name][0] for name in ("deletion protection", "URL streams", "permission to call the URL")),
    *(by_hand.queue(VisibilityTimeout="1"), by_hand.table_policy, by_hand.event_source(BatchSize=1)),
    *(DRIFT[name][0] for name in ("log group gone", "headers of the cache key", "security headers")),
    *(DRIFT[name][0] for name in ("code of the host function", "signing of the access control")),
    *(DRIFT[name][0] for name in ("compression", "server memory", "reserved concurrency")),
    *(DRIFT[name][0] for name in ("bucket policy without TLS", "public access block")),
    *(by_hand.gone("CNAME"), by_hand.gone("AAAA")),
)


def test_a_check_predicts_the_calls_of_a_run_that_puts_right_something_in_each_role(
    staging: Provisioned,
) -> None:
    for change in IN_EACH_ROLE:
        change(staging.local)
    check = played(staging.local, staging.inventory, "--check", "--diff")
    assert check.written == ()
    run = played(staging.local, staging.inventory)
    assert sorted(check.steps) == sorted(run.written)
    assert len(check.steps) >= len(IN_EACH_ROLE)
    again = played(staging.local, staging.inventory)
    assert (again.steps, again.written, again.changed) == ((), (), 0)
