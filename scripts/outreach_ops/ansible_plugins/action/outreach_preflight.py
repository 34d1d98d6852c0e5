"""Refuses a run before its first writing call: an adapter over outreach_ops.infra."""

from __future__ import annotations

import dataclasses
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from outreach_ops.aws.session import connect
from outreach_ops.checks import infra
from outreach_ops.errors import OpsError
from outreach_ops.finding import failures
from outreach_ops.settings.load import play_site


class ActionModule(ActionBase):  # type: ignore[misc] # Ansible has no types
    """Reads only, so that it does the same in check mode."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        self.validate_argument_spec(argument_spec={})
        variables = task_vars or {}
        try:
            settings = play_site(variables["inventory_hostname"], variables, self._templar)
            report = infra.check(connect(settings.site.account_id, settings.site.region), settings)
        except OpsError as error:
            return result | {"failed": True, "msg": f"{error.cause}\nfix: {error.fix}"}
        found = infra.findings(report, settings)
        for each in found:
            if each.level == "warning":
                Display().warning(f"{each.check}: {each.cause} (fix: {each.fix})")
        told = [dataclasses.asdict(each) for each in found if each.level != "ok"]
        result |= {"changed": False, "findings": told}
        if refused := failures(found):
            said = "\n".join(f"{each.check}: {each.cause}\nfix: {each.fix}" for each in refused)
            return result | {"failed": True, "msg": said}
        return result
