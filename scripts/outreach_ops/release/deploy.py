"""Deploy: build what is to be live, read, decide, show, act, read again."""

from __future__ import annotations

import shlex
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from outreach_ops import commands, finding, git
from outreach_ops.builds import opennext
from outreach_ops.checks import preflight
from outreach_ops.checks.subject import Subject
from outreach_ops.confirm import confirm
from outreach_ops.console import Console
from outreach_ops.errors import OpsError
from outreach_ops.interrupt import Interrupted, uninterrupted
from outreach_ops.proof.viewer import local_variables
from outreach_ops.release import target, work
from outreach_ops.release.operation import AT_ONCE, Manner, Order, carry_out, live_already
from outreach_ops.release.plan import Plan, decide
from outreach_ops.release.stages import DEPLOY
from outreach_ops.settings.model import Settings
from outreach_ops.site import description, world
from outreach_ops.site.world import World
from outreach_ops.sleepconnect import auth0
from outreach_ops.variables import merge, values
from outreach_ops.variables.coalesce import coalesce


def deploy(
    settings: Settings,
    app: Path,
    options: opennext.Options,
    screen: Console,
    manner: Manner = AT_ONCE,
    unset: Collection[str] = (),
    yes: bool = False,
    full: bool = False,
) -> None:
    """Makes the application at `app` live, or says that it is; raises OpsError with what is live then.

    `full` looks at every file in the bucket, also when the ledger says that they are there.
    """
    desk = work.at(settings, screen, manner.plan_only)
    there = None if full else opennext.kept(settings, app, options)
    with ThreadPoolExecutor(max_workers=1) as pool:
        # Beside the glance: neither waits for the other's answer.
        described = None if there is None else pool.submit(description.stored, desk.site, there.artifact)
        aws, seen = desk.site.aws, world.glance(desk.site, settings)
    named = coalesce(settings, app, local_variables(aws))
    found = auth0.lent(aws, settings, named, seen.variables["server"])
    screen.hide(values.private(settings, found.values))
    screen.hide(found.others.of_length(values.SHORTEST_UNKNOWN))
    wanted = merge.operators(settings, found, seen.variables, unset, aws.endpoint is None, seen.queue)
    screen.line(f"{settings.host}: deploy {app}; live is {seen.live_label}")

    def order(ready: opennext.Ready) -> Order:
        def plan(now: World) -> Plan:
            kept = merge.without(now.variables, unset)
            return decide(now, target.of_build(settings, ready.artifact, wanted, kept, now.queue), settings)

        return Order("release", _typed(settings, app), plan, DEPLOY, ready.folder, manner)

    subject = Subject(aws.read_only(), settings, app, found, seen.variables)
    # Nothing is to be done, so nothing can keep it from being done; but who cannot sign in must be told.
    if there and described and live_already(desk, order(there), there.artifact, seen, described.result):
        finding.require(preflight.run(subject, preflight.SIGN_IN), live=f"{seen.live_label}, unchanged")
        return
    checked = preflight.gate(subject, screen)
    if not manner.plan_only:
        finding.require(checked, live=f"{seen.live_label}, unchanged")
    confirm(settings, yes or manner.plan_only)
    ready = _built(settings, app, options, screen, seen.live_label)
    if carry_out(desk, order(ready)):
        with uninterrupted():
            _tag(app, ready, desk.environment, screen)
    # A plan is shown whole, and then what would keep it from being carried out.
    finding.require(checked, live=f"{seen.live_label}, unchanged")


def _typed(settings: Settings, app: Path) -> str:
    """The command as it can be typed again, from wherever and by whoever is told of it."""
    named = () if app == Path(settings.site.app).resolve() else (f"--app={shlex.quote(str(app))}",)
    return commands.deploy(settings.site.environment, *named)


def _built(
    settings: Settings, app: Path, options: opennext.Options, screen: Console, live: str
) -> opennext.Ready:
    try:
        with screen.step("build"):
            ready = opennext.build(settings, app, options, screen.detail, mask=screen.mask)
            screen.note(ready.note)
            return ready
    except Interrupted as error:
        raise OpsError(
            "interrupted", "run the command again", step="build", live=f"{live}, unchanged"
        ) from error
    except OSError as error:
        raise OpsError(
            f"this machine could not do it: {error}",
            "make room if its disk is full (old builds are in .artifacts/), then run the command again",
            step="build",
            live=f"{live}, unchanged",
        ) from error
    except OpsError as error:
        raise error.hide(screen.mask) from None


def _tag(app: Path, ready: opennext.Ready, environment: str, screen: Console) -> None:
    released = ready.artifact
    name = f"deploy-{environment}-v{released.version}"
    if released.dirty:
        why = next((found.what for found in ready.differences), "it was built of more than its commit")
        screen.line(f"  no tag {name}: {why}")
    elif refused := git.tag(app, name, released.commit):
        screen.line(f"  warning: {refused}")
