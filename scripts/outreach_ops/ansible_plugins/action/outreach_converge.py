"""Keeps one role's part of the site as the inventory says: an adapter over outreach_ops.provision."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible.utils.display import Display

from outreach_ops.ansible_plugins.base import SiteAction
from outreach_ops.aws.session import Aws
from outreach_ops.provision.parts import PARTS
from outreach_ops.provision.step import KNOWN_LATER, Outcome, converge
from outreach_ops.settings.model import Settings


class ActionModule(SiteAction):
    """Does in check mode everything but the writing calls."""

    ARGUMENTS: ClassVar[Mapping[str, Any]] = {
        "part": {"type": "str", "required": True, "choices": list(PARTS)},
        "wait": {"type": "bool", "default": True},
    }

    def act(self, aws: Aws, settings: Settings, arguments: Mapping[str, Any]) -> dict[str, Any]:
        outcome = converge(
            aws,
            PARTS[arguments["part"]](settings),
            check=self._task.check_mode,
            wait=arguments["wait"],
            notify=Display().display,
        )
        return described(outcome)


def described(outcome: Outcome) -> dict[str, Any]:
    """The outcome as a task's result: what changed, what is left for a stock module, and what is known."""
    handed = [step for step in outcome.left if KNOWN_LATER not in step.after.values()]
    shown = [*outcome.steps, *(step for step in outcome.left if step not in handed)]
    return {
        "changed": bool(shown),
        "diff": [
            {
                "before_header": f"{step.resource} ({step.call})",
                "after_header": f"{step.resource} ({step.call})",
                "before": {} if step.before is None else step.before,
                "after": {} if step.after is None else step.after,
            }
            for step in shown
        ],
        "steps": [dataclasses.asdict(step) for step in outcome.steps + outcome.left],
        "left": [step.after for step in handed],
        "pending": outcome.pending,
        "values": dict(outcome.values),
    }
