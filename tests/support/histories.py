"""Random histories of a site: a few in `make test`, many in `make faults`."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

STEPS = 15


def walk(machine: type[RuleBasedStateMachine], request: pytest.FixtureRequest, few: int, many: int) -> None:
    """Run `few` histories of `machine`, the same ones each time, or with --all-faults `many`."""
    everything = request.config.getoption("all_faults")
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=many if everything else few,
            stateful_step_count=STEPS,
            derandomize=True,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink) if everything else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        ),
    )
