"""The settings of one made-up site, small and complete."""

from __future__ import annotations

import types

from outreach_ops.settings import model
from outreach_ops.settings.cloudfront import Cloudfront
from outreach_ops.settings.variables import Variable, Variables
from outreach_ops.settings.verify import Check, Verify

SETTINGS = model.Settings(
    host="outreach-test",
    site=model.Site(
        environment="test",
        account_id="123456789012",
        region="us-east-1",
        project="outreach",
        code="t",
        base_path="/outreach",
        asset_prefix="/outreach-static",
        app="../outreach",
    ),
    s3=model.S3("made-up-assets"),
    iam=model.Iam("made-up-role"),
    lambda_=model.Lambda(
        server_name="server",
        image_name="image",
        alias="live",
        runtime="nodejs24.x",
        architecture="x86_64",
        handler="index.handler",
        server_memory=1024,
        server_timeout=30,
        image_memory=1536,
        image_timeout=25,
    ),
    acm=model.Acm("outreach.example.com"),
    route53=model.Route53("example.com", "outreach.example.com"),
    cloudfront=Cloudfront(
        domain="outreach.example.com",
        distribution_id="",
        price_class="PriceClass_100",
        tls_minimum="TLSv1.2_2021",
        oac_name="made-up-oac",
        host_function_name="made-up-host",
        forwarded_hosts=("parent.example.com",),
        behaviours=(),
    ),
    dynamodb=model.Dynamodb("made-up-ledger"),
    isr=model.Isr(
        queue_name="made-up-pages.fifo",
        tag_table="made-up-tags",
        revalidation_name="revalidation",
        revalidation_memory=256,
        revalidation_timeout=30,
        initialization_name="initialization",
        initialization_memory=256,
        initialization_timeout=300,
    ),
    variables=Variables(
        build=types.MappingProxyType({"NEXT_PUBLIC_BASE_URL": "https://outreach.example.com"}),
        runtime=(
            Variable("NODE_ENV", "release", value="production"),
            Variable("FEATURE", "release", required=False),
            Variable("AUTH_SECRET", "shared", owner="sleepconnect"),
            Variable("PHONE", "shared", required=False),
        ),
    ),
    sleepconnect=model.Sleepconnect("parent"),
    verify=Verify(
        (
            Check("/outreach/api/health", pattern='"version": "{version}"'),
            Check("/outreach", assets=True),
        )
    ),
)
