"""Keeps one role's part of the site as the inventory says: an adapter over outreach_ops.provision."""

from __future__ import annotations

import dataclasses
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from outreach_ops.aws.session import connect
from outreach_ops.errors import OpsError
from outreach_ops.provision.parts import PARTS
from outreach_ops.provision.step import KNOWN_LATER, Outcome, converge
from outreach_ops.settings.load import play_site

ARGUMENTS = {
    "part": {"type": "str", "required": True, "choices": list(PARTS)},
    "wait": {"type": "bool", "default": True},
}


class ActionModule(ActionBase):  # type: ignore[misc] # Ansible has no types
    """Runs in the controller's process, because a module's process costs half a second."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _, arguments = self.validate_argument_spec(argument_spec=ARGUMENTS)
        variables = task_vars or {}
        try:
            settings = play_site(variables["inventory_hostname"], variables, self._templar)
            outcome = converge(
                connect(settings.site.account_id, settings.site.region),
                PARTS[arguments["part"]](settings),
                check=self._task.check_mode,
                wait=arguments["wait"],
                notify=Display().display,
            )
        except OpsError as error:
            return result | {"failed": True, "msg": f"{error.cause}\nfix: {error.fix}"}
        return result | described(outcome)


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
