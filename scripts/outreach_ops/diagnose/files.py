"""Why a static file is missing: its prefix, its path pattern, or the bucket."""

from __future__ import annotations

from collections.abc import Sequence

from outreach_ops import commands
from outreach_ops.checks import edge, ready
from outreach_ops.diagnose.scene import Scene
from outreach_ops.finding import Finding, failure, ok
from outreach_ops.proof.answers import assets_named
from outreach_ops.provision import adoption
from outreach_ops.provision.quantities import items
from outreach_ops.site import status

STORED = "/_assets"
"""Where the bucket keeps what is served without the application."""


def pattern(scene: Scene) -> Finding:
    """Whether the distribution asks the bucket for the site's files."""
    site = scene.settings.site
    wanted = f"{site.asset_prefix}/*" if site.asset_prefix else f"{site.base_path}/_next/*"
    seen, wanted = edge.read(scene.subject), wanted.lstrip("/")
    fix = commands.provision(scene.environment)
    if seen is None:
        return failure("path pattern", f"no distribution serves {scene.settings.cloudfront.domain}", fix)
    behaviours = items(seen.config.get("CacheBehaviors"))
    if not adoption.ours(seen.config, scene.settings.site.project):
        first = ready.imported(scene.subject).fix or commands.deploy(scene.environment)
        return judge_adopted(wanted, [each["PathPattern"] for each in behaviours], first)
    for each in behaviours:
        if each["PathPattern"].lstrip("/") == wanted:
            origins = {origin["Id"]: origin for origin in items(seen.config.get("Origins"))}
            origin = origins[each["TargetOriginId"]]
            if "S3OriginConfig" in origin and origin.get("OriginPath") == STORED:
                return ok("path pattern", f"{wanted} is asked of the bucket below {STORED}")
            asked = f"{origin['DomainName']}{origin.get('OriginPath', '')}"
            cause = f"{wanted} is asked of {asked}, not of the bucket below {STORED}"
            return failure("path pattern", cause, fix)
    return failure("path pattern", f"the distribution has none for {wanted}", fix)


def judge_adopted(wanted: str, served: Sequence[str], fix: str) -> Finding:
    """Provisioning leaves such a distribution as it is, wherever its files are; `fix` leads to a deploy."""
    if wanted in [each.lstrip("/") for each in served]:
        return ok("path pattern", edge.BEFORE)
    return failure("path pattern", f"the distribution has none for {wanted}; {edge.BEFORE}", fix)


def bucket(scene: Scene) -> Finding:
    """Whether the bucket has every file of the live release, as it was released."""
    found = status.of(scene.settings).drift
    if found:
        fix = f"check that release's commit out, then: {commands.deploy(scene.environment, '--full')}"
        return failure("bucket", "; ".join(found), fix)
    return ok("bucket", "it has every file of the live release")


def page(scene: Scene) -> Finding:
    """Whether the front page names its files with the site's prefix, and each is there."""
    path, prefix = scene.settings.site.front, scene.settings.site.static
    answer = scene.viewer.fetch(path)
    named = assets_named(answer.text)
    if answer.status >= 400 or not named:
        return failure(
            "files", f"{path} answers {answer.status} and names no file", commands.diagnose(scene.environment)
        )
    if strange := [each for each in named if not each.startswith(f"{prefix}/")]:
        name = "assetPrefix" if scene.settings.site.asset_prefix else "basePath"
        cause = f'the application was built without {name} "{prefix}": its page names {strange[0]}'
        fix = f'set {name}: "{prefix}" in next.config.mjs, then: {commands.deploy(scene.environment)}'
        return failure("files", cause, fix)
    for each in named:
        if (found := scene.viewer.fetch(each).status) != 200:
            fix = commands.deploy(scene.environment, "--full")
            return failure("files", f"{each} answers {found}", fix)
    return ok("files", f"all {len(named)} files that {path} names are there")
