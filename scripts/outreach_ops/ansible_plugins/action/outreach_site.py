"""Checks the whole inventory and the account before any role does anything, and whether one has to."""

from __future__ import annotations

import dataclasses
from typing import Any

from ansible.plugins.action import ActionBase

from outreach_ops.aws.session import connect
from outreach_ops.errors import OpsError
from outreach_ops.provision.settled import settled
from outreach_ops.settings.load import play_site


class ActionModule(ActionBase):  # type: ignore[misc] # Ansible has no types
    """Reads only, so that it does the same in check mode."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        self.validate_argument_spec(argument_spec={})
        variables = task_vars or {}
        try:
            settings = play_site(variables["inventory_hostname"], variables, self._templar)
            aws = connect(settings.site.account_id, settings.site.region)
            idle = settled(aws.read_only(), settings)
        except OpsError as error:
            return result | {"failed": True, "msg": f"{error.cause}\nfix: {error.fix}"}
        return result | {"changed": False, "settled": idle, "site": dataclasses.asdict(settings.site)}
