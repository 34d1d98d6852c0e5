"""Watches what new versions write into their logs, once visitors meet them."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Iterable, Sequence

from outreach_ops.aws.errors import AwsError
from outreach_ops.aws.logs import MISSING, Log
from outreach_ops.errors import OpsError

PAUSE_SECONDS = 5.0
HEARTBEAT = 6
"""Pauses between two lines that say that nothing has happened."""
LATE_SECONDS = 30.0
"""How much later than it was written a line may be found in the log."""
SHOWN = 5

ERROR = re.compile(
    r"\tERROR\t|\"level\": ?\"(ERROR|FATAL)\"|Task timed out after|Runtime exited|Runtime\.[A-Z]\w+"
    r"|\bStatus: (error|timeout)\b"
)
"""How the Node.js runtime and Lambda itself write that something went wrong, as text and as JSON."""


def errors(lines: Iterable[str], ignored: Sequence[str] = ()) -> list[str]:
    """The lines that tell of an error, except those in which one of the patterns `ignored` is found."""
    return [
        line.strip()
        for line in lines
        if ERROR.search(line) and not any(re.search(pattern, line) for pattern in ignored)
    ]


@dataclasses.dataclass(frozen=True)
class Watched:
    """A version of a function, in the log that it writes to; `shown_by` is the command that shows it."""

    log: Log
    version: str
    shown_by: str

    def errors(self, since: float, ignored: Sequence[str]) -> list[str]:
        """The errors that it has written since then; raises OpsError when there is no log to be read."""
        try:
            return errors(self.log.lines(self.version, since), ignored)
        except AwsError as error:
            if error.code != MISSING:
                raise
            raise OpsError(
                f"{self.log.function} has no log group {self.log.group}: there is nothing to watch",
                "let its role write logs, or leave --watch out",
            ) from error


def watch(
    watched: Sequence[Watched],
    since: float,
    seconds: float,
    ignored: Sequence[str],
    say: Callable[[str], None],
    sleep: Callable[[float], None],
) -> None:
    """Returns after so many seconds without an error; raises OpsError with the first ones that it finds."""
    rounds = math.ceil(seconds / PAUSE_SECONDS)
    for number in range(rounds + 1):
        # Each time a little of what was read before: lines arrive late.
        begin = max(since, since + number * PAUSE_SECONDS - LATE_SECONDS)
        for each in watched:
            if found := each.errors(begin, ignored):
                for line in found[:SHOWN]:
                    say(f"log: {line}")
                raise OpsError(
                    f"version {each.version} of {each.log.function} has written {len(found)} errors "
                    f"into its log, the first is: {found[0]}",
                    each.shown_by,
                )
        if number % HEARTBEAT == HEARTBEAT - 1:
            say(f"no error after {(number + 1) * PAUSE_SECONDS:.0f} of {seconds:.0f} s")
        if number < rounds:
            sleep(PAUSE_SECONDS)
