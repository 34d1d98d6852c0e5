"""CloudWatch alarms that are firing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from outreach_ops.aws.session import Aws

GLOBAL = "us-east-1"


def firing(aws: Aws, about: Collection[str]) -> tuple[str, ...]:
    """The names of firing alarms with one of `about` (function names, a distribution id) as a dimension."""
    # CloudFront's alarms live in one region, whatever the site's.
    regions = dict.fromkeys((aws.region, GLOBAL))
    return tuple(
        str(alarm["AlarmName"])
        for region in regions
        for alarm in aws.api("cloudwatch", region).pages(
            "describe_alarms", "MetricAlarms", StateValue="ALARM"
        )
        if _values(alarm) & set(about)
    )


def _values(alarm: Mapping[str, Any]) -> set[str]:
    direct = alarm.get("Dimensions", [])
    queried = [
        dimension
        for query in alarm.get("Metrics", [])
        for dimension in query.get("MetricStat", {}).get("Metric", {}).get("Dimensions", [])
    ]
    return {dimension["Value"] for dimension in [*direct, *queried]}
