"""Runs two commands in turn, so that a machine that is busy for a while is unfair to both alike."""

from __future__ import annotations

import dataclasses
import os
import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

LIMIT_SECONDS = 300


@dataclasses.dataclass(frozen=True)
class Run:
    """One run of a command as a whole: seconds that passed, and seconds of processor."""

    wall: float
    cpu: float


@dataclasses.dataclass(frozen=True)
class Row:
    """What was compared, with how much delay on every call, and what is wanted of it.

    `ratio` is how many times faster than `against` it has to be, `seconds` how long it may take.
    """

    what: str
    delay_ms: int
    ours: tuple[Run, ...]
    against: str = ""
    theirs: tuple[Run, ...] = ()
    ratio: float | None = None
    seconds: float | None = None


def run(command: Sequence[str], cwd: Path, environ: Mapping[str, str]) -> Run:
    """Runs a command that has to succeed."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        list(command),
        cwd=cwd,
        env=dict(environ),
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(round(wall, 3), round(cpu, 3))


def pairs(rounds: int, ours: Callable[[], Run], theirs: Callable[[], Run]) -> tuple[list[Run], list[Run]]:
    """Both in turn, so often; one run of each before does not count."""
    found = [(ours(), theirs()) for _ in range(rounds + 1)][1:]
    return [pair[0] for pair in found], [pair[1] for pair in found]


def median(runs: Sequence[Run], what: str = "wall") -> float:
    """The middle of the runs' seconds."""
    return statistics.median(getattr(each, what) for each in runs)


def ratio(row: Row) -> float:
    """How many times as long the other tool took, the middle of the pairs."""
    return statistics.median(their.wall / our.wall for our, their in zip(row.ours, row.theirs, strict=True))


def machine() -> dict[str, Any]:
    """What a reader has to know of the machine; `load` is how many processes wanted its cores before."""
    return {"cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1), "date": time.strftime("%Y-%m-%d")}
