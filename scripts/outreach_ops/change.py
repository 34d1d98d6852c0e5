"""A release that changes variables and nothing else: the code that is live, published again with them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from outreach_ops import auth0, commands, fingerprint, target, variables, world
from outreach_ops.aws.session import Aws, connect
from outreach_ops.console import Console
from outreach_ops.errors import OpsError
from outreach_ops.plan import decide
from outreach_ops.release import live_variables, make_live, refuse_incomplete
from outreach_ops.rotate import elsewhere
from outreach_ops.settings.model import Settings, Variable
from outreach_ops.stages import ROLLBACK, Work, read_artifact
from outreach_ops.undo import released
from outreach_ops.variables import Environment
from outreach_ops.viewer import Viewer, viewer
from outreach_ops.world import Door, World


def change(aws: Aws, settings: Settings, values: Mapping[str, str], screen: Console, site: Viewer) -> bool:
    """Makes `values` live by a release of their own; False when live has them already."""
    door = world.door(aws, settings)
    seen = world.read(door, settings)
    screen.hide(variables.private(settings, values))
    work = _work(door, settings, seen, Environment(values), screen, site, aws.endpoint is None)
    # Nothing is uploaded, and code comes from the bucket: the stages are those of a rollback.
    return make_live(work, "release", ROLLBACK)


def _work(
    door: Door,
    settings: Settings,
    seen: World,
    values: Environment,
    screen: Console,
    site: Viewer,
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
        read_artifact(door, settings, entry.entry.artifact_key),
        fingerprint.with_key(values, live["server"]),
        live,
    )
    variables.check(settings, wanted.environment("server"), on_real_aws)
    plan = decide(seen, wanted, settings)
    refuse_incomplete(plan, seen, settings)
    return Work(door, settings, seen, dataclasses.replace(plan, uploads=()), screen, site)


def sync(settings: Settings, screen: Console) -> None:
    """Releases SleepConnect's Auth0 trio, which stays in memory."""
    aws = connect(settings.site.account_id, settings.site.region)
    values = auth0.complete(settings, auth0.trio(aws, settings))
    screen.line(f"{settings.host}: {', '.join(values)} of {settings.sleepconnect.function_name}")
    change(aws, settings, values, screen, viewer(aws, settings))


def rotate(settings: Settings, secret: Variable, value: str, screen: Console) -> None:
    """Releases a new value of one secret, and says what else must change."""
    aws = connect(settings.site.account_id, settings.site.region)
    screen.line(f"{settings.host}: a new value of {secret.name}")
    if change(aws, settings, {secret.name: value}, screen, viewer(aws, settings)):
        screen.line("now change it here too:")
        for line in elsewhere(settings, secret):
            screen.line(f"  {line}")
