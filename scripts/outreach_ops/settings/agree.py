"""Values of one site that are right each by itself, and do not fit together. Pure."""

from __future__ import annotations

from outreach_ops.settings.model import Settings


def disagreements(settings: Settings) -> dict[str, str]:
    """What is wrong with each variable that does not fit the others, in words that say what would."""
    zone, domain = settings.route53.zone, settings.cloudfront.domain
    found: dict[str, str] = {}
    for variable, value in (
        ("cloudfront_domain", domain),
        ("route53_record", settings.route53.record),
        ("acm_domain", settings.acm.domain),
    ):
        if value != zone and not value.endswith(f".{zone}"):
            found[variable] = (
                f"{value} is outside the zone {zone}: write a name in it, or correct route53_zone"
            )
    if settings.route53.record != domain:
        found.setdefault(
            "route53_record",
            f"{settings.route53.record} is not cloudfront_domain, {domain}: write the same in both",
        )
    if not covers(settings.acm.domain, domain):
        found.setdefault(
            "acm_domain", f"a certificate for {settings.acm.domain} does not cover {domain}: write {domain}"
        )
    if settings.lambda_.server_name == settings.lambda_.image_name:
        found["lambda_image_name"] = "the server and the image function need a name each"
    names = [each.name for each in settings.variables.runtime]
    if twice := sorted({each for each in names if names.count(each) > 1}):
        found["variables_runtime"] = f"{twice[0]} stands there twice: leave one"
    return found | _edge(settings)


def _edge(settings: Settings) -> dict[str, str]:
    want, account = settings.cloudfront, settings.site.account_id
    found: dict[str, str] = {}
    if want.web_acl is not None and want.web_acl.split(":")[4] != account:
        found["cloudfront_web_acl"] = f"{want.web_acl} is not of the account {account}: write one that is"
    if want.access_logs is not None and want.access_logs.bucket == settings.s3.bucket_name:
        found["cloudfront_access_logs"] = (
            "CloudFront writes logs by access lists, which the site's bucket has none of: name another bucket"
        )
    errors = [each.error for each in want.error_pages]
    if twice := sorted({each for each in errors if errors.count(each) > 1}):
        found["cloudfront_error_pages"] = f"{twice[0]} has two pages: leave one"
    return found


def covers(name: str, domain: str) -> bool:
    """True when a certificate for `name`, which may be a wildcard, is good for `domain`."""
    return name == domain or (name.startswith("*.") and domain.partition(".")[2] == name[2:])
