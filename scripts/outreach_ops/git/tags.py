"""The tags that releases leave in the application's repository."""

from __future__ import annotations

from pathlib import Path

from outreach_ops.errors import OpsError
from outreach_ops.git.command import output


def tag(app: Path, name: str, commit: str) -> str | None:
    """Set the lightweight tag `name`; return None when it is at `commit`, else why it could not be set."""
    try:
        standing = output(app, "rev-parse", "--verify", "--quiet", f"refs/tags/{name}").strip()
    except OpsError:
        standing = ""
    if standing == commit:
        return None
    if standing:
        return (
            f"the tag {name} stands at {standing[:7]} already and was left there; "
            f"to move it: git tag --force {name} {commit}"
        )
    try:
        output(app, "tag", "--no-sign", "--", name, commit)
    except OpsError as error:
        return f"the tag {name} could not be set: {error.cause}; type: git tag {name} {commit}"
    return None
