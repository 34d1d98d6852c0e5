"""Names of resources by the convention, and develop's, which are older than it."""

from __future__ import annotations

from collections.abc import Mapping

from outreach_ops.settings.model import Settings

PATTERN = "sax-{prefix}-{region}-0x-{code}-{project}{suffix}"

NAMES: Mapping[str, tuple[str, str]] = {
    "s3_bucket_name": ("s3", "-assets"),
    "lambda_server_name": ("lam", ""),
    "lambda_image_name": ("lam", "-image"),
    "cloudfront_oac_name": ("oac", ""),
    "cloudfront_host_function_name": ("cff", "-host"),
    "dynamodb_ledger_table": ("ddb", "-ledger"),
    "isr_queue_name": ("sqs", "-revalidation.fifo"),
    "isr_tag_table": ("ddb", "-tags"),
    "isr_revalidation_name": ("lam", "-revalidation"),
    "isr_initialization_name": ("lam", "-initialization"),
}
"""Each variable that names a resource of one site, with the convention's prefix and ending."""

CLAIMED = (*NAMES, "cloudfront_domain", "cloudfront_distribution_id", "route53_record")
"""What belongs to one site alone."""

LEGACY: Mapping[str, Mapping[str, str]] = {
    "develop": {
        "s3_bucket_name": "sax-nextjs-us-east-1-develop-outreach-assets",
        "lambda_server_name": "sax-lambda-us-east-1-0x-d-outreach-server_develop",
        "acm_domain": "*.mydreamconnect.com",
    },
}
"""The exceptions: resources of an environment that were there before the convention."""

SHARED: Mapping[str, str] = {"iam_role_name": "lambda-dynamodb-execution-role"}
"""What all environments of the account have in common; older than the convention too."""

STAGES: Mapping[str, str] = {"develop": "dev", "staging": "stage", "production": ""}
"""What an environment is called in its domain, where that is not its own name."""


def name(variable: str, settings: Settings) -> str:
    """What `variable` of a site must be."""
    site = settings.site
    if variable in SHARED:
        return SHARED[variable]
    if (legacy := LEGACY.get(site.environment, {}).get(variable)) is not None:
        return legacy
    prefix, suffix = NAMES[variable]
    return PATTERN.format(
        prefix=prefix, region=site.region, code=site.code, project=site.project, suffix=suffix
    )


def domain(settings: Settings) -> str:
    """The site's domain: outreach-stage in the zone, and plain outreach in production."""
    stage = STAGES.get(settings.site.stage, settings.site.stage)
    return f"{settings.site.project}{'-' if stage else ''}{stage}.{settings.route53.zone}"


def value(variable: str, settings: Settings) -> str:
    """What the inventory says of `variable`."""
    role, _, field = variable.partition("_")
    return str(getattr(getattr(settings, "lambda_" if role == "lambda" else role), field))


def departures(settings: Settings) -> tuple[str, ...]:
    """Each name that is neither the convention's nor a listed exception, with the one that it should be."""
    wanted = {variable: name(variable, settings) for variable in (*NAMES, *SHARED)}
    wanted |= {variable: domain(settings) for variable in ("cloudfront_domain", "route53_record")}
    wanted["acm_domain"] = LEGACY.get(settings.site.environment, {}).get("acm_domain", domain(settings))
    return tuple(
        f"{variable} is {value(variable, settings)}, the convention has {expected}"
        for variable, expected in wanted.items()
        if value(variable, settings) != expected
    )
