"""What S3 deletes by itself: uploads that nobody finished, and what was replaced or pruned some time ago."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from outreach_ops.provision.bucket_settings import Answer, Setting

Rule = Mapping[str, Any]

UPLOADS = "unfinished uploads"
# Folder by folder: what else is in the bucket is not ours, and a description (_releases/) is history.
FOLDERS = ("_assets/", "_cache/", "_code/", "_public/")


def rules(days: int) -> dict[str, Rule]:
    """Our rules by what they are about; they say nothing of an object's current version."""
    stale = {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}
    replaced = {
        "NoncurrentVersionExpiration": {"NoncurrentDays": days},
        # Of something that was deleted: the mark that hides versions, once there is none left.
        "Expiration": {"ExpiredObjectDeleteMarker": True},
    }
    return {
        UPLOADS: _rule("outreach-abort-stale-uploads", "", stale),
        **{
            f"replaced under {folder}": _rule(f"outreach-replaced-{folder.strip('_/')}", folder, replaced)
            for folder in FOLDERS
        },
    }


def lifecycle(days: int) -> Setting:
    """The bucket's lifecycle: our rules, and those of others as they are."""
    ours = rules(days)
    return Setting(
        "lifecycle",
        "get_bucket_lifecycle_configuration",
        "put_bucket_lifecycle_configuration",
        "NoSuchLifecycleConfiguration",
        lambda answer: {what: _seen(answer, rule) for what, rule in ours.items()},
        {what: _does(rule) for what, rule in ours.items()},
        lambda answer: _params(answer, ours),
    )


def _rule(identity: str, folder: str, does: Rule) -> Rule:
    return {"ID": identity, "Status": "Enabled", "Filter": {"Prefix": folder}, **does}


def _seen(answer: Answer, wanted: Rule) -> Any:
    found = next((each for each in answer["Rules"] if each.get("ID") == wanted["ID"]), None)
    if found is None:
        return None
    modern = _modern(found)
    return _does(wanted) if modern == wanted else {name: modern[name] for name in modern if name != "ID"}


def _does(rule: Rule) -> str:
    if "NoncurrentVersionExpiration" in rule:
        return f"deleted after {rule['NoncurrentVersionExpiration']['NoncurrentDays']} days"
    return f"aborted after {rule['AbortIncompleteMultipartUpload']['DaysAfterInitiation']} days"


def _modern(rule: Rule) -> dict[str, Any]:
    """The same rule with its folder in a filter: S3 refuses rules of the older form beside ours."""
    found = {name: value for name, value in rule.items() if name != "Prefix"}
    there = found.get("Filter") or {}
    return {**found, "Filter": there or {"Prefix": rule.get("Prefix", "")}}


def _params(answer: Answer, ours: Mapping[str, Rule]) -> dict[str, Any]:
    mine = {rule["ID"] for rule in ours.values()}
    others = [_modern(rule) for rule in answer.get("Rules", []) if rule.get("ID") not in mine]
    params: dict[str, Any] = {"LifecycleConfiguration": {"Rules": [*others, *ours.values()]}}
    if (size := answer.get("TransitionDefaultMinimumObjectSize")) is not None:
        params["TransitionDefaultMinimumObjectSize"] = size
    return params
