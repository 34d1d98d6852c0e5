"""The named stages of every deploy and rollback; each does what the plan lists for it and no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from outreach_ops.release.plan import Plan
from outreach_ops.release.stages import edge, files, functions, proof, tags
from outreach_ops.release.work import Work


class Stage(NamedTuple):
    """A stage, under the name that operators know; the journal knows of it when `noted` by the plan."""

    name: str
    run: Callable[[Work], None]
    noted: Callable[[Plan], object] = lambda _plan: True


def _publishing(plan: Plan) -> bool:
    return bool(plan.publishes)


PATHS = Stage("paths", edge.add_paths, lambda plan: plan.behaviours)
FILES = Stage("files", files.upload)
PUBLISH = Stage("publish", functions.publish, _publishing)
TAGS = Stage("tags", tags.seed, lambda plan: plan.seeds)
TEST = Stage("test", proof.try_versions, lambda plan: plan.publishes or plan.unproven)
ALIAS = Stage("alias", functions.move)
SETTLE = Stage("settle", functions.await_settled)
VARIABLES = Stage("variables", functions.check_variables)
PUBLIC = Stage("public", files.change_public)
INVALIDATE = Stage("invalidate", edge.invalidate)
VERIFY = Stage("verify", proof.smoke)
WATCH = Stage("watch", proof.watch_logs)

BACK = (SETTLE, VARIABLES, PUBLIC, INVALIDATE)
FINISH = (*BACK, VERIFY, WATCH)
DEPLOY = (FILES, PATHS, PUBLISH, TAGS, TEST, ALIAS, *FINISH)
# Nothing is uploaded: a rollback has what it needs in the bucket, or is refused.
ROLLBACK = (PATHS, PUBLISH, TAGS, TEST, ALIAS, *FINISH)
UNDO = (PUBLISH, ALIAS, *BACK)
VISIBLE = tuple(stage.name for stage in FINISH)
"""From here on visitors may have met the new release, at the edge or in a public file."""
