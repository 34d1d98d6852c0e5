"""The stages that change functions: versions are published, then the aliases move, which is the release."""

from __future__ import annotations

import functools
import time

from outreach_ops.aws.errors import AwsError
from outreach_ops.aws.functions import Alias
from outreach_ops.parallel import each
from outreach_ops.proof.settle import STEADY, UnsettledError, settle
from outreach_ops.release.plan import published
from outreach_ops.release.publish import publish_version
from outreach_ops.release.read_back import read_back
from outreach_ops.release.target import Wanted
from outreach_ops.release.work import Work
from outreach_ops.roles import GUARDED


def publish(work: Work) -> None:
    """Publishes a version of each function that has none with the wanted code and variables."""
    for wanted, version in each(functools.partial(_version, work), work.plan.target.functions):
        work.versions[wanted.role] = version
    roles = (wanted.role for wanted in work.plan.target.functions)
    said = ", ".join(f"{role} version {work.versions[role]}" for role in roles)
    work.desk.console.note(said)


def _version(work: Work, wanted: Wanted) -> str:
    function, objects = work.desk.site.functions[wanted.role], work.desk.site.objects
    label = work.plan.target.label
    return published(work.world, wanted) or publish_version(function, objects, wanted, label, work.folder)


def move(work: Work) -> None:
    """Points the aliases at the new versions, the server function's last: this is the release."""
    moving = [wanted for wanted in work.plan.target.functions if not _stands(work, wanted)]
    work.since = time.time() if moving else work.since
    for last in (False, True):
        together = [wanted for wanted in moving if (wanted.role == "server") is last]
        for _ in each(functools.partial(_move, work), together):
            continue
    said = [f"{one.role} {_alias(work, one).version} -> {work.versions[one.role]}" for one in moving]
    work.desk.console.note("; ".join(said) or "stands there already")


def _alias(work: Work, wanted: Wanted) -> Alias:
    return work.world.functions[wanted.role].alias


def _stands(work: Work, wanted: Wanted) -> bool:
    live = _alias(work, wanted)
    return live.version == work.versions[wanted.role] and not live.weights


def _move(work: Work, wanted: Wanted) -> None:
    # Before the call: a call without an answer may have moved it.
    work.moved.add(wanted.role)
    function, name = work.desk.site.functions[wanted.role], work.desk.settings.lambda_.alias
    version = work.versions[wanted.role]
    try:
        function.move_alias(name, version, work.plan.target.label, _alias(work, wanted).revision)
    except AwsError as error:
        now = function.alias(name)
        # A repeated call whose first answer was lost meets its own move.
        there = now is not None and now.version == version and not now.weights
        if error.code != "PreconditionFailedException" or not there:
            raise


def await_settled(work: Work) -> None:
    """Returns when each alias that was moved answers steadily with its new version."""
    for role in work.moved & set(GUARDED):
        environment = work.plan.target.environment(role)
        function, version = work.desk.site.functions[role], work.versions[role]
        try:
            settle(role, function, work.desk.settings, version, environment, work.desk.sleep)
        except UnsettledError as error:
            if not work.undoing:
                raise
            # Its files and pages are to come back all the same.
            work.desk.console.detail(error.cause)
    work.desk.console.note(f"{STEADY} answers in a row" if work.moved else "nothing moved")


def check_variables(work: Work) -> None:
    """Reads each required variable of the server function back."""
    if "server" in work.moved:
        wanted = work.plan.target.environment("server")
        count = read_back(work.desk.site.functions["server"], work.desk.settings, wanted)
        work.desk.console.note(f"{count} required ones are as released")
