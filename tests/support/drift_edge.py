"""What somebody may change of the distribution and what belongs to it, as in drift.py."""

from __future__ import annotations

from outreach_ops.provision.quantities import listed
from support import by_hand
from support.drift import Drift

DISTRIBUTION = ("cloudfront:UpdateDistribution",)
# Of AWS, and right for other paths than those that get them.
OPTIMISED, ALL_VIEWER = "658327ea-f89d-4fab-a63d-7e88639e58f6", "216adef6-5c7f-47e4-b989-5492eafa07d3"

EDGE: Drift = {
    "a behaviour's cache policy": (
        by_hand.behaviour(0, CachePolicyId=OPTIMISED),
        DISTRIBUTION,
        "distribution: behaviours /outreach/api/* cache",
    ),
    "a behaviour's origin request policy": (
        by_hand.behaviour(0, OriginRequestPolicyId=ALL_VIEWER),
        DISTRIBUTION,
        "distribution: behaviours /outreach/api/* request",
    ),
    "a behaviour's methods": (
        by_hand.reading(0),
        DISTRIBUTION,
        "distribution: behaviours /outreach/api/* methods",
    ),
    "pages from the bucket": (
        by_hand.default(TargetOriginId="outreach-assets"),
        DISTRIBUTION,
        "distribution: default_behaviour origin",
    ),
    "cache policy of pages": (
        by_hand.default(CachePolicyId=OPTIMISED),
        DISTRIBUTION,
        "distribution: default_behaviour cache",
    ),
    "certificate": (by_hand.other_certificate, DISTRIBUTION, "distribution: certificate"),
    "plain HTTP to a function": (
        by_hand.custom("outreach-image", OriginProtocolPolicy="match-viewer"),
        DISTRIBUTION,
        "distribution: origins outreach-image protocol",
    ),
    "old TLS to a function": (
        by_hand.custom("outreach-server", OriginSslProtocols=listed(["TLSv1", "TLSv1.2"])),
        DISTRIBUTION,
        "distribution: origins outreach-server protocol",
    ),
    "origin's keepalive": (
        by_hand.custom("outreach-server", OriginKeepaliveTimeout=60),
        DISTRIBUTION,
        "distribution: origins outreach-server keepalive_timeout",
    ),
    "secret header": (
        by_hand.origin("outreach-image", lambda each: each.update(CustomHeaders=listed([]))),
        DISTRIBUTION,
        "distribution: origins outreach-image secret_header",
    ),
    "gzip of pages": (
        by_hand.cache_key("EnableAcceptEncodingGzip", False),
        ("cloudfront:UpdateCachePolicy",),
        "cache policy outreach-pages: EnableAcceptEncodingGzip",
    ),
    "brotli of pages": (
        by_hand.cache_key("EnableAcceptEncodingBrotli", False),
        ("cloudfront:UpdateCachePolicy",),
        "cache policy outreach-pages: EnableAcceptEncodingBrotli",
    ),
    "cookies of the cache key": (
        by_hand.cache_key("CookiesConfig", {"CookieBehavior": "none"}),
        ("cloudfront:UpdateCachePolicy",),
        "cache policy outreach-pages: CookiesConfig",
    ),
    "query of the cache key": (
        by_hand.cache_key("QueryStringsConfig", {"QueryStringBehavior": "none"}),
        ("cloudfront:UpdateCachePolicy",),
        "cache policy outreach-pages: QueryStringsConfig",
    ),
    "headers of the images' cache key": (
        by_hand.cache_key("HeadersConfig", {"HeaderBehavior": "none"}, "outreach-images-"),
        ("cloudfront:UpdateCachePolicy",),
        "cache policy outreach-images: HeadersConfig",
    ),
    "draft of the host function": (
        by_hand.host_draft,
        ("cloudfront:UpdateFunction",),
        f"CloudFront Function {by_hand.HOST}: code",
    ),
    "order of behaviours": (
        by_hand.distribution(by_hand.swap),
        DISTRIBUTION,
        "distribution: behaviours order",
    ),
    "compression": (
        by_hand.behaviour(0, Compress=False),
        DISTRIBUTION,
        "distribution: behaviours /outreach/api/* compress",
    ),
    "plain HTTP": (
        by_hand.behaviour(0, ViewerProtocolPolicy="allow-all"),
        DISTRIBUTION,
        "distribution: behaviours /outreach/api/* viewer",
    ),
    "a behaviour's origin": (
        by_hand.behaviour(0, TargetOriginId="outreach-image"),
        DISTRIBUTION,
        "distribution: behaviours /outreach/api/* origin",
    ),
    "a behaviour's host function": (
        by_hand.behaviour(0, FunctionAssociations={"Quantity": 0}),
        DISTRIBUTION,
        "distribution: behaviours /outreach/api/* host_function",
    ),
    "compression of pages": (
        by_hand.distribution(lambda config: config["DefaultCacheBehavior"].update(Compress=False)),
        DISTRIBUTION,
        "distribution: default_behaviour compress",
    ),
    "TLS minimum": (
        by_hand.distribution(
            lambda config: config["ViewerCertificate"].update(MinimumProtocolVersion="TLSv1")
        ),
        DISTRIBUTION,
        "distribution: tls",
    ),
    "price class": (
        by_hand.distribution(lambda config: config.update(PriceClass="PriceClass_All")),
        DISTRIBUTION,
        "distribution: price_class",
    ),
    "IPv6": (
        by_hand.distribution(lambda config: config.update(IsIPV6Enabled=False)),
        DISTRIBUTION,
        "distribution: ipv6",
    ),
    "switched off": (
        by_hand.distribution(lambda config: config.update(Enabled=False)),
        DISTRIBUTION,
        "distribution: enabled",
    ),
    "origin path": (
        by_hand.origin("outreach-assets", lambda each: each.update(OriginPath="")),
        DISTRIBUTION,
        "distribution: origins outreach-assets path",
    ),
    "access to the bucket": (
        by_hand.origin("outreach-assets", lambda each: each.update(OriginAccessControlId="")),
        DISTRIBUTION,
        "distribution: origins outreach-assets access_control",
    ),
    "origin's host": (
        by_hand.origin("outreach-server", lambda each: each.update(DomainName="other.example.com")),
        DISTRIBUTION,
        "distribution: origins outreach-server domain",
    ),
    "origin's read timeout": (
        by_hand.origin(
            "outreach-server", lambda each: each["CustomOriginConfig"].update(OriginReadTimeout=5)
        ),
        DISTRIBUTION,
        "distribution: origins outreach-server read_timeout",
    ),
    "HTTP/3": (
        by_hand.distribution(lambda config: config.update(HttpVersion="http2")),
        DISTRIBUTION,
        "distribution: http",
    ),
    "web ACL": (
        by_hand.distribution(lambda config: config.update(WebACLId="")),
        DISTRIBUTION,
        "distribution: web_acl",
    ),
    "access logs": (
        by_hand.distribution(lambda config: config["Logging"].update(Prefix="other/")),
        DISTRIBUTION,
        "distribution: access_logs",
    ),
    "error page": (
        by_hand.distribution(lambda config: config.update(CustomErrorResponses={"Quantity": 0})),
        DISTRIBUTION,
        "distribution: error_pages 503",
    ),
    "a behaviour's security headers": (
        by_hand.behaviour(0, ResponseHeadersPolicyId=""),
        DISTRIBUTION,
        "distribution: behaviours /outreach/api/* headers",
    ),
    "security headers": (
        by_hand.headers_policy,
        ("cloudfront:UpdateResponseHeadersPolicy",),
        "response headers policy outreach-headers: SecurityHeadersConfig FrameOptions FrameOption",
    ),
    "longest life of pages": (
        by_hand.cache_policy(lambda config: config.update(MaxTTL=31536000)),
        ("cloudfront:UpdateCachePolicy",),
        "cache policy outreach-pages: MaxTTL",
    ),
    "shortest life of pages": (
        by_hand.cache_policy(lambda config: config.update(MinTTL=60, DefaultTTL=60)),
        ("cloudfront:UpdateCachePolicy",),
        "cache policy outreach-pages:",
    ),
    "headers of the cache key": (
        by_hand.cache_policy(by_hand.drop_header),
        ("cloudfront:UpdateCachePolicy",),
        "cache policy outreach-pages: HeadersConfig Headers",
    ),
    "code of the host function": (
        by_hand.host_code,
        ("cloudfront:UpdateFunction", "cloudfront:PublishFunction"),
        f"CloudFront Function {by_hand.HOST}: code",
    ),
    "signing of the access control": (
        by_hand.signing,
        ("cloudfront:UpdateOriginAccessControl",),
        f"origin access control {by_hand.OAC}: SigningBehavior",
    ),
}
