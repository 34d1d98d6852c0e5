"""Keeps what was measured in bench/results/, and writes docs/performance.md from it and nothing else."""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.measure import Row, Run, median, ratio

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results"
PAGE = ROOT / "docs" / "performance.md"
BENCHES = ("release", "provision", "load")

HEAD = """\
# Performance

Measured by `make bench`, which writes this page: the numbers come from `bench/results/`, the words from
`bench/report.py`. Two commands are run in turn, A B A B, as whole processes with their start, and the ratio
is the middle of the pairs' ratios: it holds on a busy machine, where seconds do not. Processor seconds are
of both cores. *Delay* is what the local AWS, or the stand-in for S3, waits before every call.
"""


def keep(
    bench: str, settings: Mapping[str, Any], machine: Mapping[str, Any], rows: list[Row], **more: Any
) -> None:
    """Writes a bench's results and the page, and prints its part of it."""
    found = {
        "settings": settings,
        "machine": machine,
        "rows": [dataclasses.asdict(row) for row in rows],
        **more,
    }
    (RESULTS / f"{bench}.json").write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
    PAGE.write_text(page())
    print(f"\n{_part(bench, found).rstrip()}\n\nwritten to {PAGE.relative_to(ROOT)}")


def page() -> str:
    """The whole page, of every bench that was run."""
    kept = {bench: RESULTS / f"{bench}.json" for bench in BENCHES}
    parts = [_part(bench, json.loads(file.read_text())) for bench, file in kept.items() if file.exists()]
    return "\n".join([HEAD, *parts])


def _part(bench: str, found: Mapping[str, Any]) -> str:
    machine = found["machine"]
    busy = machine["load"] > machine["cores"]
    rows = [_row(row, busy) for row in found["rows"]]
    settings = ", ".join(
        f"{name.replace('_', ' ')} {value}" for name, value in sorted(found["settings"].items())
    )
    lines = [
        f"## `bench/{bench}`",
        "",
        f"{machine['date']}, {machine['cores']} cores, load {machine['load']} before it began; {settings}.",
        "",
        *found.get("words", ()),
    ]
    if rows:
        lines += [
            "| what | delay | seconds | processor | against | seconds | processor | ratio | wanted | |",
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
            *rows,
        ]
    return "\n".join(lines) + "\n"


def parsed(found: Mapping[str, Any]) -> Row:
    """A row as it was kept."""
    sides = {side: tuple(Run(**each) for each in found[side]) for side in ("ours", "theirs")}
    return Row(**{**found, **sides})


def _row(found: Mapping[str, Any], busy: bool) -> str:
    row = parsed(found)
    took, faster = median(row.ours), ratio(row) if row.theirs else None
    wanted, results = [], []
    if row.seconds is not None:
        wanted.append(f"at most {row.seconds:g} s")
        # Seconds on a machine that others use say little; a ratio holds there.
        results.append("met" if took <= row.seconds else "busy machine" if busy else "missed")
    if row.ratio is not None and faster is not None:
        wanted.append(f"{row.ratio:g} times faster")
        results.append("met" if faster >= row.ratio else "missed")
    cells = [
        row.what,
        f"{row.delay_ms} ms" if row.delay_ms else "none",
        f"{took:.2f}",
        f"{median(row.ours, 'cpu'):.2f}",
        row.against,
        f"{median(row.theirs):.2f}" if row.theirs else "",
        f"{median(row.theirs, 'cpu'):.2f}" if row.theirs else "",
        f"{faster:.1f}" if faster is not None else "",
        ", ".join(wanted),
        ", ".join(results),
    ]
    return "| " + " | ".join(cells) + " |"


def stale() -> list[str]:
    """The benches whose results were measured with other settings than they have now."""
    found = []
    for bench in BENCHES:
        file = RESULTS / f"{bench}.json"
        now = importlib.import_module(f"bench.{bench}").SETTINGS
        if file.exists() and json.loads(file.read_text())["settings"] != now:
            found.append(bench)
    return found


def main() -> None:
    """Writes the page, or with --check says whether it is what the results say."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    if not parser.parse_args().check:
        PAGE.write_text(page())
        return
    if not PAGE.exists() or PAGE.read_text() != page():
        sys.exit("docs/performance.md is not what bench/results/ says; to write it: scripts/generate")
    if benches := stale():
        sys.exit(f"measured with other settings: {', '.join(f'bench/{bench}' for bench in benches)}; run it")


if __name__ == "__main__":
    main()
