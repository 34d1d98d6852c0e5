"""The stages that write files: what the bucket lacks, then the public files over those of before."""

from __future__ import annotations

from pathlib import Path

from outreach_ops import commands
from outreach_ops.aws.bulk import Upload
from outreach_ops.aws.errors import AwsError
from outreach_ops.aws.objects import REFUSED
from outreach_ops.builds.artifact import Asset, place
from outreach_ops.errors import OpsError
from outreach_ops.release.work import Work
from outreach_ops.site import description


def upload(work: Work) -> None:
    """Brings what the bucket lacks there, and the release's description with it."""
    uploads, site, screen = work.plan.uploads, work.desk.site, work.desk.console
    if work.folder is not None:
        # First, so that every file that is there is named by a description: prune knows no others.
        description.write(site, work.plan.target.artifact)
        with screen.bar(len(uploads)) as advance:
            for _ in site.objects.upload_all([_upload(work.folder, asset) for asset in uploads]):
                advance()
    screen.note(f"{len(uploads)} uploaded, {work.plan.kept} kept")


def _upload(folder: Path, asset: Asset) -> Upload:
    return Upload(
        asset.stored_key, place(folder, asset), asset.sha256, asset.content_type, asset.cache_control
    )


def change_public(work: Work) -> None:
    """Copies the public files of the release over those of the one before, if those are as they were read."""
    work.changed = bool(work.plan.public)
    for asset in work.plan.public:
        _copy(work, asset)
    work.desk.console.note(f"{len(work.plan.public)} changed")


def _copy(work: Work, asset: Asset) -> None:
    desk, there = work.desk, work.world.objects.get(asset.key)
    try:
        desk.site.objects.copy(
            asset.stored_key, asset.key, asset.md5, there, asset.content_type, asset.cache_control
        )
    except AwsError as error:
        if error.code not in (*REFUSED, "NoSuchKey"):
            raise
        raise OpsError(
            f"somebody else has changed {asset.key} or {asset.stored_key} in the bucket since",
            f"find out who, look: {commands.status(desk.environment)}, then run the command again",
            step="public",
        ) from error
