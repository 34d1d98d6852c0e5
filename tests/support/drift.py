"""What somebody may change of bucket, tables, functions and role, with the calls that undo it.

And how what the check names begins, as resource and value.
"""

from __future__ import annotations

import json

from outreach_ops.provision.bucket_lifecycle import UPLOADS, rules
from support import by_hand
from support.by_hand import BUCKET, LEDGER, ROLE, SERVER, TAGS, Hand

Drift = dict[str, tuple[Hand, tuple[str, ...], str]]
CLOUDWATCH = f"/aws/lambda/{SERVER}"
OPEN = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": False,
    "RestrictPublicBuckets": True,
}
WRITER = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
NOTHING_REPLACED = rules(1)[UPLOADS]
CONFIGURED = ("lambda:UpdateFunctionConfiguration",)

LISTS_LOGS = {"Effect": "Allow", "Action": "logs:DescribeLogGroups", "Resource": "*"}
NO_TRACES = json.dumps({"Version": "2012-10-17", "Statement": [LISTS_LOGS]})

RESOURCES: Drift = {
    "policy in the role gone": (
        lambda aws: aws.client("iam").delete_role_policy(**ROLE),
        ("iam:PutRolePolicy",),
        "policy outreach-staging of role lambda-dynamodb-execution-role:",
    ),
    "policy in the role": (
        lambda aws: aws.client("iam").put_role_policy(**ROLE, PolicyDocument=NO_TRACES),
        ("iam:PutRolePolicy",),
        "policy outreach-staging of role lambda-dynamodb-execution-role: Statement",
    ),
    "versioning": (
        by_hand.s3("put_bucket_versioning", VersioningConfiguration={"Status": "Suspended"}),
        ("s3:PutBucketVersioning",),
        f"bucket {BUCKET}: versioning",
    ),
    "public access block": (
        by_hand.s3("put_public_access_block", PublicAccessBlockConfiguration=OPEN),
        ("s3:PutPublicAccessBlock",),
        f"bucket {BUCKET}: public access blocked BlockPublicPolicy",
    ),
    "object ownership": (
        by_hand.s3("put_bucket_ownership_controls", OwnershipControls=WRITER),
        ("s3:PutBucketOwnershipControls",),
        f"bucket {BUCKET}: object ownership",
    ),
    "lifecycle gone": (
        by_hand.s3("delete_bucket_lifecycle"),
        ("s3:PutBucketLifecycleConfiguration",),
        f"bucket {BUCKET}: lifecycle",
    ),
    "lifecycle of replaced objects": (
        by_hand.s3(
            "put_bucket_lifecycle_configuration", LifecycleConfiguration={"Rules": [NOTHING_REPLACED]}
        ),
        ("s3:PutBucketLifecycleConfiguration",),
        f"bucket {BUCKET}: lifecycle replaced under",
    ),
    "bucket policy gone": (
        by_hand.s3("delete_bucket_policy"),
        ("s3:PutBucketPolicy",),
        f"policy of bucket {BUCKET}:",
    ),
    "bucket policy without TLS": (
        by_hand.policy(lambda each: each.pop()),
        ("s3:PutBucketPolicy",),
        f"policy of bucket {BUCKET}: OutreachTlsOnly",
    ),
    "bucket policy for another distribution": (
        by_hand.policy(
            lambda each: each[0].update(Condition={"StringEquals": {"AWS:SourceArn": "arn:other"}})
        ),
        ("s3:PutBucketPolicy",),
        f"policy of bucket {BUCKET}: OutreachAssets Condition StringEquals AWS:SourceArn",
    ),
    "server memory": (by_hand.function(SERVER, MemorySize=512), CONFIGURED, f"function {SERVER}: memory"),
    "server timeout": (by_hand.function(SERVER, Timeout=3), CONFIGURED, f"function {SERVER}: timeout"),
    "server handler": (
        by_hand.function(SERVER, Handler="other.handler"),
        CONFIGURED,
        f"function {SERVER}: handler",
    ),
    "server runtime": (
        by_hand.function(SERVER, Runtime="nodejs22.x"),
        CONFIGURED,
        f"function {SERVER}: runtime",
    ),
    "image memory": (
        by_hand.function(f"{SERVER}-image", MemorySize=512),
        CONFIGURED,
        f"function {SERVER}-image: memory",
    ),
    "server tracing": (
        by_hand.function(SERVER, TracingConfig={"Mode": "PassThrough"}),
        CONFIGURED,
        f"function {SERVER}: tracing",
    ),
    "log retention": (
        lambda aws: aws.client("logs").put_retention_policy(logGroupName=CLOUDWATCH, retentionInDays=1),
        ("logs:PutRetentionPolicy",),
        f"log group /aws/lambda/{SERVER}: days",
    ),
    "log group gone": (
        lambda aws: aws.client("logs").delete_log_group(logGroupName=f"{CLOUDWATCH}-initialization"),
        ("logs:CreateLogGroup", "logs:PutRetentionPolicy"),
        f"log group /aws/lambda/{SERVER}-initialization:",
    ),
    "reserved concurrency": (
        lambda aws: aws.client("lambda").delete_function_concurrency(FunctionName=SERVER),
        ("lambda:PutFunctionConcurrency",),
        f"function {SERVER}: reserved",
    ),
    "URL streams": (
        by_hand.url(InvokeMode="RESPONSE_STREAM"),
        ("lambda:UpdateFunctionUrlConfig",),
        f"function URL of {SERVER}:live: InvokeMode",
    ),
    "URL asks for signatures": (
        by_hand.url(AuthType="AWS_IAM"),
        ("lambda:UpdateFunctionUrlConfig",),
        f"function URL of {SERVER}:live: AuthType",
    ),
    "permission to call the URL": (
        by_hand.no_permission("function-url"),
        ("lambda:AddPermission",),
        f"permissions of {SERVER}:live: function-url",
    ),
    "permission to invoke by URL": (
        by_hand.no_permission("function-url-invoke"),
        ("lambda:AddPermission",),
        f"permissions of {SERVER}:live: function-url-invoke",
    ),
    "deletion protection": (
        by_hand.unprotected(LEDGER),
        ("dynamodb:UpdateTable",),
        f"table {LEDGER}: deletion protection",
    ),
    "point-in-time recovery": (
        by_hand.unrestorable(LEDGER),
        ("dynamodb:UpdateContinuousBackups",),
        f"table {LEDGER}: point-in-time recovery",
    ),
    "deletion protection of tags": (
        by_hand.unprotected(TAGS),
        ("dynamodb:UpdateTable",),
        f"table {TAGS}: deletion protection",
    ),
    "point-in-time recovery of tags": (
        by_hand.unrestorable(TAGS),
        ("dynamodb:UpdateContinuousBackups",),
        f"table {TAGS}: point-in-time recovery",
    ),
    "policy of the tag table": (
        by_hand.table_policy,
        ("dynamodb:PutResourcePolicy",),
        f"policy of table {TAGS}:",
    ),
    "bucket policy without a grant of the role": (
        by_hand.policy(lambda each: each.pop(2)),
        ("s3:PutBucketPolicy",),
        f"policy of bucket {BUCKET}: OutreachPages",
    ),
    "image timeout": (
        by_hand.function(f"{SERVER}-image", Timeout=3),
        CONFIGURED,
        f"function {SERVER}-image: timeout",
    ),
    "server role": (by_hand.other_role, CONFIGURED, f"function {SERVER}: role"),
    "revalidation memory": (
        by_hand.function(f"{SERVER}-revalidation", MemorySize=128),
        CONFIGURED,
        f"function {SERVER}-revalidation: memory",
    ),
    "initialization timeout": (
        by_hand.function(f"{SERVER}-initialization", Timeout=3),
        CONFIGURED,
        f"function {SERVER}-initialization: timeout",
    ),
    "event source's batch": (
        by_hand.event_source(BatchSize=1),
        ("lambda:UpdateEventSourceMapping",),
        f"event source of {SERVER}-revalidation:live: BatchSize",
    ),
    "event source switched off": (
        by_hand.event_source(Enabled=False),
        ("lambda:UpdateEventSourceMapping",),
        f"event source of {SERVER}-revalidation:live: Enabled",
    ),
    "permission to call the image URL": (
        by_hand.no_permission("function-url", f"{SERVER}-image"),
        ("lambda:AddPermission",),
        f"permissions of {SERVER}-image:live: function-url",
    ),
}
