"""The stages that write files: what the bucket lacks, then the public files over those of before."""

from __future__ import annotations

import functools
from pathlib import Path

from outreach_ops import description
from outreach_ops.artifact import Asset
from outreach_ops.aws.objects import Objects
from outreach_ops.parallel import each
from outreach_ops.work import Work


def upload(work: Work) -> None:
    """Brings what the bucket lacks there, and the release's description with it."""
    uploads, site, screen = work.plan.uploads, work.desk.site, work.desk.console
    if work.folder is not None:
        # First, so that every file that is there is named by a description: prune knows no others.
        description.write(site, work.plan.target.artifact)
        with screen.bar(len(uploads)) as advance:
            for _ in each(functools.partial(_upload, site.objects, work.folder / "files"), uploads):
                advance()
    screen.note(f"{len(uploads)} uploaded, {work.plan.kept} kept")


def _upload(objects: Objects, files: Path, asset: Asset) -> None:
    objects.upload(asset.stored_key, files / asset.key, asset.sha256, asset.content_type, asset.cache_control)


def change_public(work: Work) -> None:
    """Copies the public files of the release over those of the one before."""
    work.changed = bool(work.plan.public)
    for asset in work.plan.public:
        work.desk.site.objects.copy(asset.stored_key, asset.key, asset.content_type, asset.cache_control)
    work.desk.console.note(f"{len(work.plan.public)} changed")
