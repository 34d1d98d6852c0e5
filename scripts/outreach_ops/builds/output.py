"""What a build says: shown as far as it is of use, kept whole in a file, and told when it has failed."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from outreach_ops.builds import causes
from outreach_ops.errors import OpsError

# Next prints one for each route that reads cookies or headers, with its stack; the route is simply dynamic.
EXPECTED = re.compile(r"Dynamic server usage|DYNAMIC_SERVER_USAGE|dynamic-server-error|DynamicServerError")
KEPT_LINES = 25

Say = Callable[[str], None]


class Output:
    """The output of one build; `mask` takes secrets out of what is kept, as `say` does with what is shown."""

    def __init__(self, say: Say, verbose: bool, file: Path, mask: Callable[[str], str] = str) -> None:
        self._say, self._verbose, self._file, self._mask = say, verbose, file, mask
        self._last: deque[str] = deque(maxlen=KEPT_LINES)
        self._cause: causes.Cause | None = None
        self._telling = ""
        file.write_text("")

    def follow(self, lines: Iterable[str]) -> None:
        """Reads the output of a step to its end."""
        for line in useful(self._kept(lines)):
            self._last.append(line)
            if self._cause is None and (found := causes.told_by(line)) is not None:
                self._cause, self._telling = found, line
            self._say(line if self._verbose else progress(line) or "")

    def failed(self, command: str, code: int) -> OpsError:
        """Why a step has failed: the line that tells its cause, however long ago, and the last ones."""
        early = [self._telling, "..."] if self._telling and self._telling not in self._last else []
        because = f", because {self._cause.text}" if self._cause else ""
        said = f"`{command}` ended with {code}{because}; all that it said is in {self._file}, its last lines:"
        fix = self._cause.fix if self._cause else "correct the application, then run the command again"
        return OpsError("\n  ".join([said, *early, *self._last]), fix, step="build")

    def _kept(self, lines: Iterable[str]) -> Iterator[str]:
        with self._file.open("a", encoding="utf-8") as file:
            for line in lines:
                file.write(self._mask(line))
                yield line


def useful(lines: Iterable[str]) -> Iterator[str]:
    """The lines that a reader needs: without blank ones and the expected `Dynamic server usage` reports."""
    skipping = False
    for line in lines:
        text = line.rstrip()
        if EXPECTED.search(text):
            skipping = True
        elif skipping and re.match(r"\s+(at |digest:|description:)|\s*\}?$", text):
            skipping = text.strip() != "}"
        else:
            skipping = False
            if text.strip():
                yield text


def progress(line: str) -> str | None:
    """The words of a build line that tell where it is, None for the rest."""
    text = line.strip(" ▲✓.")
    if (part := re.search(r"\((\d+)/(\d+)\)", text)) and part[1] != part[2]:
        return None
    known = (
        "Creating an optimized",
        "Compiled",
        "Linting",
        "Collecting",
        "Generating static",
        "Bundling",
        "Building",
    )
    return text if text.startswith((*known, "Installing dependencies")) else None
