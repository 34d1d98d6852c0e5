"""Whether an environment is provisioned, from the same reading and deciding as the roles."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from outreach_ops import commands
from outreach_ops.aws.session import Aws
from outreach_ops.checks.finding import Finding
from outreach_ops.errors import OpsError
from outreach_ops.provision.parts import PARTS
from outreach_ops.provision.step import KNOWN_LATER, MissingError, converge
from outreach_ops.settings.model import Settings

REPORTED_AS = {"s3_policy": "s3", "lambda_settings": "lambda"}


@dataclasses.dataclass(frozen=True)
class Report:
    """The roles whose resources are not all there; what is there and differs is no part of it."""

    missing: tuple[str, ...]

    @property
    def ready(self) -> bool:
        return not self.missing

    def to_json(self, findings: Sequence[Finding] | None = None) -> str:
        """As the runbook has it; with `findings` those too."""
        report: dict[str, Any] = {"ready": self.ready, "missing": list(self.missing)}
        if findings is None:
            return json.dumps(report)
        return json.dumps(report | {"findings": [dataclasses.asdict(each) for each in findings]}, indent=2)

    def require(self, settings: Settings) -> None:
        """Raises OpsError with the command that makes what is missing."""
        if not self.ready:
            raise OpsError(
                f"{settings.site.environment} is not provisioned: {', '.join(self.missing)} missing",
                commands.provision(settings.site.environment),
            )


def check(aws: Aws, settings: Settings) -> Report:
    """What is missing; makes reading calls only."""
    with ThreadPoolExecutor(max_workers=4) as pool:
        gaps = list(pool.map(lambda part: _gap(aws, settings, part), PARTS))
    names = [REPORTED_AS.get(part, part) for part, gap in zip(PARTS, gaps, strict=True) if gap]
    return Report(tuple(dict.fromkeys(names)))


def _gap(aws: Aws, settings: Settings, part: str) -> bool:
    try:
        outcome = converge(aws.read_only(), PARTS[part](settings), check=True)
    except MissingError:
        return True
    created = any(step.before is None for step in outcome.steps + outcome.left)
    return created or KNOWN_LATER in outcome.values.values()
