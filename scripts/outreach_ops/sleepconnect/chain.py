"""How many CloudFront distributions a request passes: AWS answers 403 to a third."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from outreach_ops.aws import cloudfront
from outreach_ops.aws.session import Aws
from outreach_ops.finding import Finding, failure, ok, warning
from outreach_ops.settings.model import Settings

MOST = 2


def depth(aws: Aws, settings: Settings) -> Finding:
    """From SleepConnect's distribution through ours to whatever is behind."""
    names: dict[str, str] = {}
    origins: dict[str, list[str]] = {}
    for each in cloudfront.distributions(aws):
        for name in (each["DomainName"], *((each.get("Aliases") or {}).get("Items") or ())):
            names[name] = each["Id"]
        origins[each["Id"]] = [origin["DomainName"] for origin in each["Origins"]["Items"]]
    ours, parent = settings.cloudfront.domain, settings.sleepconnect.domain
    links = {
        identity: {names[origin] for origin in found if origin in names}
        for identity, found in origins.items()
    }
    if ours not in names:
        return warning("chain", f"no distribution of this account carries {ours}", "provision the site first")
    # SleepConnect may be in an account of its own; its function passes requests on to our domain.
    start = names.get(parent, parent)
    links.setdefault(start, set()).add(names[ours])
    shown = {identity: name for name, identity in names.items()} | {start: parent, names[ours]: ours}
    return judge(longest(links, start), shown)


def longest(links: Mapping[str, Collection[str]], start: str, seen: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The longest way from `start`; one that comes back to where it has been ends there, with it twice."""
    here = (*seen, start)
    if start in seen:
        return here
    return max((longest(links, each, here) for each in sorted(links.get(start, ()))), key=len, default=here)


def judge(way: tuple[str, ...], shown: Mapping[str, str]) -> Finding:
    """A loop, or more than two, is refused by CloudFront."""
    text = " -> ".join(shown.get(each, each) for each in way)
    if len(set(way)) < len(way):
        fix = "let no distribution have one before it as an origin"
        return failure("chain", f"requests go in a circle: {text}", fix)
    if len(way) > MOST:
        fix = "take the distributions behind Outreach's out of the way: name their origins directly"
        return failure("chain", f"{len(way)} chained distributions, CloudFront allows {MOST}: {text}", fix)
    return ok("chain", f"{len(way)} chained distributions: {text}")
