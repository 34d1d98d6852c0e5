"""What an operator sees: steps with their time, bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TextIO

from outreach_ops.terminal import plain
from outreach_ops.variables.values import Environment

if TYPE_CHECKING:
    from rich.progress import Progress

WIDTH = 15
"""Of the first column: the longest name of a function, and a space."""


class Console:
    """Writes to standard output, or `to` when machine-readable output goes there."""

    def __init__(self, to: TextIO | None = None) -> None:
        self._to = to
        self.terminal = (to or sys.stdout).isatty()
        self.seconds: dict[str, float] = {}
        self._notes: list[str] = []
        self._hidden = Environment({})

    def line(self, text: str = "") -> None:
        """One line, shown at once."""
        print(plain(self.mask(text)), file=self._to, flush=True)

    def hide(self, private: Environment) -> None:
        """From now on no line shows one of these values."""
        self._hidden = private.over(self._hidden)

    def mask(self, text: str) -> str:
        """`text` as it may be shown and recorded."""
        return self._hidden.mask(text)

    def detail(self, text: str) -> None:
        """A line below the step that is under way."""
        if text:
            self.line(f"    {text}")

    def note(self, text: str) -> None:
        """What the step under way has done, shown beside its time."""
        self._notes.append(text)

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Times a step; its line appears when it has ended well."""
        self._notes.clear()
        start = time.monotonic()
        if self.terminal:
            print(f"  {name} ...", end="\r", file=self._to, flush=True)
        yield
        spent = time.monotonic() - start
        self.seconds[name] = round(spent, 2)
        self.line(f"  {row(name, '; '.join(self._notes) or 'done'):<{WIDTH + 60}} {spent:5.1f} s")

    @contextlib.contextmanager
    def bar(self, total: int) -> Iterator[Callable[[], None]]:
        """A progress bar over `total` items on a terminal; a line a tenth elsewhere, when it takes long."""
        done = 0
        last = time.monotonic()

        def plain() -> None:
            nonlocal done, last
            done += 1
            if time.monotonic() - last > 2:
                last = time.monotonic()
                self.detail(f"{done} of {total}")

        if not self.terminal:
            yield plain
            return
        with _progress() as progress:
            task = progress.add_task("", total=total)
            yield lambda: progress.advance(task)


def _progress() -> Progress:
    # Imported here: only a terminal needs it.
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn  # noqa: PLC0415

    return Progress(BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), transient=True)


def row(name: str, text: str) -> str:
    """A line of two columns: what it is about, what there is to say of it."""
    return f"{name:<{WIDTH}}{text}"


def table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    """A plain table with `|` between columns, as wide as its content."""
    widths = [max(len(cells[column]) for cells in [header, *rows]) for column in range(len(header))]

    def render(cells: tuple[str, ...]) -> str:
        return " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()

    return [render(header), "-|-".join("-" * width for width in widths), *map(render, rows)]
