"""The pages that visitors see in place of an error: whether the bucket has them."""

from __future__ import annotations

from outreach_ops import commands
from outreach_ops.aws.errors import AwsError
from outreach_ops.aws.objects import Objects
from outreach_ops.aws.session import Aws
from outreach_ops.finding import Finding, ok, warning
from outreach_ops.settings.model import Settings


def findings(aws: Aws, settings: Settings) -> list[Finding]:
    """One finding where the inventory asks for pages, else none."""
    pages = {each.page for each in settings.cloudfront.error_pages}
    objects, fix = Objects(aws.api("s3"), settings.s3.bucket_name), commands.deploy(settings.site.environment)
    try:
        absent = sorted(page for page in pages if not objects.has(f"_assets{page}"))
    except AwsError as error:
        return [warning("error pages", f"could not be looked for: {error.cause}", error.fix)]
    if absent:
        cause = f"{', '.join(absent)} is not in the bucket: visitors see CloudFront's own error until then"
        return [warning("error pages", cause, f"put it into the application's public/, then {fix}")]
    return [ok("error pages", f"{', '.join(sorted(pages))} in the bucket")] if pages else []
