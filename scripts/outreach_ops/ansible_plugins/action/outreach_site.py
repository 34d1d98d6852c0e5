"""Checks the whole inventory and the account before any role does anything, and whether one has to."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from outreach_ops.ansible_plugins.base import SiteAction, warn
from outreach_ops.aws.session import Aws
from outreach_ops.checks import limits
from outreach_ops.provision.settled import settled
from outreach_ops.settings.model import Settings


class ActionModule(SiteAction):
    """Reads only, so that it does the same in check mode."""

    def act(self, aws: Aws, settings: Settings, _arguments: Mapping[str, Any]) -> dict[str, Any]:
        idle = settled(aws.read_only(), settings)
        # The play ends before preflight then; a date needs no call.
        if idle and (ending := limits.runtime(settings)).level != "ok":
            warn(ending)
        return {"changed": False, "settled": idle, "site": dataclasses.asdict(settings.site)}
