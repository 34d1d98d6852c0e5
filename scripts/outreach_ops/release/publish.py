"""Publishes a version of a function that runs exactly the wanted code and variables."""

from __future__ import annotations

from pathlib import Path

from outreach_ops import paths
from outreach_ops.aws.functions import Configuration, Function
from outreach_ops.aws.objects import Objects
from outreach_ops.errors import OpsError
from outreach_ops.release.target import Wanted


def publish_version(
    function: Function, objects: Objects, wanted: Wanted, label: str, folder: Path | None
) -> str:
    """The new version; each write names the revision it was decided on, read again after each settling."""
    if folder is not None and not objects.has(wanted.code.key):
        # Also where the function holds it already: it may be of a release whose objects a prune has deleted.
        file = paths.inside(folder, wanted.code.file)
        objects.add(wanted.code.key, file, wanted.code.sha256, "application/zip")
    latest = _latest(function, wanted)
    if latest.code_sha256 != wanted.code.sha256:
        function.update_code(objects.bucket, wanted.code.key, wanted.architecture, latest.revision)
        latest = _latest(function, wanted)
    if dict(latest.environment) != dict(wanted.environment):
        function.update_environment(wanted.environment, latest.revision)
        latest = _latest(function, wanted)
    if latest.code_sha256 != wanted.code.sha256 or dict(latest.environment) != dict(wanted.environment):
        raise OpsError(
            f"{wanted.name} does not hold what was just written to it: somebody else changes it",
            "find out who deploys at the same time, then run the command again",
            step="publish",
        )
    return function.publish(label, latest.code_sha256, latest.revision)


def _latest(function: Function, wanted: Wanted) -> Configuration:
    found = function.configuration()
    if found is not None and not found.settled:
        # A command that was ended may have left an update under way.
        function.settle()
        found = function.configuration()
    if found is None:
        raise OpsError(
            f"the function {wanted.name} is gone",
            "run the provision playbook of this environment",
            step="publish",
        )
    return found
