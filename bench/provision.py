"""Provisioning what is provisioned already, against a playbook of stock modules."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from bench import measure, report
from bench.aws import delayed, succeed
from bench.measure import Row
from support import local
from support.local import LocalAws, executable

SETTINGS = {"rounds": 2, "delay_ms": 80}
ONE = ("staging",)
ALL = ("develop", "staging", "production")


def main() -> None:
    """Measures everything, and writes the results and the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=SETTINGS["rounds"], help="how often, for a quick look")
    rounds = parser.parse_args().rounds
    settings, machine = {**SETTINGS, "rounds": rounds}, measure.machine()
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch, local.fresh(Path(scratch)) as aws:
        print("provisioning three environments", flush=True)
        for environment in ALL:
            succeed(aws, *play("provision.yml", (environment,)))
        rows = []
        for environments, delay, seconds in (
            (ONE, 0, 4.0),
            (ONE, SETTINGS["delay_ms"], None),
            (ALL, 0, 7.0),
            (ALL, SETTINGS["delay_ms"], None),
        ):
            print(f"{len(environments)} with nothing to do, {delay} ms", flush=True)
            with delayed(aws, delay):
                rows.append(compared(aws, environments, delay, rounds, seconds))
    report.keep("provision", settings, machine, rows)


def compared(
    aws: LocalAws, environments: tuple[str, ...], delay: int, rounds: int, seconds: float | None
) -> Row:
    """Our playbook and the stock one in turn; ours makes no writing call."""
    aws.forget_calls()
    ours, theirs = measure.pairs(
        rounds,
        lambda: measure.run(executable(play("provision.yml", environments)), report.ROOT, aws.environ),
        lambda: measure.run(executable(play("bench/stock.yml", environments)), report.ROOT, aws.environ),
    )
    if aws.writes():
        raise RuntimeError(f"a run with nothing to do wrote: {aws.writes()}")
    what = "one environment" if len(environments) == 1 else f"{len(environments)} environments at once"
    return Row(f"{what}, nothing to do", delay, tuple(ours), "stock modules", tuple(theirs), 3, seconds)


def play(playbook: str, environments: tuple[str, ...]) -> list[str]:
    """The command that runs a playbook for these environments."""
    inventories = [word for name in environments for word in ("-i", f"inventories/{name}")]
    # An empty account holds none of the distributions that develop and production name.
    return ["ansible-playbook", playbook, *inventories, "-e", '{"cloudfront_distribution_id": ""}']


if __name__ == "__main__":
    main()
