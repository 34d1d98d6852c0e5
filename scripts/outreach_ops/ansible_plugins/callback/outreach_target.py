"""Says in the first line when a play works on the local AWS."""

from __future__ import annotations

from ansible.plugins.callback import CallbackBase

from outreach_ops.aws.session import describe_target

DOCUMENTATION = """
name: outreach_target
type: aggregate
short_description: Says in the first line when a play works on the local AWS
description:
  - Prints one line before everything else when AWS_ENDPOINT_URL points to this machine.
"""


class CallbackModule(CallbackBase):  # type: ignore[misc] # Ansible has no types
    """Speaks when it is loaded, which is before the play's own output."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "outreach_target"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        if (target := describe_target()) is not None:
            self._display.display(target)
