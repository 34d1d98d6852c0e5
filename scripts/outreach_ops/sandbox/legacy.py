"""A site as it was before this tool: live, made by hand, with settings that are not ours to change."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

from outreach_ops.sandbox.remote import ask
from outreach_ops.sandbox.state import Running
from outreach_ops.settings.model import Settings

Client = Callable[[str], Any]
"""Makes a boto3 client of the local AWS for a service."""

# It answers with the file that its pages name, and with the version that runs.
SOURCE = """\
exports.handler = async (event) => ({
  statusCode: 200,
  headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" },
  body: `<script src="/outreach-static/_next/static/legacy.js"></script>legacy %s at ${event.rawPath}`,
});
"""
FILES = {
    "outreach-static/_next/static/legacy.js": (b"console.log('legacy')", "application/javascript"),
    "outreach/release-notes.txt": (b"before this tool\n", "text/plain"),
}
OTHERS_STATEMENT = "SleepConnectReadsStatic"
FOREIGN_ORIGIN = "reports"


def seed(settings: Settings, client: Client, running: Running) -> bool:
    """Makes the site's function, bucket, certificate, distribution and record; False when they are there."""
    cloudfront = client("cloudfront")
    identity = settings.cloudfront.distribution_id
    if any(each["Id"] == identity for each in _listed(cloudfront)):
        return False
    url_host = _function(settings, client("lambda"))
    _bucket(settings, client("s3"))
    certificate = _certificate(settings, client("acm"))
    found = _distribution(settings, cloudfront, url_host, certificate)
    # CloudFront makes its ids up; the inventory's is the one that the documents name.
    ask(running, "/distributions", "POST", {"from": found["Id"], "to": identity})
    _policy(settings, client("s3"), found["ARN"].replace(found["Id"], identity))
    _record(settings, client("route53"), found["DomainName"])
    return True


def _listed(cloudfront: Any) -> list[Any]:
    return cloudfront.list_distributions()["DistributionList"].get("Items") or []


def _function(settings: Settings, functions: Any) -> str:
    """Two versions, no alias, and a URL on what was written last; returns its host."""
    name = settings.lambda_.server_name
    role = f"arn:aws:iam::{settings.site.account_id}:role/{settings.iam.role_name}"
    functions.create_function(
        FunctionName=name,
        Runtime="nodejs22.x",
        Role=role,
        Handler="index.handler",
        MemorySize=512,
        Timeout=15,
        Code={"ZipFile": _zipped("1")},
        Environment={"Variables": {"LEGACY": "kept"}},
        Tags={"owner": "somebody"},
    )
    _settled(functions, name)
    functions.publish_version(FunctionName=name, Description="v0.0.8 (0000008)")
    functions.update_function_code(FunctionName=name, ZipFile=_zipped("2"))
    _settled(functions, name)
    functions.publish_version(FunctionName=name, Description="v0.0.9 (0000009)")
    url = functions.create_function_url_config(FunctionName=name, AuthType="NONE")["FunctionUrl"]
    functions.add_permission(
        FunctionName=name,
        StatementId="public",
        Action="lambda:InvokeFunctionUrl",
        Principal="*",
        FunctionUrlAuthType="NONE",
    )
    return str(url).split("/")[2]


def _settled(functions: Any, name: str) -> None:
    functions.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})


def _zipped(release: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("index.js", SOURCE % release)
    return out.getvalue()


def _bucket(settings: Settings, s3: Any) -> None:
    bucket = settings.s3.bucket_name
    where = {} if settings.site.region == "us-east-1" else {"LocationConstraint": settings.site.region}
    s3.create_bucket(Bucket=bucket, **({"CreateBucketConfiguration": where} if where else {}))
    for key, (body, kind) in FILES.items():
        s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType=kind, CacheControl="max-age=60")
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "owner", "Value": "somebody"}]})


def _policy(settings: Settings, s3: Any, arn: str) -> None:
    """What the distribution reads, and what SleepConnect's own distribution reads."""
    bucket = settings.s3.bucket_name
    parent = f"arn:aws:cloudfront::{settings.site.account_id}:distribution/ESLEEPCONNECT"
    read = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    statements = [
        {"Sid": sid, **read, "Condition": {"StringEquals": {"AWS:SourceArn": source}}}
        for sid, source in (("LegacyDistribution", arn), (OTHERS_STATEMENT, parent))
    ]
    document = {"Version": "2012-10-17", "Statement": statements}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))


def _certificate(settings: Settings, acm: Any) -> str:
    """Issued, as the inventory says that it is there; made once for all sites that share it."""
    wanted = settings.acm.domain
    for each in acm.list_certificates()["CertificateSummaryList"]:
        if each["DomainName"] == wanted:
            return str(each["CertificateArn"])
    return str(acm.request_certificate(DomainName=wanted, ValidationMethod="DNS")["CertificateArn"])


def _distribution(settings: Settings, cloudfront: Any, url_host: str, certificate: str) -> Any:
    bucket, domain = settings.s3.bucket_name, settings.cloudfront.domain
    access = cloudfront.create_origin_access_control(
        OriginAccessControlConfig={
            "Name": f"legacy-{bucket}"[:64],
            "OriginAccessControlOriginType": "s3",
            "SigningBehavior": "always",
            "SigningProtocol": "sigv4",
        }
    )["OriginAccessControl"]["Id"]
    custom = {
        "HTTPPort": 80,
        "HTTPSPort": 443,
        "OriginProtocolPolicy": "https-only",
        "OriginSslProtocols": {"Quantity": 1, "Items": ["TLSv1.2"]},
    }
    origins = [
        {"Id": "nextjs", "DomainName": url_host, "CustomOriginConfig": custom},
        {
            "Id": "static",
            "DomainName": f"{bucket}.s3.{settings.site.region}.amazonaws.com",
            "OriginAccessControlId": access,
            "S3OriginConfig": {"OriginAccessIdentity": ""},
        },
        {"Id": FOREIGN_ORIGIN, "DomainName": "reports.example.com", "CustomOriginConfig": custom},
    ]
    behaviours = [
        {"PathPattern": "/reports/*", **_behaviour(FOREIGN_ORIGIN)},
        {"PathPattern": "/outreach-static/*", **_behaviour("static")},
        {"PathPattern": "/outreach/release-notes.txt", **_behaviour("static")},
    ]
    config = {
        "CallerReference": domain,
        "Comment": f"made by hand for {domain}",
        "Enabled": True,
        "HttpVersion": "http2",
        "IsIPV6Enabled": False,
        "PriceClass": "PriceClass_All",
        "Aliases": {"Quantity": 1, "Items": [domain]},
        "Origins": {"Quantity": len(origins), "Items": origins},
        "DefaultCacheBehavior": _behaviour("nextjs"),
        "CacheBehaviors": {"Quantity": len(behaviours), "Items": behaviours},
        "ViewerCertificate": {
            "ACMCertificateArn": certificate,
            "SSLSupportMethod": "sni-only",
            "MinimumProtocolVersion": "TLSv1.2_2019",
        },
        "WebACLId": f"arn:aws:wafv2:us-east-1:{settings.site.account_id}:global/webacl/theirs/1",
        "Logging": {
            "Enabled": True,
            "IncludeCookies": False,
            "Bucket": "logs.s3.amazonaws.com",
            "Prefix": "",
        },
    }
    tags = {"Items": [{"Key": "owner", "Value": "somebody"}]}
    made = cloudfront.create_distribution_with_tags(
        DistributionConfigWithTags={"DistributionConfig": config, "Tags": tags}
    )
    return made["Distribution"]


def _behaviour(origin: str) -> dict[str, Any]:
    methods = ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"]
    return {
        "TargetOriginId": origin,
        "ViewerProtocolPolicy": "redirect-to-https",
        "AllowedMethods": {"Quantity": len(methods), "Items": methods},
        "CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",  # Managed-CachingDisabled
        "OriginRequestPolicyId": "b689b0a8-53d0-40ab-baf2-68738e2966ac",  # AllViewerExceptHostHeader
    }


def _record(settings: Settings, route53: Any, target: str) -> None:
    zone = route53.list_hosted_zones_by_name(DNSName=f"{settings.route53.zone}.", MaxItems="1")
    alias = {"HostedZoneId": "Z2FDTNDATAQYW2", "DNSName": f"{target}.", "EvaluateTargetHealth": False}
    record = {"Name": f"{settings.route53.record}.", "Type": "A", "AliasTarget": alias}
    route53.change_resource_record_sets(
        HostedZoneId=zone["HostedZones"][0]["Id"],
        ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]},
    )
