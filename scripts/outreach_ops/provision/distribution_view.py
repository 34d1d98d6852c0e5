"""What of a distribution's configuration is compared and shown: in the user's terms, in one form. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from outreach_ops.provision.distribution_functions import VIEWER_REQUEST
from outreach_ops.provision.distribution_options import view as options_view
from outreach_ops.provision.origin_secret import of_origin
from outreach_ops.provision.quantities import Config, items

NO_SECRETS: Mapping[str, str] = {}


def view(config: Config, names: Mapping[str, str], secrets: Mapping[str, str] = NO_SECRETS) -> dict[str, Any]:
    """The parts that provisioning keeps, without any header's value; `names` has a policy's name by id.

    `secrets` is what origins should be sent: whether they are shows, and nothing more.
    """
    certificate = config.get("ViewerCertificate", {})
    return {
        "enabled": config["Enabled"],
        "aliases": sorted(items(config.get("Aliases"))),
        "certificate": certificate.get("ACMCertificateArn"),
        "tls": f"{certificate.get('SSLSupportMethod')} {certificate.get('MinimumProtocolVersion')}",
        "price_class": config.get("PriceClass"),
        **options_view(config),
        "ipv6": config.get("IsIPV6Enabled"),
        "origins": {
            each["Id"]: _origin(each, secrets.get(each["Id"])) for each in items(config.get("Origins"))
        },
        "default_behaviour": _behaviour(config["DefaultCacheBehavior"], names),
        "behaviours": [
            {"path": each["PathPattern"], **_behaviour(each, names)}
            for each in items(config.get("CacheBehaviors"))
        ],
    }


def _origin(origin: Config, secret: str | None) -> dict[str, Any]:
    shown = {"domain": origin["DomainName"], "path": origin.get("OriginPath", "")}
    if (custom := origin.get("CustomOriginConfig")) is None:
        return {**shown, "access_control": origin.get("OriginAccessControlId", "")}
    return {
        **shown,
        "protocol": _words([custom["OriginProtocolPolicy"], *items(custom.get("OriginSslProtocols"))]),
        "ports": f"{custom['HTTPPort']} {custom['HTTPSPort']}",
        "read_timeout": custom.get("OriginReadTimeout"),
        "keepalive_timeout": custom.get("OriginKeepaliveTimeout"),
        **({} if secret is None else {"secret_header": _secret(of_origin(origin), secret)}),
    }


def _secret(found: str | None, wanted: str) -> str:
    if found is None:
        return "not sent"
    return "sent" if found == wanted else "another one than the functions accept"


def _behaviour(behaviour: Config, names: Mapping[str, str]) -> dict[str, Any]:
    allowed = behaviour.get("AllowedMethods", {})
    policy, request = behaviour.get("CachePolicyId"), behaviour.get("OriginRequestPolicyId")
    headers = behaviour.get("ResponseHeadersPolicyId")
    functions = items(behaviour.get("FunctionAssociations"))
    at_request = [each["FunctionARN"] for each in functions if each["EventType"] == VIEWER_REQUEST]
    return {
        "origin": behaviour["TargetOriginId"],
        "cache": "legacy settings" if policy is None else names.get(policy, policy),
        "request": names.get(request, request) if request else None,
        "headers": names.get(headers, headers) if headers else None,
        "methods": _words(items(allowed)),
        "cached_methods": _words(items(allowed.get("CachedMethods"))),
        "compress": behaviour.get("Compress", False),
        "viewer": behaviour["ViewerProtocolPolicy"],
        "host_function": at_request[0].rpartition("/")[2] if at_request else None,
    }


def _words(found: list[str]) -> str:
    return " ".join(sorted(found))
