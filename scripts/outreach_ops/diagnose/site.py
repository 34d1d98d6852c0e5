"""What the site answers now, and where the parent application sends requests."""

from __future__ import annotations

import dataclasses

from outreach_ops import commands
from outreach_ops.diagnose.scene import Scene
from outreach_ops.finding import Finding, failure, failures, ok, warning
from outreach_ops.sleepconnect import check
from outreach_ops.sleepconnect.checkout import Checkout


def answers(scene: Scene) -> Finding:
    """Whether the site's own checks meet an error of the server."""
    for each in scene.settings.verify.checks:
        answer = scene.viewer.fetch(each.path, each.method)
        if answer.status >= 500:
            version = scene.versions.get("server", "none")
            return failure(
                "answers",
                f"{each.path} answers {answer.status}, with version {version} live",
                f"{commands.releases(scene.environment)}, then: {commands.rollback(scene.environment, 'N')}",
            )
    return ok(
        "answers", f"none of {len(scene.settings.verify.checks)} paths answers with an error of the server"
    )


def parent(scene: Scene) -> list[Finding]:
    """Whether SleepConnect is told where Outreach is, and passes requests on; where not, its rewrites too."""
    if not scene.settings.sleepconnect.function_name:
        return [ok("parent", "no application stands in front")]
    where = Checkout(scene.parent, scene.parent / scene.settings.sleepconnect.env_file)
    found = check.run(scene.subject.aws, scene.settings, where, ("function", "live"))
    if failures(found):
        found += _rewrites(scene, where)
    return [dataclasses.replace(each, check=f"parent: {each.check}") for each in found]


def _rewrites(scene: Scene, where: Checkout) -> list[Finding]:
    if where.path.is_dir():
        return check.run(scene.subject.aws, scene.settings, where, ("configured", "built"))
    fix = f"{commands.diagnose(scene.environment)} --sleepconnect=PATH"
    return [warning("rewrites", f"there is no checkout of SleepConnect at {where.path} to look at", fix)]
