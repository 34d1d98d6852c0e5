"""Rollback: an earlier, proven release is live again, as one unit."""

from __future__ import annotations

import dataclasses

from outreach_ops import commands, description, ledger, target, variables, work
from outreach_ops.console import Console
from outreach_ops.errors import OpsError, UsageError
from outreach_ops.ledger import Entry, Numbered
from outreach_ops.operation import AT_ONCE, Manner, Order, carry_out
from outreach_ops.plan import Plan, decide
from outreach_ops.settings.model import Settings
from outreach_ops.stages import ROLLBACK
from outreach_ops.target import ROLES, Role
from outreach_ops.variables import Environment
from outreach_ops.world import Door, World


@dataclasses.dataclass(frozen=True)
class Choice:
    """Which earlier release an operator asks for: by server version or by tag like v0.1.5."""

    version: int | None = None
    tag: str | None = None


def rollback(settings: Settings, choice: Choice, screen: Console, manner: Manner = AT_ONCE) -> None:
    """Makes an earlier, proven release live again, as one unit: code, variables, files, pages at the edge."""
    desk = work.at(settings, screen, manner.plan_only)
    chosen = choose(desk.site.ledger.entries(), choice, desk.environment)
    screen.line(f"{settings.host}: roll back to {chosen.entry.description}")
    order = Order(
        "rollback",
        commands.rollback(desk.environment, chosen.entry.server_version),
        lambda now: back_to(desk.site, settings, now, chosen),
        ROLLBACK,
        manner=manner,
    )
    carry_out(desk, order)


def choose(entries: list[Numbered], choice: Choice, environment: str) -> Numbered:
    """The newest proven release that fits; raises UsageError that lists what there is."""
    proven = ledger.releases(entries)
    there = ", ".join(f"--version {item.entry.server_version} ({item.entry.description})" for item in proven)
    listing = f"choose one of: {there}" if there else "deploy first: there is no release yet"
    if (choice.version is None) == (choice.tag is None):
        raise UsageError("name either --version or --tag, one of them", listing)
    for item in proven:
        if _is(item.entry, choice):
            return item
    asked = f"version {choice.version}" if choice.tag is None else f"tag {choice.tag}"
    pruned = ledger.pruned(entries)
    for item in entries:
        if item.number in pruned and item.entry.status == "ok" and _is(item.entry, choice):
            by = pruned[item.number]
            raise UsageError(
                f"{item.entry.description} was pruned on {by.finished[:10]} by {by.operator}: "
                "its code and files are deleted",
                f"check {item.entry.commit} out and run: {commands.deploy(environment)}; or {listing}",
            )
    raise UsageError(f"{environment} has no proven release with {asked}", listing)


def _is(entry: Entry, choice: Choice) -> bool:
    return entry.server_version == str(choice.version) or f"v{entry.version}" == choice.tag


def back_to(site: Door, settings: Settings, seen: World, chosen: Numbered) -> Plan:
    """The plan that makes an earlier release live; raises OpsError when AWS no longer holds all of it."""
    plan = decide(seen, _restored(site, settings, seen, chosen), settings)
    # The shared variables of now may be longer than those of then.
    variables.fit(plan.target.environment("server"))
    refuse_incomplete(plan, seen, settings)
    # What is absent then are ISR pages, which the server makes again.
    return dataclasses.replace(plan, uploads=())


def _restored(site: Door, settings: Settings, seen: World, chosen: Numbered) -> target.Target:
    described = description.read(site, settings, chosen.entry.artifact_key)
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
    return target.of_release(settings, chosen.number, described, versions, then, seen.variables)


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
