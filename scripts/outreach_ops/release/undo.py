"""Takes a release that failed back: what was live before is live again, with its files and pages."""

from __future__ import annotations

import dataclasses
import shlex

from outreach_ops import commands
from outreach_ops.builds.artifact import Package
from outreach_ops.release.plan import decide
from outreach_ops.release.stages import UNDO
from outreach_ops.release.target import Target
from outreach_ops.release.work import Work
from outreach_ops.roles import Role
from outreach_ops.site import description, world
from outreach_ops.site.invalidation import invalidation_paths
from outreach_ops.site.world import World


def undo(work: Work) -> tuple[World, bool]:
    """Takes back what stands as `work` put it, never what somebody else did since; what is live then.

    The flag says whether there was anything to take back.
    """
    seen = world.read(work.desk.site, work.desk.settings)
    now = seen.versions
    ours = {role for role in work.moved if now[role] == work.versions[role]}
    if not ours and not work.changed:
        return seen, False
    settings = work.desk.settings
    plan = decide(seen, _previous(work, ours, now), settings)
    back = dataclasses.replace(
        work,
        world=seen,
        # An undo before this one may have ended when all but the edge was as before.
        plan=dataclasses.replace(plan, invalidations=invalidation_paths(settings.site.base_path)),
        folder=None,
        versions={},
        moved=set(),
        changed=False,
        undoing=True,
    )
    for stage in UNDO:
        with work.desk.console.step(stage.name):
            stage.run(back)
    return world.read(work.desk.site, work.desk.settings), True


def _previous(work: Work, ours: set[Role], now: dict[Role, str]) -> Target:
    functions = []
    for wanted in work.plan.target.functions:
        if wanted.role in ours:
            live = work.world.functions[wanted.role].configuration
            code = Package(wanted.code.file, live.code_sha256, 0, 0)
            functions.append(
                dataclasses.replace(wanted, code=code, environment=live.environment, version=live.version)
            )
    entry = work.world.release
    before = work.world.versions
    theirs = any(now[role] != before[role] and role not in ours for role in now)
    # Without an entry nothing is known of its files: a placeholder, or a version made by other means.
    bare = dataclasses.replace(work.plan.target.artifact, assets=(), behaviours=())
    return Target(
        artifact=bare
        if entry is None or theirs
        else description.read(work.desk.site, work.desk.settings, entry.entry.artifact_key),
        functions=tuple(functions),
        label=work.world.live_label,
    )


def by_hand(work: Work) -> str:
    """The exact commands that bring back what was live: the aliases, the edge, then its public files."""
    aliases = [
        f"aws lambda update-alias --function-name {wanted.name} --name {work.desk.settings.lambda_.alias} "
        f"--function-version {work.world.functions[wanted.role].alias.version}"
        for wanted in work.plan.target.functions
        if wanted.role in work.moved
    ]
    where, paths = work.world.distribution.id, invalidation_paths(work.desk.settings.site.base_path)
    edge = f"aws cloudfront create-invalidation --distribution-id {where} --paths {shlex.join(paths)}"
    live = work.world.functions["server"].alias.version
    back = [] if work.world.release is None else [commands.rollback(work.desk.environment, live)]
    return " && ".join([*aliases, edge, *back])
