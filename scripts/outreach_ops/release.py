"""Deploy and rollback: read, decide, show, act, read again."""

from __future__ import annotations

import dataclasses
import json
import time
import uuid
from collections.abc import Collection
from pathlib import Path

from outreach_ops import build, commands, console, git, ledger, merge, operation, target, variables, world
from outreach_ops.artifact import Artifact
from outreach_ops.aws.leases import Lease
from outreach_ops.aws.session import Aws, connect
from outreach_ops.checks import preflight
from outreach_ops.checks.subject import Subject
from outreach_ops.coalesce import coalesce
from outreach_ops.confirm import confirm
from outreach_ops.console import Console
from outreach_ops.errors import OpsError, UsageError
from outreach_ops.interrupt import Interrupted
from outreach_ops.ledger import Numbered
from outreach_ops.lock import describe
from outreach_ops.operation import AT_ONCE, Manner, Order, carry_out
from outreach_ops.plan import Plan, decide
from outreach_ops.settings.model import Settings
from outreach_ops.stages import DEPLOY, ROLLBACK, Desk, read_artifact
from outreach_ops.target import ROLES, Role
from outreach_ops.variables import Environment
from outreach_ops.viewer import local_variables, viewer
from outreach_ops.world import Door, World


@dataclasses.dataclass(frozen=True)
class Choice:
    """Which earlier release an operator asks for: by server version or by tag like v0.1.5."""

    version: int | None = None
    tag: str | None = None


def deploy(
    settings: Settings,
    app: Path,
    options: build.Options,
    screen: Console,
    manner: Manner = AT_ONCE,
    unset: Collection[str] = (),
    yes: bool = False,
) -> None:
    """Makes the application at `app` live, or says that it is; raises OpsError with what is live then."""
    aws = _connect(settings, manner)
    site = world.door(aws, settings)
    seen = world.read(site, settings)
    found = coalesce(settings, app, local_variables(aws))
    screen.hide(variables.private(settings, found.values))
    wanted = merge.operators(settings, found, live_variables(seen), unset, aws.endpoint is None)
    screen.line(f"{settings.host}: deploy {app}; live is {seen.live_label}")
    look = Subject(aws.read_only(), settings, app, found, live_variables(seen))
    preflight.gate(look, screen, seen.live_label)
    confirm(settings, yes or manner.plan_only)
    try:
        with screen.step("build"):
            ready = build.build(settings, app, options, screen.detail)
            screen.note(ready.note)
    except Interrupted as error:
        unchanged = f"{seen.live_label}, unchanged"
        raise OpsError("interrupted", "run the command again", step="build", live=unchanged) from error
    except OpsError as error:
        raise error.hide(screen.mask) from None
    environment = settings.site.environment

    def plan(now: World) -> Plan:
        kept = merge.without(live_variables(now), unset)
        return decide(now, target.of_build(settings, ready.artifact, wanted, kept), settings)

    order = Order("release", commands.deploy(environment), plan, DEPLOY, ready.folder, manner)
    desk = Desk(site, settings, screen, viewer(aws, settings))
    if carry_out(desk, order):
        _tag(app, ready.artifact, environment, screen)


def rollback(settings: Settings, choice: Choice, screen: Console, manner: Manner = AT_ONCE) -> None:
    """Makes an earlier, proven release live again, as one unit: code, variables, files, pages at the edge."""
    aws = _connect(settings, manner)
    site = world.door(aws, settings)
    environment = settings.site.environment
    chosen = choose(site.ledger.entries(), choice, environment)
    screen.line(f"{settings.host}: roll back to {chosen.entry.description}")
    order = Order(
        "rollback",
        commands.rollback(environment, chosen.entry.server_version),
        lambda now: back_to(site, settings, now, chosen),
        ROLLBACK,
        manner=manner,
    )
    carry_out(Desk(site, settings, screen, viewer(aws, settings)), order)


def _tag(app: Path, released: Artifact, environment: str, screen: Console) -> None:
    name = f"deploy-{environment}-v{released.version}"
    if released.dirty:
        screen.line(f"  no tag {name}: the checkout has changes that no commit holds")
    elif refused := git.tag(app, name, released.commit):
        screen.line(f"  warning: {refused}")


def _connect(settings: Settings, manner: Manner) -> Aws:
    aws = connect(settings.site.account_id, settings.site.region)
    return aws.read_only() if manner.plan_only else aws


def resume(settings: Settings, screen: Console, wait_seconds: float = 0.0) -> None:
    """Concludes what an interrupted command left, and records moves by other means."""
    aws = connect(settings.site.account_id, settings.site.region)
    desk = Desk(world.door(aws, settings), settings, screen, viewer(aws, settings))
    operation.resume(desk, commands.resume(settings.site.environment), wait_seconds)


def lease(settings: Settings) -> tuple[Lease | None, float]:
    """The site's lease as it stands, and the time of looking."""
    site = world.door(connect(settings.site.account_id, settings.site.region), settings)
    return site.leases.read(), time.time()


def break_lease(settings: Settings, force: bool) -> str:
    """Takes the lease from its holder; raises UsageError unless `force`."""
    site = world.door(connect(settings.site.account_id, settings.site.region), settings)
    now, held = time.time(), site.leases.read()
    if held is None or held.expires < now:
        return describe(held, now)
    if not force:
        raise UsageError(describe(held, now), "it ends by itself; to take it all the same, add --force")
    taken = dataclasses.replace(held, token=str(uuid.uuid4()), expires=0.0)
    if not site.leases.replace(taken, held):
        return "the lease has changed hands meanwhile: look again"
    return f"taken from {held.owner}; what it left unfinished is concluded by the next command"


def choose(entries: list[Numbered], choice: Choice, environment: str) -> Numbered:
    """The newest proven release that fits; raises UsageError that lists what there is."""
    proven = ledger.releases(entries)
    there = ", ".join(f"--version {item.entry.server_version} ({item.entry.description})" for item in proven)
    listing = f"choose one of: {there}" if there else "deploy first: there is no release yet"
    if (choice.version is None) == (choice.tag is None):
        raise UsageError("name either --version or --tag, one of them", listing)
    for item in proven:
        if item.entry.server_version == str(choice.version) or f"v{item.entry.version}" == choice.tag:
            return item
    asked = f"version {choice.version}" if choice.tag is None else f"tag {choice.tag}"
    raise UsageError(f"{environment} has no proven release with {asked}", listing)


def back_to(site: Door, settings: Settings, seen: World, chosen: Numbered) -> Plan:
    """The plan that makes an earlier release live; raises OpsError when AWS no longer holds all of it."""
    plan = decide(seen, _restored(site, settings, seen, chosen), settings)
    refuse_incomplete(plan, seen, settings)
    # What is absent then are ISR pages, which the server makes again.
    return dataclasses.replace(plan, uploads=())


def _restored(site: Door, settings: Settings, seen: World, chosen: Numbered) -> target.Target:
    described = read_artifact(site, settings, chosen.entry.artifact_key)
    versions: dict[Role, str] = {"server": chosen.entry.server_version, "image": chosen.entry.image_version}
    then: dict[Role, Environment] = {}
    for role in ROLES:
        found = site.functions[role].configuration(versions[role])
        if found is None:
            raise OpsError(
                f"version {versions[role]} of {site.functions[role].name} does not exist any more",
                commands.releases(settings.site.environment),
                live=f"{seen.live_label}, unchanged",
            )
        then[role] = found.environment
    return target.of_release(settings, chosen.number, described, versions, then, live_variables(seen))


def refuse_incomplete(plan: Plan, seen: World, settings: Settings) -> None:
    """A rollback has no files to upload from: what the release needs must be in the bucket already."""
    lost = [asset.stored_key for asset in plan.uploads if asset.kind != "cache"]
    lost += [wanted.code.key for wanted in plan.publishes if wanted.code.key not in seen.objects]
    if lost:
        raise OpsError(
            f"the bucket lacks {len(lost)} files of {plan.target.label}, the first is {lost[0]}",
            f"check that commit out and run: {commands.deploy(settings.site.environment)}",
            live="unchanged",
        )


def live_variables(seen: World) -> dict[Role, Environment]:
    """What each function runs with now."""
    return {role: function.configuration.environment for role, function in seen.functions.items()}


def table(settings: Settings) -> list[dict[str, str]]:
    """Every release and rollback of the site, newest first, and which one is live."""
    site = world.door(connect(settings.site.account_id, settings.site.region), settings)
    alias = site.functions["server"].alias(settings.lambda_.alias)
    live = None if alias is None else alias.version
    rows: list[dict[str, str]] = []
    for item in site.ledger.entries():
        entry = item.entry
        # The newest entry that made this version live is the one that explains the alias.
        explains = entry.status == "ok" and entry.server_version == live and not any(r["alias"] for r in rows)
        rows.append(
            {
                "version": entry.server_version,
                "created": entry.finished.replace("T", " ")[:16],
                "description": entry.description,
                "alias": settings.lambda_.alias if explains else "",
                "result": entry.kind if entry.status == "ok" else f"{entry.kind} {entry.status}",
                "operator": entry.operator,
            }
        )
    return rows


def render(rows: list[dict[str, str]], as_json: bool) -> list[str]:
    """The table for people, or JSON for scripts."""
    if as_json:
        return [json.dumps(rows, indent=2)]
    header = ("Version", "Created", "Description", "Alias", "Result", "Operator")
    if not rows:
        return ["no release yet"]
    return console.table(header, [tuple(row[name.lower()] for name in header) for row in rows])
