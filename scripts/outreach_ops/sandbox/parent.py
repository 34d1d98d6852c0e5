"""SleepConnect as AWS would already hold it: function, bucket, distribution; none of it is this project's."""

from __future__ import annotations

import dataclasses
import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from outreach_ops.provision.placeholder import placeholder
from outreach_ops.sandbox.spec import ParentSpec

ALIAS = "live"
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER_EXCEPT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
METHODS = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
HOST_FUNCTION = """function handler(event) {
  event.request.headers["x-forwarded-host"] = { value: "%s" };
  return event.request;
}"""


@dataclasses.dataclass(frozen=True)
class Parent:
    """One SleepConnect in an account; `client` gives boto3 clients by service."""

    spec: ParentSpec
    role_arn: str
    client: Callable[[str], Any]

    def stand(self) -> bool:
        """Makes what is missing of function and edge; False when the function is there already."""
        made = self._function()
        if self.spec.domain and not self._has_edge():
            self._edge(self._function_url(self.client("lambda")))
        return made

    def _function(self) -> bool:
        """The function, with made-up values of what it shares."""
        functions = self.client("lambda")
        try:
            functions.create_function(
                FunctionName=self.spec.function_name,
                Runtime="nodejs24.x",
                Role=self.role_arn,
                Handler="index.handler",
                Timeout=30,
                MemorySize=1024,
                Code={"ZipFile": placeholder("index.handler")},
                Environment={"Variables": {each: secrets.token_hex(16) for each in self.spec.shared}},
            )
        except functions.exceptions.ResourceConflictException:
            return False
        return True

    def _has_edge(self) -> bool:
        found = self.client("cloudfront").list_distributions()["DistributionList"].get("Items") or []
        return any(self.spec.domain in each["Aliases"].get("Items", ()) for each in found)

    def _function_url(self, functions: Any) -> str:
        name = self.spec.function_name
        functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
        version = functions.publish_version(FunctionName=name)["Version"]
        functions.create_alias(FunctionName=name, Name=ALIAS, FunctionVersion=version)
        made = functions.create_function_url_config(FunctionName=name, Qualifier=ALIAS, AuthType="NONE")
        for action in ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction"):
            functions.add_permission(
                FunctionName=name,
                Qualifier=ALIAS,
                StatementId=action.partition(":")[2],
                Action=action,
                Principal="*",
            )
        return str(made["FunctionUrl"]).split("/")[2]

    def _edge(self, function_host: str) -> None:
        cloudfront, domain = self.client("cloudfront"), self.spec.domain
        self.client("s3").create_bucket(Bucket=self.spec.bucket)
        access = cloudfront.create_origin_access_control(
            OriginAccessControlConfig={
                "Name": self.spec.bucket,
                "SigningProtocol": "sigv4",
                "SigningBehavior": "always",
                "OriginAccessControlOriginType": "s3",
            }
        )["OriginAccessControl"]["Id"]
        function_arn = self._host_function(cloudfront)
        made = cloudfront.create_distribution(
            DistributionConfig={
                "CallerReference": domain,
                "Comment": "SleepConnect",
                "Enabled": True,
                "Aliases": {"Quantity": 1, "Items": [domain]},
                "Origins": {"Quantity": 2, "Items": self._origins(function_host, access)},
                "DefaultCacheBehavior": _behaviour("server", function_arn),
                "CacheBehaviors": {
                    "Quantity": 1,
                    "Items": [{"PathPattern": "/_next/static/*", **_behaviour("assets", None)}],
                },
            }
        )
        policy = _bucket_policy(self.spec.bucket, made["Distribution"]["ARN"])
        self.client("s3").put_bucket_policy(Bucket=self.spec.bucket, Policy=json.dumps(policy))

    def _host_function(self, cloudfront: Any) -> str:
        name = self.spec.function_name
        function = cloudfront.create_function(
            Name=name,
            # Its domain, not the viewer's Host: the local AWS answers for no alternate domain name.
            FunctionCode=(HOST_FUNCTION % self.spec.domain).encode(),
            FunctionConfig={"Comment": "", "Runtime": "cloudfront-js-2.0"},
        )
        published = cloudfront.publish_function(Name=name, IfMatch=function["ETag"])
        return str(published["FunctionSummary"]["FunctionMetadata"]["FunctionARN"])

    def _origins(self, function_host: str, access: str) -> list[dict[str, Any]]:
        ports = {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"}
        return [
            {"Id": "server", "DomainName": function_host, "CustomOriginConfig": ports},
            {
                "Id": "assets",
                "DomainName": f"{self.spec.bucket}.s3.us-east-1.amazonaws.com",
                "OriginAccessControlId": access,
                "S3OriginConfig": {"OriginAccessIdentity": ""},
            },
        ]


def _behaviour(origin: str, function: str | None) -> dict[str, Any]:
    functions = [{"EventType": "viewer-request", "FunctionARN": function}] if function else []
    return {
        "TargetOriginId": origin,
        "ViewerProtocolPolicy": "redirect-to-https",
        "AllowedMethods": {"Quantity": len(METHODS), "Items": METHODS},
        "CachePolicyId": CACHING_DISABLED,
        # The bucket is signed for with its own headers.
        **({"OriginRequestPolicyId": ALL_VIEWER_EXCEPT_HOST} if functions else {}),
        "FunctionAssociations": {"Quantity": len(functions), "Items": functions},
    }


def _bucket_policy(bucket: str, distribution: str) -> Mapping[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "cloudfront.amazonaws.com"},
                "Action": "s3:GetObject",
                "Resource": f"arn:aws:s3:::{bucket}/*",
                "Condition": {"StringEquals": {"AWS:SourceArn": distribution}},
            }
        ],
    }
