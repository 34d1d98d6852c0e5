"""python -m bench.upload FOLDER BUCKET: what a deploy does with files that the bucket does not have."""

from __future__ import annotations

import sys
from pathlib import Path

import boto3

from outreach_ops.aws.api import Api
from outreach_ops.aws.bulk import Sender, Upload
from outreach_ops.aws.objects import Objects
from outreach_ops.builds import assets


def main() -> None:
    """Makes the manifest of a build's files, then uploads them all."""
    folder, bucket = Path(sys.argv[1]), sys.argv[2]
    session = boto3.Session()
    sender = Sender(session, session.region_name)
    found = assets.manifest(folder, "/outreach", "/outreach-static")
    uploads = [
        Upload(asset.stored_key, path, asset.sha256, asset.content_type, asset.cache_control)
        for asset, path in found.items()
    ]
    objects = Objects(Api("s3", session.client("s3")), bucket, sender)
    if len(list(objects.upload_all(uploads))) != len(uploads):
        sys.exit("not all files were uploaded")


if __name__ == "__main__":
    main()
