"""What a distribution has only where the inventory asks for it; all else stays as it is found. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from outreach_ops.behaviours import covers
from outreach_ops.errors import OpsError
from outreach_ops.provision.distribution_wanted import Wanted
from outreach_ops.provision.quantities import Config, items, listed
from outreach_ops.settings.cloudfront import AccessLogs, Cloudfront, ErrorPage


def options(found: Config, asked: Cloudfront) -> dict[str, Any]:
    """The blocks of the configuration that differ from `found` by what is asked for."""
    there = str(found.get("HttpVersion", "")).lower()
    result: dict[str, Any] = {
        "HttpVersion": asked.http_version or ("http2and3" if there == "http2and3" else "http2")
    }
    if asked.web_acl is not None:
        result["WebACLId"] = asked.web_acl
    if asked.access_logs is not None:
        result["Logging"] = _logs(found.get("Logging") or {}, asked.access_logs)
    if asked.error_pages:
        result["CustomErrorResponses"] = listed(
            _error_pages(items(found.get("CustomErrorResponses")), asked.error_pages)
        )
    return result


def refuse_pages(config: Config, wanted: Wanted) -> None:
    """Raises OpsError for an error page that the functions would be asked for: only the bucket has files."""
    functions = {wanted.origin_id("server"), wanted.origin_id("image")}
    for each in wanted.cloudfront.error_pages:
        paths = items(config.get("CacheBehaviors"))
        takes = next((item for item in paths if covers(item["PathPattern"], each.page)), None)
        if takes is None or takes["TargetOriginId"] in functions:
            folder = each.page.rpartition("/")[0] or each.page
            raise OpsError(
                f"cloudfront_error_pages: no path of the distribution brings {each.page} from the bucket",
                f"add {{path: {folder}/*, origin: assets, cache: static}} to cloudfront_behaviours",
            )


def view(config: Config) -> dict[str, Any]:
    """What of it shows in a diff."""
    logs = config.get("Logging") or {}
    return {
        "http": str(config.get("HttpVersion", "")).lower(),
        "web_acl": config.get("WebACLId") or None,
        "access_logs": f"s3://{logs['Bucket'].partition('.')[0]}/{logs.get('Prefix', '')}"
        if logs.get("Enabled")
        else None,
        "error_pages": {
            each["ErrorCode"]: {
                "page": each.get("ResponsePagePath") or None,
                "status": str(each.get("ResponseCode") or "") or None,
                "seconds": each.get("ErrorCachingMinTTL"),
            }
            for each in items(config.get("CustomErrorResponses"))
        },
    }


def _logs(found: Mapping[str, Any], asked: AccessLogs) -> dict[str, Any]:
    bucket = f"{asked.bucket}.s3.amazonaws.com"
    cookies = {"IncludeCookies": found.get("IncludeCookies", False)}
    return {"Enabled": True, **cookies, "Bucket": bucket, "Prefix": asked.prefix}


def _error_pages(found: Sequence[Config], asked: Sequence[ErrorPage]) -> list[dict[str, Any]]:
    ours = {
        each.error: {
            "ErrorCode": each.error,
            "ResponsePagePath": each.page,
            "ResponseCode": str(each.status or each.error),
            "ErrorCachingMinTTL": each.seconds,
        }
        for each in asked
    }
    kept = [ours.pop(each["ErrorCode"], dict(each)) for each in found]
    return [*kept, *ours.values()]
