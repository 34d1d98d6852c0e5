"""The functions a site has, each by what it does."""

from __future__ import annotations

from typing import Literal

from outreach_ops.settings.model import Settings

Role = Literal["initialization", "revalidation", "image", "server"]
ROLES: tuple[Role, ...] = ("initialization", "revalidation", "image", "server")
"""In the order in which aliases move: a page may name images of its own release."""

GUARDED: tuple[Role, ...] = ("image", "server")
"""Those with a URL, which answer CloudFront alone."""


def name_of(settings: Settings, role: Role) -> str:
    """The function that plays `role`."""
    names: dict[Role, str] = {
        "server": settings.lambda_.server_name,
        "image": settings.lambda_.image_name,
        "revalidation": settings.isr.revalidation_name,
        "initialization": settings.isr.initialization_name,
    }
    return names[role]


def served_from(settings: Settings, queue: str) -> dict[Role, dict[str, str]]:
    """The variables that tell OpenNext's functions where the site's files, tags and queue are."""
    bucket, region = settings.s3.bucket_name, settings.site.region
    # OpenNext looks for the table in the bucket's region.
    tags = {"CACHE_DYNAMO_TABLE": settings.isr.tag_table, "CACHE_BUCKET_REGION": region}
    return {
        "server": {
            "CACHE_BUCKET_NAME": bucket,
            "CACHE_BUCKET_KEY_PREFIX": "_cache",
            **tags,
            "REVALIDATION_QUEUE_URL": queue,
            "REVALIDATION_QUEUE_REGION": region,
        },
        "image": {"BUCKET_NAME": bucket, "BUCKET_KEY_PREFIX": "_assets"},
        "initialization": tags,
        "revalidation": {},
    }
