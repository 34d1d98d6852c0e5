"""Puts a site's checks to whoever answers for a release, until each is decided."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from outreach_ops.errors import OpsError
from outreach_ops.parallel import each
from outreach_ops.proof.answers import Answer, Response, Silence, assets_named
from outreach_ops.proof.judge import Judgement, Mask, conclude, judge
from outreach_ops.proof.viewer import Viewer
from outreach_ops.settings.verify import Check

PAUSE_SECONDS = 1.5


class UnprovenError(OpsError):
    """A check has failed, or could not be decided; `log` is what the function wrote, where that is known."""

    def __init__(self, judged: Judgement, fix: str) -> None:
        super().__init__(judged.reason, fix)
        self.log = judged.log


class Asker(Protocol):
    """Where answers come from."""

    def ask(self, check: Check) -> Answer:
        """The answer to one check."""

    def file(self, path: str) -> Answer:
        """The answer for a static file that a page names."""

    def fix(self, check: Check) -> str:
        """What an operator types to see for himself."""


def verify(
    asker: Asker,
    checks: Sequence[Check],
    version: str,
    mask: Mask = str,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """How many answers were as they must be; raises UnprovenError for the first check that is not passed."""
    right = 0
    for check in checks:
        attempts: list[Judgement] = []
        while (decided := conclude(check, attempts)) is None:
            if attempts and attempts[-1].verdict != "passed":
                # An edge may be a moment behind.
                sleep(PAUSE_SECONDS * len(attempts))
            answer = asker.ask(check)
            named = assets_named(answer.text) if check.assets and isinstance(answer, Response) else []
            files = dict(each(asker.file, named, workers=8))
            attempts.append(judge(check, version, answer, files, mask))
            right += (1 + len(files)) * (attempts[-1].verdict == "passed")
        if decided.verdict != "passed":
            raise UnprovenError(decided, asker.fix(check))
    return right


class Through:
    """Asks as visitors do: through CloudFront."""

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer

    def ask(self, check: Check) -> Answer:
        """The site's answer to one check."""
        try:
            return self._viewer.fetch(check.path, check.method, check.sent_headers, check.body or None)
        except OpsError as error:
            return Silence(error.cause)

    def file(self, path: str) -> Answer:
        """The site's answer for a static file."""
        return self.ask(Check(path))

    def fix(self, check: Check) -> str:
        """The same request by hand."""
        return f"curl -v {self._viewer.base_url}{check.path}"
