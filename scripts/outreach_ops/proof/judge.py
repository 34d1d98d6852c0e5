"""Whether answers prove a release: one judge for those before the traffic and those through CloudFront."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from outreach_ops.proof.answers import Answer, Silence, assets_named
from outreach_ops.settings.verify import Check

Verdict = Literal["passed", "failed", "inconclusive"]

BUSY = (429, 503, 504)
"""How CloudFront and Lambda answer in the application's place: throttled, or waited in vain."""
HEAD = 300
"""Characters of an answer that are shown."""

Mask = Callable[[str], str]
"""Takes secret values out of a text."""


@dataclasses.dataclass(frozen=True)
class Judgement:
    """What one or several attempts prove; `reason` says why not, `log` what the function wrote meanwhile."""

    verdict: Verdict
    reason: str = ""
    log: str = ""


PASSED = Judgement("passed")


def judge(
    check: Check, version: str, answer: Answer, files: Mapping[str, Answer], mask: Mask = str
) -> Judgement:
    """One attempt; `files` are those that the page names, when the check is for them too."""
    asked = f"{check.method} {check.path}"
    if isinstance(answer, Silence):
        return Judgement("inconclusive", f"{asked} had no answer: {mask(answer.why)}", answer.log)
    pattern = check.body_pattern(version)
    if answer.status != check.status:
        verdict: Verdict = "inconclusive" if answer.status in BUSY else "failed"
        wrong = f"{check.status} was expected"
    elif not re.search(pattern, answer.text):
        verdict, wrong = "failed", f"a body like {pattern!r} was expected"
    elif check.assets:
        return dataclasses.replace(_files(check, answer.text, files), log=answer.log)
    else:
        return PASSED
    # Masked before it is cut: half a secret is one too.
    begins = mask(answer.text).strip().replace("\n", " ")[:HEAD]
    reason = f"{asked} answered {answer.status}, {wrong}; the answer begins: {begins!r}"
    return Judgement(verdict, reason, answer.log)


def _files(check: Check, page: str, files: Mapping[str, Answer]) -> Judgement:
    if not assets_named(page):
        return Judgement("failed", f"{check.path} names no static file")
    unknown = ""
    for path in assets_named(page):
        answer = files.get(path, Silence("nobody was asked"))
        if isinstance(answer, Silence):
            unknown = f"{check.path} names {path}, for which there was no answer: {answer.why}"
        elif answer.status in BUSY:
            unknown = f"{check.path} names {path}, for which the answer was {answer.status}"
        elif answer.status != 200:
            return Judgement("failed", f"{check.path} names {path}, which answers {answer.status}")
    return Judgement("inconclusive", unknown) if unknown else PASSED


def conclude(check: Check, attempts: Sequence[Judgement]) -> Judgement | None:
    """What the attempts at a check prove together; None as long as another one may decide it."""
    passed = sum(each.verdict == "passed" for each in attempts)
    if passed >= check.passes:
        return PASSED
    if passed + check.attempts - len(attempts) >= check.passes:
        return None
    last = next(each for each in reversed(attempts) if each.verdict != "passed")
    if not passed and all(each.verdict == "failed" for each in attempts):
        return last
    counted = f"{passed} of {len(attempts)} attempts passed, {check.passes} are needed"
    return Judgement("inconclusive", f"inconclusive, which is no pass: {counted}; {last.reason}", last.log)
