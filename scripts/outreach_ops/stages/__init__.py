"""The named stages of every deploy and rollback; each does what the plan lists for it and no more."""

from __future__ import annotations

from collections.abc import Callable

from outreach_ops.stages import edge, files, functions
from outreach_ops.work import Work

Stage = tuple[str, Callable[[Work], None]]

DEPLOY: tuple[Stage, ...] = (
    ("paths", edge.add_paths),
    ("files", files.upload),
    ("publish", functions.publish),
    ("alias", functions.move),
    ("settle", functions.await_settled),
    ("variables", functions.check_variables),
    ("public", files.change_public),
    ("invalidate", edge.invalidate),
    ("verify", edge.smoke),
)
# Nothing is uploaded: a rollback has what it needs in the bucket, or is refused.
ROLLBACK: tuple[Stage, ...] = (DEPLOY[0], *DEPLOY[2:])
UNDO: tuple[Stage, ...] = DEPLOY[2:-1]
FINISH: tuple[Stage, ...] = DEPLOY[4:]
PUBLIC_STAGES = tuple(name for name, _ in DEPLOY[6:])
"""From here on a public file may have been overwritten."""
