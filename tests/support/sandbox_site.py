"""A small site on the local AWS, made with boto3 alone: what the sandbox's own tests look at."""

from __future__ import annotations

import http.client
import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config

from outreach_ops.sandbox.spec import SandboxSpec, SiteSpec
from outreach_ops.sandbox.state import Running

ROLE = "lambda-execution"
FUNCTION = "site-server"
BUCKET = "site-assets"
SITE = SiteSpec("outreach-staging", "outreach.example.com")
EMPTY_SITE = SiteSpec("other-staging", "other.example.com")
SPEC = SandboxSpec(sites=(SITE, EMPTY_SITE), execution_roles=(ROLE,), zones=("example.com", "example.org"))
PLANTED = "a-secret-of-the-parent"

# Answers with what it was asked and what it can see; each path is one experiment.
HANDLER = """
import { createHash, createHmac } from "node:crypto";
const { env } = process;
const hash = (text) => createHash("sha256").update(text).digest("hex");
const mac = (key, text, as) => createHmac("sha256", key).update(text).digest(as);
const signed = (service, body) => {
  const host = new URL(env.AWS_ENDPOINT_URL).host;
  const time = new Date().toISOString().replace(/[-:]|\\.\\d+/g, "");
  const names = "host;x-amz-date", scope = [time.slice(0, 8), "us-east-1", service, "aws4_request"];
  const lines = ["POST", "/", "", `host:${host}`, `x-amz-date:${time}`, "", names, hash(body)];
  const text = ["AWS4-HMAC-SHA256", time, scope.join("/"), hash(lines.join("\\n"))].join("\\n");
  const key = scope.reduce((key, part) => mac(key, part), `AWS4${env.AWS_SECRET_ACCESS_KEY}`);
  const signature = `SignedHeaders=${names}, Signature=${mac(key, text, "hex")}`;
  const credential = `Credential=${env.AWS_ACCESS_KEY_ID}/${scope.join("/")}`;
  return { "x-amz-date": time, authorization: `AWS4-HMAC-SHA256 ${credential}, ${signature}` };
};
const identity = "Action=GetCallerIdentity&Version=2011-06-15";
const experiments = {
  "/env": async () => ({ env, node: process.execPath, pid: process.pid }),
  "/redirect": async (event) => ({ location: event.queryStringParameters.to }),
  "/https": async (event) => {
    try {
      const answer = await fetch(`https://${event.queryStringParameters.to}`);
      return { status: answer.status, answer: await answer.json() };
    } catch (error) {
      return { refused: String(error.cause ?? error) };
    }
  },
  "/upstream": async () => fetchJson(`${env.API_BASE_URL}/templates`, { headers: { "x-tenant-id": "t" } }),
  "/identity": async () => (await fetch(env.AWS_ENDPOINT_URL, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", ...signed("sts", identity) },
    body: identity,
  })).text(),
};
const fetchJson = async (url, options) => (await fetch(url, options)).json();
export const handler = async (event) => {
  const result = await (experiments[event.rawPath] ?? (() => ({})))(event);
  return {
    statusCode: result.location ? 307 : 200,
    headers: { "content-type": "application/json", ...(result.location && { location: result.location }) },
    body: JSON.stringify({ release: "RELEASE", method: event.requestContext.http.method,
                           headers: event.headers, body: event.body, result }),
  };
};
"""
HOST_FUNCTION = b"""function handler(event) {
  event.request.headers["x-forwarded-host"] = { value: event.request.headers.host.value };
  return event.request;
}"""


@dataclass(frozen=True)
class Answer:
    """An HTTP response; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def request(
    port: int,
    path: str,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """One request to loopback, following nothing."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body, dict(headers or {}))
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, response.read())
    finally:
        connection.close()


def signed_request(
    running: Running, path: str, method: str = "GET", body: bytes = b"", service: str = "sandbox"
) -> Answer:
    """One request to the API port, signed as AWS's own tools do."""
    signed = AWSRequest(method, running.endpoint_url + path, data=body)
    SigV4Auth(running.credentials, service, running.spec.region).add_auth(signed)
    return request(running.api_port, path, method, body, dict(signed.headers.items()))


def client(running: Running, service: str, **config: Any) -> Any:
    """A boto3 client of the sandbox that retries nothing."""
    return boto3.client(
        service,
        endpoint_url=running.endpoint_url,
        region_name=running.spec.region,
        aws_access_key_id=running.credentials.access_key,
        aws_secret_access_key=running.credentials.secret_key,
        config=Config(retries={"total_max_attempts": 1}, **config),
    )


def code(release: str) -> bytes:
    """A function's zip that reports this release."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("index.mjs", HANDLER.replace("RELEASE", release))
    return archive.getvalue()


def put_site_live(running: Running, domain: str) -> str:
    """Function, alias, function URL, bucket and distribution; returns the distribution's domain."""
    aws = client(running, "lambda")
    role = f"arn:aws:iam::{running.spec.account_id}:role/{ROLE}"
    aws.create_function(
        FunctionName=FUNCTION, Runtime="nodejs24.x", Role=role, Handler="index.handler",
        Code={"ZipFile": code("one")}, Environment={"Variables": {"API_BASE_URL": running.upstream_url}},
    )  # fmt: skip
    settled(aws)
    version = aws.publish_version(FunctionName=FUNCTION)["Version"]
    aws.create_alias(FunctionName=FUNCTION, Name="live", FunctionVersion=version)
    url = aws.create_function_url_config(FunctionName=FUNCTION, Qualifier="live", AuthType="NONE")
    s3 = client(running, "s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="_assets/app.js", Body=b"asset", CacheControl="max-age=60")
    distribution = _distribution(client(running, "cloudfront"), domain, url["FunctionUrl"].split("/")[2])
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(_bucket_policy(distribution["ARN"])))
    return str(distribution["DomainName"])


def settled(aws: Any) -> None:
    """Waits until the function's last change is through."""
    aws.get_waiter("function_updated_v2").wait(FunctionName=FUNCTION, WaiterConfig={"Delay": 1})


def alive(pid: int) -> bool:
    """Whether a process still runs; one that only waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except OSError:
        return False


def listening(pid: int) -> set[tuple[str, int]]:
    """The hexadecimal address and the port of every TCP socket on which a process listens."""
    inodes = {_inode(link) for link in Path(f"/proc/{pid}/fd").iterdir()}
    return {
        (row[1].split(":")[0], int(row[1].split(":")[1], 16))
        for row in _tcp_rows()
        if row[3] == "0A" and row[9] in inodes
    }


def _inode(link: Path) -> str:
    try:
        return str(link.readlink()).removeprefix("socket:[").removesuffix("]")
    except OSError:
        return ""


def _tcp_rows() -> Iterator[list[str]]:
    for table in ("tcp", "tcp6"):
        lines = Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        yield from (line.split() for line in lines)


def _distribution(aws: Any, domain: str, function_host: str) -> Any:
    oac = aws.create_origin_access_control(
        OriginAccessControlConfig={
            "Name": BUCKET, "SigningProtocol": "sigv4", "SigningBehavior": "always",
            "OriginAccessControlOriginType": "s3",
        }
    )["OriginAccessControl"]["Id"]  # fmt: skip
    function = aws.create_function(
        Name="host",
        FunctionCode=HOST_FUNCTION,
        FunctionConfig={"Comment": "", "Runtime": "cloudfront-js-2.0"},
    )
    published = aws.publish_function(Name="host", IfMatch=function["ETag"])
    host_function = published["FunctionSummary"]["FunctionMetadata"]["FunctionARN"]
    origins = [
        {
            "Id": "server", "DomainName": function_host,
            "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"},
        },
        {
            "Id": "assets", "DomainName": f"{BUCKET}.s3.us-east-1.amazonaws.com", "OriginPath": "/_assets",
            "OriginAccessControlId": oac, "S3OriginConfig": {"OriginAccessIdentity": ""},
        },
    ]  # fmt: skip
    config = {
        "CallerReference": domain, "Comment": "", "Enabled": True,
        "Aliases": {"Quantity": 1, "Items": [domain]},
        "Origins": {"Quantity": 2, "Items": origins},
        "DefaultCacheBehavior": _behaviour("server", host_function),
        "CacheBehaviors": {"Quantity": 1, "Items": [{"PathPattern": "/*.js", **_behaviour("assets", None)}]},
    }  # fmt: skip
    return aws.create_distribution(DistributionConfig=config)["Distribution"]


def _behaviour(origin: str, function: str | None) -> dict[str, Any]:
    methods = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
    functions = [{"EventType": "viewer-request", "FunctionARN": function}] if function else []
    return {
        "TargetOriginId": origin,
        "ViewerProtocolPolicy": "redirect-to-https",
        "AllowedMethods": {"Quantity": len(methods), "Items": methods},
        "CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",  # Managed-CachingDisabled
        "OriginRequestPolicyId": "b689b0a8-53d0-40ab-baf2-68738e2966ac",  # Managed-AllViewerExceptHostHeader
        "FunctionAssociations": {"Quantity": len(functions), "Items": functions},
    }


def _bucket_policy(distribution: str) -> dict[str, Any]:
    everything = [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow", "Principal": {"Service": "cloudfront.amazonaws.com"},
                "Action": "s3:GetObject", "Resource": everything,
                "Condition": {"StringEquals": {"AWS:SourceArn": distribution}},
            },
            {
                "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": everything,
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
        ],
    }  # fmt: skip


def until(holds: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether something comes to hold in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def distribution(control: Callable[..., Any]) -> str:
    """The name of the live site's distribution, as the sandbox's status has it."""
    (found, _) = control("GET", "/status")["sites"]
    return str(found["distribution"])
