"""A distribution's configuration: ours merged into what is there, and what of it shows in a diff. Pure."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from outreach_ops.behaviours import arrange, key, union
from outreach_ops.provision.distribution_functions import VIEWER_REQUEST
from outreach_ops.provision.distribution_options import options
from outreach_ops.provision.distribution_wanted import ORIGINS, Wanted
from outreach_ops.provision.origin_secret import GUARDED, headers
from outreach_ops.provision.quantities import Config, items, listed
from outreach_ops.settings.cloudfront import Behaviour

NOTHING: Config = {"Quantity": 0}
# AWS wants every block spelled out in an update, so that new parts begin with all of them.
NEW_BEHAVIOUR: Config = {
    "TrustedSigners": {"Enabled": False, "Quantity": 0},
    "TrustedKeyGroups": {"Enabled": False, "Quantity": 0},
    "SmoothStreaming": False,
    "LambdaFunctionAssociations": NOTHING,
    "FunctionAssociations": NOTHING,
    "FieldLevelEncryptionId": "",
}
NEW_ORIGIN: Config = {
    "OriginPath": "",
    "CustomHeaders": NOTHING,
    "ConnectionAttempts": 3,
    "ConnectionTimeout": 10,
    "OriginShield": {"Enabled": False},
    "OriginAccessControlId": "",
}
NEW_CONFIG: Config = {
    "DefaultRootObject": "",
    "OriginGroups": NOTHING,
    "CustomErrorResponses": NOTHING,
    "Logging": {"Enabled": False, "IncludeCookies": False, "Bucket": "", "Prefix": ""},
    "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}},
    "WebACLId": "",
}
# The way to cache before there were policies; AWS refuses both in one behaviour.
LEGACY = ("ForwardedValues", "MinTTL", "DefaultTTL", "MaxTTL")
READING = ("GET", "HEAD")
ALL_METHODS = ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE")


def merged(found: Config | None, wanted: Wanted, reference: str) -> dict[str, Any]:
    """`found` with ours in it and all else untouched; `reference` marks the creation of a new one."""
    config = copy.deepcopy(
        dict(found or {"CallerReference": reference, "Comment": wanted.comment, **NEW_CONFIG})
    )
    config |= {
        "Enabled": True,
        "Aliases": listed(sorted({*items(config.get("Aliases")), wanted.cloudfront.domain})),
        "Origins": listed(_origins(items(config.get("Origins")), wanted)),
        "DefaultCacheBehavior": _behaviour(
            config.get("DefaultCacheBehavior"), Behaviour("*", "server", "pages"), wanted
        ),
        "CacheBehaviors": listed(_behaviours(items(config.get("CacheBehaviors")), wanted)),
        "ViewerCertificate": {
            "ACMCertificateArn": wanted.certificate_arn,
            "SSLSupportMethod": "sni-only",
            "MinimumProtocolVersion": wanted.cloudfront.tls_minimum,
            "CloudFrontDefaultCertificate": False,
        },
        "PriceClass": wanted.cloudfront.price_class,
        "IsIPV6Enabled": True,
    }
    config |= options(config, wanted.cloudfront)
    del config["DefaultCacheBehavior"]["PathPattern"]
    return config


def overlay(base: Config, top: Config) -> dict[str, Any]:
    """`base` with the values of `top` over it, block by block."""
    result = dict(base)
    for name, value in top.items():
        under = result.get(name)
        both = isinstance(value, Mapping) and isinstance(under, Mapping) and "Quantity" not in value
        result[name] = overlay(under or {}, value) if both else copy.deepcopy(value)
    return result


def _origins(found: Sequence[Config], wanted: Wanted) -> list[dict[str, Any]]:
    there = {each["Id"]: each for each in found}
    ours = {
        wanted.origin_id(origin): _origin(origin, wanted, there.get(wanted.origin_id(origin), {}))
        for origin in ORIGINS
    }
    kept = [overlay(each, ours.pop(each["Id"], {})) for each in found]
    return [*kept, *(overlay(NEW_ORIGIN, origin) for origin in ours.values())]


def _origin(origin: str, wanted: Wanted, found: Config) -> dict[str, Any]:
    common: dict[str, Any] = {"Id": wanted.origin_id(origin), "DomainName": wanted.domains[origin]}
    if origin in GUARDED and wanted.secret is not None:
        common["CustomHeaders"] = headers(found, wanted.secret)
    if origin == "assets":
        return {
            **common,
            "OriginPath": "/_assets",
            "S3OriginConfig": {"OriginAccessIdentity": ""},
            "OriginAccessControlId": wanted.access_control,
        }
    return {
        **common,
        "CustomOriginConfig": {
            "HTTPPort": 80,
            "HTTPSPort": 443,
            "OriginProtocolPolicy": "https-only",
            "OriginSslProtocols": {"Quantity": 1, "Items": ["TLSv1.2"]},
            "OriginReadTimeout": wanted.timeouts[origin],
            "OriginKeepaliveTimeout": 5,
        },
    }


def _behaviours(found: Sequence[Config], wanted: Wanted) -> list[dict[str, Any]]:
    there = {key(each["PathPattern"]): each for each in found}
    ours = {key(each.path): each for each in union(_recognised(found, wanted), wanted.behaviours)}
    origins = {wanted.origin_id(origin) for origin in ORIGINS}
    movable = [*ours, *(path for path, each in there.items() if each["TargetOriginId"] in origins)]
    order = arrange([each["PathPattern"] for each in found], movable)
    return [
        _behaviour(there.get(key(path)), ours[key(path)], wanted)
        if key(path) in ours
        else dict(there[key(path)])
        for path in order
    ]


def _recognised(found: Sequence[Config], wanted: Wanted) -> list[Behaviour]:
    """What earlier artifacts needed: no list has it now, and it is kept right all the same."""
    origins: dict[str, Any] = {wanted.origin_id(origin): origin for origin in ORIGINS}
    return [
        Behaviour(each["PathPattern"], origins[each["TargetOriginId"]], kind)  # type: ignore[arg-type]
        for each in found
        if each["TargetOriginId"] in origins and (kind := wanted.policies.get(each.get("CachePolicyId", "")))
    ]


def _behaviour(found: Config | None, ours: Behaviour, wanted: Wanted) -> dict[str, Any]:
    methods = ALL_METHODS if ours.origin == "server" else READING
    top: dict[str, Any] = {
        "PathPattern": (found or {}).get("PathPattern", ours.path),
        "TargetOriginId": wanted.origin_id(ours.origin),
        "ViewerProtocolPolicy": "redirect-to-https",
        "AllowedMethods": {**listed(methods), "CachedMethods": listed(READING)},
        "Compress": True,
        "CachePolicyId": wanted.policy[ours.cache],
    }
    if wanted.headers_policy is not None:
        top["ResponseHeadersPolicyId"] = wanted.headers_policy
    if ours.origin != "assets":
        top["OriginRequestPolicyId"] = wanted.request_policy
    if ours.origin == "server":
        others = items((found or {}).get("FunctionAssociations"))
        others = [each for each in others if each["EventType"] != VIEWER_REQUEST]
        host = {"FunctionARN": wanted.host_function_arn, "EventType": VIEWER_REQUEST}
        top["FunctionAssociations"] = listed([*others, host])
    under = {name: value for name, value in (found or {}).items() if name not in LEGACY}
    return overlay(overlay(NEW_BEHAVIOUR, under), top)
