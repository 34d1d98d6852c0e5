"""A release's description in the bucket, under a key that is the hash of its content."""

from __future__ import annotations

from collections.abc import Callable

from outreach_ops import commands
from outreach_ops.builds import artifact
from outreach_ops.builds.artifact import Artifact
from outreach_ops.errors import IncompleteError, OpsError
from outreach_ops.settings.model import Settings
from outreach_ops.site.world import Door, Glance


def key(released: Artifact) -> str:
    """Where the description of a release is kept."""
    return _key(artifact.dump(released))


def write(site: Door, released: Artifact) -> None:
    """Puts the description where it is kept, unless it is there."""
    described = artifact.checked(released)
    site.objects.add(_key(described), described, artifact.sha256(described), "application/json")


def read(site: Door, settings: Settings, named: str) -> Artifact:
    """The release that the key `named` describes; raises OpsError when it is missing or damaged."""
    data = site.objects.read(named)
    if data is None or _key(data) != named:
        raise IncompleteError(
            f"the description of the release, {named}, is {'missing' if data is None else 'damaged'}",
            commands.releases(settings.site.environment),
        )
    try:
        return artifact.parse(data, named)
    except OpsError as error:
        raise IncompleteError(error.cause, commands.releases(settings.site.environment)) from error


def stored(site: Door, released: Artifact) -> bytes | None:
    """What the bucket has as the description of a release, whole or not; None when it has none."""
    return site.objects.read(key(released))


def vouches(seen: Glance, wanted: Artifact, described: Callable[[], bytes | None]) -> dict[str, str] | None:
    """The objects of `wanted`, MD5 by key, when the last thing that was done made just it live; else None.

    `described` is what `stored` found: one read, however many files there are. What was done by other means
    to the bucket does not show.
    """
    named, last = key(wanted), seen.ledger[0] if seen.ledger else None
    if last is None or last != seen.release or last.entry.artifact_key != named:
        return None
    if last.entry.kind == "observed":
        # Who moves aliases by other means leaves public files as they were.
        return None
    data = described()
    if data is None or _key(data) != named:
        return None
    objects = {each.key: each.md5 for each in wanted.assets}
    return objects | {each.stored_key: each.md5 for each in wanted.assets}


def _key(described: bytes) -> str:
    return f"_releases/{artifact.sha256(described)}.json"
