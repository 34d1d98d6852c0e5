"""Refuses a run before its first writing call: an adapter over outreach_ops.checks.infra."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from outreach_ops.ansible_plugins.base import SiteAction, warn
from outreach_ops.aws.session import Aws
from outreach_ops.checks import infra
from outreach_ops.finding import failures
from outreach_ops.settings.model import Settings


class ActionModule(SiteAction):
    """Reads only, so that it does the same in check mode."""

    def act(self, aws: Aws, settings: Settings, _arguments: Mapping[str, Any]) -> dict[str, Any]:
        found = infra.findings(infra.check(aws, settings), settings)
        for each in found:
            if each.level == "warning":
                warn(each)
        told = [dataclasses.asdict(each) for each in found if each.level != "ok"]
        result = {"changed": False, "findings": told}
        if refused := failures(found):
            said = "\n".join(f"{each.check}: {each.cause}\nfix: {each.fix}" for each in refused)
            return result | {"failed": True, "msg": said}
        return result
