"""A release that changes variables and nothing else: the code that is live, published again with them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from outreach_ops import commands, fingerprint, target, variables, world
from outreach_ops.aws.session import Aws
from outreach_ops.console import Console
from outreach_ops.errors import OpsError
from outreach_ops.plan import decide
from outreach_ops.release import live_variables, make_live, refuse_incomplete
from outreach_ops.settings.model import Settings
from outreach_ops.stages import ROLLBACK, Work, read_artifact
from outreach_ops.undo import released
from outreach_ops.variables import Environment
from outreach_ops.viewer import Viewer
from outreach_ops.world import Door, World


def change(aws: Aws, settings: Settings, values: Mapping[str, str], screen: Console, viewer: Viewer) -> bool:
    """Makes `values` live by a release of their own; False when live has them already."""
    site = world.door(aws, settings)
    seen = world.read(site, settings)
    screen.hide(variables.private(settings, values))
    work = _work(site, settings, seen, Environment(values), screen, viewer, aws.endpoint is None)
    # Nothing is uploaded, and code comes from the bucket: the stages are those of a rollback.
    return make_live(work, "release", ROLLBACK)


def _work(
    site: Door,
    settings: Settings,
    seen: World,
    values: Environment,
    screen: Console,
    viewer: Viewer,
    on_real_aws: bool,
) -> Work:
    entry = released(seen)
    if entry is None:
        raise OpsError(
            f"{seen.live_label} is no release of this tool: there is no code to publish again",
            commands.deploy(settings.site.environment),
            live=f"{seen.live_label}, unchanged",
        )
    live = live_variables(seen)
    wanted = target.of_build(
        settings,
        read_artifact(site, settings, entry.entry.artifact_key),
        fingerprint.with_key(values, live["server"]),
        live,
    )
    variables.check(settings, wanted.environment("server"), on_real_aws)
    plan = decide(seen, wanted, settings)
    refuse_incomplete(plan, seen, settings)
    return Work(site, settings, seen, dataclasses.replace(plan, uploads=()), screen, viewer)
