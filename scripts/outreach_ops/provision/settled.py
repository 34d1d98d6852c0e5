"""Whether a site is as its inventory says, seen with all reads at once before any role begins."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from outreach_ops.aws.session import Aws
from outreach_ops.errors import OpsError
from outreach_ops.provision.parts import PARTS, Part
from outreach_ops.provision.step import converge
from outreach_ops.settings.model import Settings


def settled(aws: Aws, settings: Settings, parts: Mapping[str, Part] = PARTS) -> bool:
    """True when every role would find nothing to do and nothing to wait for; makes reading calls only."""
    with ThreadPoolExecutor(max_workers=len(parts)) as pool:
        return all(pool.map(lambda part: _idle(aws, settings, part), parts.values()))


def _idle(aws: Aws, settings: Settings, part: Part) -> bool:
    try:
        outcome = converge(aws, part(settings), check=True)
    except OpsError:
        # What is missing or wrong is for the role to say.
        return False
    return not (outcome.steps or outcome.left or outcome.pending)
