"""The static files that a distribution served before this tool: where they are, and where they will be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from outreach_ops import paths
from outreach_ops.aws.objects import Objects
from outreach_ops.behaviours import covers
from outreach_ops.builds import artifact
from outreach_ops.builds.artifact import CACHE_CONTROL, Asset, Kind
from outreach_ops.provision.quantities import items

NEW = "_assets"
OURS = ("_assets/", "_public/", "_cache/", "_code/", "_releases/")


def moves(config: Mapping[str, Any], bucket: str, keys: Iterable[str]) -> dict[str, str]:
    """The new key of each object that a visitor of the distribution could have asked for; pure."""
    found: dict[str, str] = {}
    patterns = _patterns(config)
    for origin in items(config.get("Origins")):
        if not origin["DomainName"].startswith(f"{bucket}.s3"):
            continue
        folder = origin.get("OriginPath", "").strip("/")
        prefix, asked = f"{folder}/" if folder else "", patterns.get(origin["Id"], ())
        for key in keys:
            path = key.removeprefix(prefix)
            inside = key.startswith(prefix) and (folder == NEW or not key.startswith(OURS))
            if inside and _served(path) and any(covers(pattern, path) for pattern in asked):
                found.setdefault(key, f"{NEW}/{path}")
    return found


def _served(path: str) -> bool:
    """Whether a browser can ask for it: none asks for a path with `..` in it."""
    try:
        paths.relative(path)
    except ValueError:
        return False
    return True


def bring(objects: Objects, source: str, key: str) -> Asset | None:
    """The file at `source`, which is at `key` and kept for a rollback now too; None when it is gone."""
    found = objects.fetch(source)
    if found is None:
        return None
    body, content_type = found
    kind: Kind = "hashed" if "/_next/static/" in key else "public"
    asset = Asset(key, kind, artifact.sha256(body), artifact.md5(body), len(body), content_type)
    for place in dict.fromkeys((asset.key, asset.stored_key)):
        objects.add(place, body, asset.sha256, content_type, CACHE_CONTROL[kind])
    return asset


def _patterns(config: Mapping[str, Any]) -> dict[str, list[str]]:
    """The path patterns that go to each origin."""
    found: dict[str, list[str]] = {config["DefaultCacheBehavior"]["TargetOriginId"]: ["*"]}
    for each in items(config.get("CacheBehaviors")):
        found.setdefault(each["TargetOriginId"], []).append(each["PathPattern"])
    return found
