"""Says in the first line when a play works on the local AWS, and keeps lost output from stopping a play."""

from __future__ import annotations

import signal
import sys
from typing import Any

from ansible import context
from ansible.plugins.callback import CallbackBase

from outreach_ops import output
from outreach_ops.aws.session import describe_target
from outreach_ops.errors import OpsError

DOCUMENTATION = """
name: outreach_target
type: aggregate
short_description: Says in the first line when a play works on the local AWS
description:
  - Prints one line before everything else when AWS_ENDPOINT_URL points to this machine.
  - Lets a play go on to its end when its output cannot be written any more, or its terminal is closed.
    Ansible itself waits for ever, or ends in the middle.
  - Ends a check with 4 when its output was lost on a full disk, for a check is nothing but its output.
"""


class CallbackModule(CallbackBase):  # type: ignore[misc] # Ansible has no types
    """Speaks when it is loaded, which is before the play's own output."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "outreach_target"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        output.install()
        output.tolerate()
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        if (target := describe_target()) is not None:
            self._display.display(target)

    def v2_playbook_on_stats(self, _stats: Any) -> None:
        """The end of a play, after all that it shows."""
        if context.CLIARGS["check"]:
            try:
                output.require_written()
            except OpsError as error:
                print(error, file=sys.stderr)
                # Ansible makes a warning of any other exception.
                raise SystemExit(int(error.exit_code)) from error
