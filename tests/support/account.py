"""An account in moto, with a record of the writing calls that are made in it."""

from __future__ import annotations

import dataclasses
from typing import Any

from outreach_ops.aws.session import Aws
from outreach_ops.provision.step import Outcome, Resource, converge

ACCOUNT = "123456789012"


@dataclasses.dataclass(frozen=True)
class Account:
    """A connection, and what was written through it as service:Operation, in order."""

    aws: Aws
    written: list[str]

    def client(self, service: str) -> Any:
        """A plain client, for changes made by hand."""
        return self.aws.api(service).client

    def converge(self, *resources: Resource[Any], check: bool = False, wait: bool = True) -> Outcome:
        """As provisioning does it; nothing is slept for."""
        self.written.clear()
        return converge(self.aws, resources, check=check, wait=wait, notify=_quiet, sleep=_quiet)

    def check_do_check_do(self, *resources: Resource[Any]) -> Outcome:
        """Asserts that a check predicts the run's calls and makes none, and that a second run makes none."""
        predicted = self.converge(*resources, check=True)
        assert self.written == []
        assert predicted.steps, "there was nothing to do"
        done = self.converge(*resources)
        assert self.written == [step.call for step in predicted.steps]
        assert self.converge(*resources, check=True).steps == ()
        assert self.converge(*resources).steps == ()
        assert self.written == []
        return done


def _quiet(_said: object) -> None: ...
