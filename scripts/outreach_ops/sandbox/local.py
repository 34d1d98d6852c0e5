"""The project's own local AWS: made from its inventories, kept under `.sandbox/`."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from outreach_ops.aws.session import connect
from outreach_ops.errors import OpsError
from outreach_ops.proof import viewer
from outreach_ops.sandbox import environment, legacy, process
from outreach_ops.sandbox.process import Condition
from outreach_ops.sandbox.seed import seed, seed_parents
from outreach_ops.sandbox.spec import DOCUMENTATION_ACCOUNT, ParentSpec, SandboxSpec, SiteSpec
from outreach_ops.sandbox.state import Running
from outreach_ops.settings import Settings, environments, load_site
from outreach_ops.settings.load import ROOT
from outreach_ops.sleepconnect import auth0

STATE = ROOT / ".sandbox"


def start() -> Running:
    """The running local AWS, with the roles and zones that the inventories count on; this process uses it."""
    spec = specification()
    running = process.start(STATE, spec)
    turned = environment.applied(running, os.environ)
    os.environ.clear()
    os.environ.update(turned)
    aws = connect(spec.account_id, spec.region)
    seed(spec, aws.api("iam").client, aws.api("route53").client)
    seed_parents(spec, lambda service: aws.api(service).client)
    for site in _existing():
        legacy.seed(site, lambda service: aws.api(service).client, running)
    return running


def stop() -> None:
    """Stops it and keeps its state."""
    process.stop(STATE)


def reset() -> None:
    """Stops it and removes its state."""
    process.reset(STATE)


def shell(ambient: Mapping[str, str]) -> str:
    """The lines that turn a shell to the local AWS; raises OpsError when it does not run."""
    return environment.shell(_running(), ambient)


def specification(root: Path = ROOT) -> SandboxSpec:
    """What all inventories need of an account; where they leave the account open it is a made-up one."""
    os.environ["AWS_ACCOUNT_ID"] = DOCUMENTATION_ACCOUNT
    sites = [load_site(name, root) for name in environments(root)]
    return SandboxSpec(
        account_id=sites[0].site.account_id,
        region=sites[0].site.region,
        sites=(*(SiteSpec(site.host, site.cloudfront.domain) for site in sites), *_parent_sites(sites)),
        execution_roles=_distinct(site.iam.role_name for site in sites),
        zones=_distinct(site.route53.zone for site in sites),
        parents=_parents(sites),
    )


def describe(running: Running) -> list[str]:
    """What runs, where, and what to type next."""
    sites = _status(running).sites
    return [
        f"the local AWS runs at {running.endpoint_url} (process {running.pid}), state in {STATE.name}/",
        *(
            f"  {host}: {site.url}" + ("" if site.distribution else " (not provisioned yet)")
            for host, site in sites.items()
        ),
        'next: eval "$(invoke sandbox.env)"',
        "stop: invoke sandbox.stop",
    ]


def report(as_json: bool) -> list[str]:
    """Whether it runs, for people or as JSON."""
    condition, running = process.status(STATE)
    if as_json:
        runs = condition is Condition.RUNNING
        known = dataclasses.asdict(_status(running)) if running is not None and runs else {}
        return [json.dumps({"condition": condition.value, **known}, indent=2)]
    if condition is Condition.RUNNING and running is not None:
        return describe(running)
    if condition is Condition.UNCLEAN:
        return ["the local AWS was killed before it could save its state: invoke sandbox.reset"]
    return ["the local AWS is stopped: invoke sandbox.start"]


def _status(running: Running) -> viewer.LocalStatus:
    return viewer.status_of(running.endpoint_url, running.credentials)


def _running() -> Running:
    condition, running = process.status(STATE)
    if condition is Condition.UNCLEAN:
        raise process.UncleanStopError
    if condition is not Condition.RUNNING or running is None:
        raise OpsError("the local AWS does not run", "invoke sandbox.start")
    return running


def _parent_sites(sites: Iterable[Settings]) -> tuple[SiteSpec, ...]:
    return tuple(
        SiteSpec(viewer.parent_host(site), site.sleepconnect.domain, own_name=True)
        for site in sites
        if site.sleepconnect.function_name and site.sleepconnect.domain
    )


def _parents(sites: Iterable[Settings]) -> tuple[ParentSpec, ...]:
    found = {
        site.sleepconnect.function_name: ParentSpec(
            site.sleepconnect.function_name, site.variables.of(auth0.OWNER), site.sleepconnect.domain
        )
        for site in sites
        if site.sleepconnect.function_name
    }
    return tuple(found.values())


def _existing() -> list[Settings]:
    """The sites whose distribution the inventory names: on the real AWS they are live already."""
    sites = [load_site(name) for name in environments()]
    return [site for site in sites if site.cloudfront.distribution_id]


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
