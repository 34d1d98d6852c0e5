"""Each property that provisioning keeps, changed by hand: the check names it, and the run repairs it."""

from __future__ import annotations

import copy
import dataclasses
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from outreach_ops.aws.session import Aws, connect
from outreach_ops.provision.bucket_lifecycle import UPLOADS, rules
from outreach_ops.provision.parts import PARTS
from outreach_ops.provision.step import call_name, converge
from outreach_ops.settings import load_site
from outreach_ops.settings.load import ROOT
from outreach_ops.settings.model import Settings
from support.local import LocalAws
from support.played import played

INVENTORY = "inventories/staging"
SERVER = "sax-lam-us-east-1-0x-s-outreach"
BUCKET = "sax-s3-us-east-1-0x-s-outreach-assets"
LEDGER = "sax-ddb-us-east-1-0x-s-outreach-ledger"
HOST = "sax-cff-us-east-1-0x-s-outreach-host"
OAC = "sax-oac-us-east-1-0x-s-outreach"
DISTRIBUTION = ("cloudfront:UpdateDistribution",)

Hand = Callable[[LocalAws], None]


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

    def converge(self, check: bool) -> tuple[list[str], list[str]]:
        """The calls of the steps that all roles name, and the writing calls that were made."""
        written: list[str] = []
        recording = dataclasses.replace(self.aws, guard=lambda *call: written.append(call_name(*call)))
        steps: list[str] = []
        for part in PARTS.values():
            outcome = converge(recording, part(self.settings), check=check, notify=lambda _said: None)
            steps += [step.call for step in (*outcome.steps, *outcome.left)]
        return steps, written


LOGS = "made-up-access-logs"
CLOUDWATCH = f"/aws/lambda/{SERVER}"
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


def distribution(change: Callable[[dict[str, Any]], None]) -> Hand:
    """A change of the distribution's configuration."""

    def by_hand(aws: LocalAws) -> None:
        cloudfront = aws.client("cloudfront")
        identity = aws.distribution()
        found = cloudfront.get_distribution_config(Id=identity)
        config = copy.deepcopy(found["DistributionConfig"])
        change(config)
        assert config != found["DistributionConfig"]
        cloudfront.update_distribution(Id=identity, IfMatch=found["ETag"], DistributionConfig=config)

    return by_hand


def behaviour(at: int, **changes: Any) -> Hand:
    """A change of one behaviour."""
    return distribution(lambda config: config["CacheBehaviors"]["Items"][at].update(changes))


def origin(identity: str, change: Callable[[dict[str, Any]], None]) -> Hand:
    """A change of one origin."""

    def of(config: dict[str, Any]) -> None:
        change(next(each for each in config["Origins"]["Items"] if each["Id"] == identity))

    return distribution(of)


def swap(config: dict[str, Any]) -> None:
    """The general path before the special one, which is then never reached."""
    items = config["CacheBehaviors"]["Items"]
    special = copy.deepcopy(items[0])
    special["PathPattern"] = "/outreach/*"
    items.insert(0, special)
    config["CacheBehaviors"]["Quantity"] += 1


def cache_policy(change: Callable[[dict[str, Any]], None]) -> Hand:
    """A change of the pages' cache policy in place."""

    def by_hand(aws: LocalAws) -> None:
        cloudfront = aws.client("cloudfront")
        items = cloudfront.list_cache_policies(Type="custom")["CachePolicyList"]["Items"]
        config = next(
            each["CachePolicy"]
            for each in items
            if each["CachePolicy"]["CachePolicyConfig"]["Name"].startswith("outreach-pages-")
        )
        found = cloudfront.get_cache_policy(Id=config["Id"])
        changed = copy.deepcopy(found["CachePolicy"]["CachePolicyConfig"])
        change(changed)
        cloudfront.update_cache_policy(Id=config["Id"], IfMatch=found["ETag"], CachePolicyConfig=changed)

    return by_hand


def headers_policy(aws: LocalAws) -> None:
    """Other security headers than those that the policy's name stands for."""
    cloudfront = aws.client("cloudfront")
    items = cloudfront.list_response_headers_policies(Type="custom")["ResponseHeadersPolicyList"]["Items"]
    (identity,) = [each["ResponseHeadersPolicy"]["Id"] for each in items]
    found = cloudfront.get_response_headers_policy(Id=identity)
    config = copy.deepcopy(found["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"])
    config["SecurityHeadersConfig"]["FrameOptions"]["FrameOption"] = "DENY"
    cloudfront.update_response_headers_policy(
        Id=identity, IfMatch=found["ETag"], ResponseHeadersPolicyConfig=config
    )


def drop_header(config: dict[str, Any]) -> None:
    headers = config["ParametersInCacheKeyAndForwardedToOrigin"]["HeadersConfig"]["Headers"]
    headers["Items"] = headers["Items"][1:]
    headers["Quantity"] -= 1


def s3(operation: str, **params: Any) -> Hand:
    return lambda aws: getattr(aws.client("s3"), operation)(Bucket=BUCKET, **params)


def policy(change: Callable[[list[dict[str, Any]]], None]) -> Hand:
    def by_hand(aws: LocalAws) -> None:
        client = aws.client("s3")
        document = json.loads(client.get_bucket_policy(Bucket=BUCKET)["Policy"])
        change(document["Statement"])
        client.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(document))

    return by_hand


def function(name: str, **params: Any) -> Hand:
    def by_hand(aws: LocalAws) -> None:
        functions = aws.client("lambda")
        functions.update_function_configuration(FunctionName=name, **params)
        functions.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})

    return by_hand


def url(**params: Any) -> Hand:
    return lambda aws: aws.client("lambda").update_function_url_config(
        FunctionName=SERVER, Qualifier="live", **params
    )


def no_permission(sid: str) -> Hand:
    return lambda aws: aws.client("lambda").remove_permission(
        FunctionName=SERVER, Qualifier="live", StatementId=sid
    )


def host_code(aws: LocalAws) -> None:
    cloudfront = aws.client("cloudfront")
    etag = cloudfront.describe_function(Name=HOST, Stage="DEVELOPMENT")["ETag"]
    config = {"Comment": "", "Runtime": "cloudfront-js-2.0"}
    code = b"function handler(event) { return event.request; }"
    cloudfront.update_function(Name=HOST, IfMatch=etag, FunctionConfig=config, FunctionCode=code)
    etag = cloudfront.describe_function(Name=HOST, Stage="DEVELOPMENT")["ETag"]
    cloudfront.publish_function(Name=HOST, IfMatch=etag)


def signing(aws: LocalAws) -> None:
    cloudfront = aws.client("cloudfront")
    items = cloudfront.list_origin_access_controls()["OriginAccessControlList"]["Items"]
    identity = next(each["Id"] for each in items if each["Name"] == OAC)
    found = cloudfront.get_origin_access_control(Id=identity)
    config = {**found["OriginAccessControl"]["OriginAccessControlConfig"], "SigningBehavior": "never"}
    cloudfront.update_origin_access_control(
        Id=identity, IfMatch=found["ETag"], OriginAccessControlConfig=config
    )


OPEN = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": False,
    "RestrictPublicBuckets": True,
}
WRITER = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
NOTHING_REPLACED = rules(1)[UPLOADS]
CONFIGURED = ("lambda:UpdateFunctionConfiguration",)

ROLE = {"RoleName": "lambda-dynamodb-execution-role", "PolicyName": "outreach-staging"}
LISTS_LOGS = {"Effect": "Allow", "Action": "logs:DescribeLogGroups", "Resource": "*"}
NO_TRACES = json.dumps({"Version": "2012-10-17", "Statement": [LISTS_LOGS]})

DRIFT: dict[str, tuple[Hand, tuple[str, ...]]] = {
    "policy in the role gone": (
        lambda aws: aws.client("iam").delete_role_policy(**ROLE),
        ("iam:PutRolePolicy",),
    ),
    "policy in the role": (
        lambda aws: aws.client("iam").put_role_policy(**ROLE, PolicyDocument=NO_TRACES),
        ("iam:PutRolePolicy",),
    ),
    "versioning": (
        s3("put_bucket_versioning", VersioningConfiguration={"Status": "Suspended"}),
        ("s3:PutBucketVersioning",),
    ),
    "public access block": (
        s3("put_public_access_block", PublicAccessBlockConfiguration=OPEN),
        ("s3:PutPublicAccessBlock",),
    ),
    "object ownership": (
        s3("put_bucket_ownership_controls", OwnershipControls=WRITER),
        ("s3:PutBucketOwnershipControls",),
    ),
    "lifecycle gone": (s3("delete_bucket_lifecycle"), ("s3:PutBucketLifecycleConfiguration",)),
    "lifecycle of replaced objects": (
        s3("put_bucket_lifecycle_configuration", LifecycleConfiguration={"Rules": [NOTHING_REPLACED]}),
        ("s3:PutBucketLifecycleConfiguration",),
    ),
    "bucket policy gone": (s3("delete_bucket_policy"), ("s3:PutBucketPolicy",)),
    "bucket policy without TLS": (policy(lambda each: each.pop()), ("s3:PutBucketPolicy",)),
    "bucket policy for another distribution": (
        policy(lambda each: each[0].update(Condition={"StringEquals": {"AWS:SourceArn": "arn:other"}})),
        ("s3:PutBucketPolicy",),
    ),
    "server memory": (function(SERVER, MemorySize=512), CONFIGURED),
    "server timeout": (function(SERVER, Timeout=3), CONFIGURED),
    "server handler": (function(SERVER, Handler="other.handler"), CONFIGURED),
    "server runtime": (function(SERVER, Runtime="nodejs22.x"), CONFIGURED),
    "image memory": (function(f"{SERVER}-image", MemorySize=512), CONFIGURED),
    "server tracing": (function(SERVER, TracingConfig={"Mode": "PassThrough"}), CONFIGURED),
    "log retention": (
        lambda aws: aws.client("logs").put_retention_policy(logGroupName=CLOUDWATCH, retentionInDays=1),
        ("logs:PutRetentionPolicy",),
    ),
    "log group gone": (
        lambda aws: aws.client("logs").delete_log_group(logGroupName=f"{CLOUDWATCH}-initialization"),
        ("logs:CreateLogGroup", "logs:PutRetentionPolicy"),
    ),
    "reserved concurrency": (
        lambda aws: aws.client("lambda").delete_function_concurrency(FunctionName=SERVER),
        ("lambda:PutFunctionConcurrency",),
    ),
    "URL streams": (url(InvokeMode="RESPONSE_STREAM"), ("lambda:UpdateFunctionUrlConfig",)),
    "URL asks for signatures": (url(AuthType="AWS_IAM"), ("lambda:UpdateFunctionUrlConfig",)),
    "permission to call the URL": (no_permission("function-url"), ("lambda:AddPermission",)),
    "permission to invoke by URL": (no_permission("function-url-invoke"), ("lambda:AddPermission",)),
    "deletion protection": (
        lambda aws: aws.client("dynamodb").update_table(TableName=LEDGER, DeletionProtectionEnabled=False),
        ("dynamodb:UpdateTable",),
    ),
    "point-in-time recovery": (
        lambda aws: aws.client("dynamodb").update_continuous_backups(
            TableName=LEDGER, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}
        ),
        ("dynamodb:UpdateContinuousBackups",),
    ),
    "order of behaviours": (distribution(swap), DISTRIBUTION),
    "compression": (behaviour(0, Compress=False), DISTRIBUTION),
    "plain HTTP": (behaviour(0, ViewerProtocolPolicy="allow-all"), DISTRIBUTION),
    "a behaviour's origin": (behaviour(0, TargetOriginId="outreach-image"), DISTRIBUTION),
    "a behaviour's host function": (
        behaviour(0, FunctionAssociations={"Quantity": 0}),
        DISTRIBUTION,
    ),
    "compression of pages": (
        distribution(lambda config: config["DefaultCacheBehavior"].update(Compress=False)),
        DISTRIBUTION,
    ),
    "TLS minimum": (
        distribution(lambda config: config["ViewerCertificate"].update(MinimumProtocolVersion="TLSv1")),
        DISTRIBUTION,
    ),
    "price class": (distribution(lambda config: config.update(PriceClass="PriceClass_All")), DISTRIBUTION),
    "IPv6": (distribution(lambda config: config.update(IsIPV6Enabled=False)), DISTRIBUTION),
    "switched off": (distribution(lambda config: config.update(Enabled=False)), DISTRIBUTION),
    "origin path": (origin("outreach-assets", lambda each: each.update(OriginPath="")), DISTRIBUTION),
    "access to the bucket": (
        origin("outreach-assets", lambda each: each.update(OriginAccessControlId="")),
        DISTRIBUTION,
    ),
    "origin's host": (
        origin("outreach-server", lambda each: each.update(DomainName="other.example.com")),
        DISTRIBUTION,
    ),
    "origin's read timeout": (
        origin("outreach-server", lambda each: each["CustomOriginConfig"].update(OriginReadTimeout=5)),
        DISTRIBUTION,
    ),
    "HTTP/3": (distribution(lambda config: config.update(HttpVersion="http2")), DISTRIBUTION),
    "web ACL": (distribution(lambda config: config.update(WebACLId="")), DISTRIBUTION),
    "access logs": (distribution(lambda config: config["Logging"].update(Prefix="other/")), DISTRIBUTION),
    "error page": (
        distribution(lambda config: config.update(CustomErrorResponses={"Quantity": 0})),
        DISTRIBUTION,
    ),
    "a behaviour's security headers": (behaviour(0, ResponseHeadersPolicyId=""), DISTRIBUTION),
    "security headers": (headers_policy, ("cloudfront:UpdateResponseHeadersPolicy",)),
    "longest life of pages": (
        cache_policy(lambda config: config.update(MaxTTL=31536000)),
        ("cloudfront:UpdateCachePolicy",),
    ),
    "shortest life of pages": (
        cache_policy(lambda config: config.update(MinTTL=60, DefaultTTL=60)),
        ("cloudfront:UpdateCachePolicy",),
    ),
    "headers of the cache key": (cache_policy(drop_header), ("cloudfront:UpdateCachePolicy",)),
    "code of the host function": (host_code, ("cloudfront:UpdateFunction", "cloudfront:PublishFunction")),
    "signing of the access control": (signing, ("cloudfront:UpdateOriginAccessControl",)),
}


@pytest.mark.parametrize("name", DRIFT)
def test_the_check_names_what_was_changed_by_hand_and_the_run_repairs_that_alone(
    staging: Provisioned, name: str
) -> None:
    by_hand, expected = DRIFT[name]
    assert staging.converge(check=True) == ([], [])
    by_hand(staging.local)
    assert staging.converge(check=True) == (list(expected), [])
    assert staging.converge(check=False) == (list(expected), list(expected))
    assert staging.converge(check=True) == ([], [])


def records(aws: LocalAws) -> tuple[str, list[dict[str, Any]]]:
    route53 = aws.client("route53")
    (zone,) = route53.list_hosted_zones()["HostedZones"]
    return zone["Id"], route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]


def test_a_record_that_points_elsewhere_is_shown_and_taken_over_when_told_so(staging: Provisioned) -> None:
    aws = staging.local
    zone, found = records(aws)
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
    now = next(each for each in records(aws)[1] if each["Type"] == "A")
    assert now["AliasTarget"]["DNSName"] == right


def test_a_validation_record_that_was_deleted_comes_back(staging: Provisioned) -> None:
    aws = staging.local
    zone, found = records(aws)
    record = next(each for each in found if each["Type"] == "CNAME")
    changes = {"Changes": [{"Action": "DELETE", "ResourceRecordSet": record}]}
    aws.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch=changes)
    aws.forget_calls()
    assert staging.play().returncode == 0
    assert aws.writes() == ["route53:ChangeResourceRecordSets"]
    assert record["Name"] in [each["Name"] for each in records(aws)[1]]


def queue_timeout(aws: LocalAws) -> None:
    sqs = aws.client("sqs")
    url = sqs.get_queue_url(QueueName="sax-sqs-us-east-1-0x-s-outreach-revalidation.fifo")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "1"})


def table_policy(aws: LocalAws) -> None:
    account, table = aws.running.spec.account_id, LEDGER.replace("ledger", "tags")
    arn = f"arn:aws:dynamodb:us-east-1:{account}:table/{table}"
    aws.client("dynamodb").delete_resource_policy(ResourceArn=arn)


def event_source(aws: LocalAws) -> None:
    functions = aws.client("lambda")
    (found,) = functions.list_event_source_mappings()["EventSourceMappings"]
    functions.update_event_source_mapping(UUID=found["UUID"], BatchSize=1)


def gone(kind: str) -> Hand:
    """A record of the zone that somebody deleted."""

    def by_hand(aws: LocalAws) -> None:
        zone, found = records(aws)
        record = next(each for each in found if each["Type"] == kind)
        changes = {"Changes": [{"Action": "DELETE", "ResourceRecordSet": record}]}
        aws.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch=changes)

    return by_hand


IN_EACH_ROLE = (
    *(DRIFT[name][0] for name in ("policy in the role", "versioning", "lifecycle gone")),
    *(DRIFT[name][0] for name in ("deletion protection", "URL streams", "permission to call the URL")),
    *(queue_timeout, table_policy, event_source),
    *(DRIFT[name][0] for name in ("log group gone", "headers of the cache key", "security headers")),
    *(DRIFT[name][0] for name in ("code of the host function", "signing of the access control")),
    *(DRIFT[name][0] for name in ("compression", "server memory", "reserved concurrency")),
    *(DRIFT[name][0] for name in ("bucket policy without TLS", "public access block")),
    *(gone("CNAME"), gone("AAAA")),
)


def test_a_check_predicts_the_calls_of_a_run_that_puts_right_something_in_each_role(
    staging: Provisioned,
) -> None:
    for by_hand in IN_EACH_ROLE:
        by_hand(staging.local)
    check = played(staging.local, staging.inventory, "--check", "--diff")
    assert check.written == ()
    run = played(staging.local, staging.inventory)
    assert sorted(check.steps) == sorted(run.written)
    assert len(check.steps) >= len(IN_EACH_ROLE)
    again = played(staging.local, staging.inventory)
    assert (again.steps, again.written, again.changed) == ((), (), 0)
