"""What provisioning would find: what is missing, and what it would refuse; from the roles' own deciding."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from outreach_ops import commands
from outreach_ops.aws.session import Aws
from outreach_ops.checks import adopted, edge, error_pages, execution_role, inventory, limits
from outreach_ops.errors import OpsError
from outreach_ops.finding import Finding, failure
from outreach_ops.provision.parts import PARTS
from outreach_ops.provision.step import KNOWN_LATER, MissingError, converge
from outreach_ops.settings.model import Settings

REPORTED_AS = {"s3_policy": "s3", "isr_queue": "isr", "lambda_settings": "lambda"}


@dataclasses.dataclass(frozen=True)
class Report:
    """The roles whose resources are not all there, why a run would be refused, and what AWS tells beside."""

    missing: tuple[str, ...]
    lacking: tuple[tuple[str, str], ...] = ()
    """What of it is not there, each with its role."""
    refusals: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()

    @property
    def ready(self) -> bool:
        return not self.missing

    def to_json(self, findings: Sequence[Finding] | None = None) -> str:
        """As the runbook has it; with `findings` those too."""
        report: dict[str, Any] = {"ready": self.ready, "missing": list(self.missing)}
        if findings is None:
            return json.dumps(report)
        return json.dumps(report | {"findings": [dataclasses.asdict(each) for each in findings]}, indent=2)

    def gaps(self, settings: Settings) -> list[Finding]:
        """A finding for each role that lacks something, which a run makes."""
        fix = commands.provision(settings.site.environment)
        by_role = {role: [each for whose, each in self.lacking if whose == role] for role in self.missing}
        return [
            failure(role, f"not there: {', '.join(dict.fromkeys(what))}", fix)
            for role, what in by_role.items()
            if what
        ]

    def require(self, settings: Settings) -> None:
        """Raises OpsError with the command that makes what is missing."""
        if not self.ready:
            raise OpsError(
                f"{settings.site.environment} is not provisioned: {', '.join(self.missing)} missing",
                commands.provision(settings.site.environment),
            )


@dataclasses.dataclass(frozen=True)
class Look:
    """One part as it is: whether something of it is missing, and what keeps a run from going on."""

    gap: bool
    lacks: tuple[str, ...] = ()
    refusal: Finding | None = None


def check(aws: Aws, settings: Settings) -> Report:
    """What is missing and what is refused; makes reading calls only."""
    with ThreadPoolExecutor(max_workers=6) as pool:
        looks_beside = (
            *(adopted.findings, limits.findings, error_pages.findings),
            *(execution_role.findings, edge.ending),
        )
        notes = [pool.submit(look, aws.read_only(), settings) for look in looks_beside]
        looks = list(pool.map(lambda part: _look(aws, settings, part), PARTS))
    by_role = [(REPORTED_AS.get(part, part), look) for part, look in zip(PARTS, looks, strict=True)]
    names = [role for role, look in by_role if look.gap]
    lacking = tuple((role, each) for role, look in by_role for each in look.lacks)
    # Two roles may stumble over the same: a role that is missing is told once.
    refusals = {look.refusal.cause: look.refusal for look in reversed(looks) if look.refusal is not None}
    told = tuple(found for note in notes for found in note.result())
    return Report(tuple(dict.fromkeys(names)), lacking, tuple(reversed(refusals.values())), told)


def findings(report: Report, settings: Settings) -> list[Finding]:
    """All that should be known before a run: refusals first, then what AWS and the inventories say."""
    return [*report.refusals, *report.notes, *inventory.findings(settings)]


def _look(aws: Aws, settings: Settings, part: str) -> Look:
    try:
        outcome = converge(aws.read_only(), PARTS[part](settings), check=True)
    except OpsError as error:
        refusal = failure(REPORTED_AS.get(part, part), error.cause, error.fix)
        return Look(isinstance(error, MissingError), refusal=refusal)
    lacks = tuple(step.resource for step in outcome.steps + outcome.left if step.before is None)
    return Look(bool(lacks) or KNOWN_LATER in outcome.values.values(), lacks)
