"""What the action plugins share: the host's settings and its account, and an error as a failed task."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from outreach_ops.aws.session import Aws, connect
from outreach_ops.errors import OpsError
from outreach_ops.finding import Finding
from outreach_ops.settings.load import play_site
from outreach_ops.settings.model import Settings


def warn(finding: Finding) -> None:
    """Shows what is no reason to stop, among Ansible's own warnings."""
    Display().warning(f"{finding.check}: {finding.cause} (fix: {finding.fix})")


class SiteAction(ActionBase):  # type: ignore[misc] # Ansible has no types
    """Runs in the controller's process, because a module's process costs half a second."""

    ARGUMENTS: ClassVar[Mapping[str, Any]] = {}

    @abstractmethod
    def act(self, aws: Aws, settings: Settings, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The task's result; raises OpsError."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _, arguments = self.validate_argument_spec(argument_spec=self.ARGUMENTS)
        variables = task_vars or {}
        try:
            settings = play_site(variables["inventory_hostname"], variables, self._templar)
            aws = connect(settings.site.account_id, settings.site.region)
            return result | self.act(aws, settings, arguments)
        except OpsError as error:
            return result | {"failed": True, "msg": f"{error.cause}\nfix: {error.fix}"}
