"""The command lines of the runbook, as an operator reads them."""

from __future__ import annotations

import dataclasses
import re

from outreach_ops.settings.load import ROOT

RUNBOOK = ROOT / "docs" / "runbook.md"
REAL_ONLY = re.compile(r"real AWS only", re.IGNORECASE)
PROGRAM = re.compile(
    r"(?:[A-Z_]+=\S+ )?(invoke|ansible-playbook|make|aws|source|eval|cp|some-vault|gh|curl|scripts/\w+)\b"
)


@dataclasses.dataclass(frozen=True)
class Line:
    """A command without its comment; `real_only` when the paragraph before its block says so."""

    chapter: str
    text: str
    real_only: bool


def lines(text: str) -> list[Line]:
    """Every command of every block; blocks that begin with no command show what a command prints."""
    found: list[Line] = []
    chapter, paragraph = "", ""
    for block in re.split(r"\n\s*\n", text):
        if block.startswith("    "):
            if PROGRAM.match(block.strip()):
                commands = re.sub(r"\\\n\s+", "", block).splitlines()
                stripped = [re.sub(r"\s+# .*", "", each).strip() for each in commands]
                found += [Line(chapter, each, bool(REAL_ONLY.search(paragraph))) for each in stripped]
        else:
            headings = re.findall(r"^#+ (.*)$", block, re.MULTILINE)
            chapter, paragraph = (headings[-1], "") if headings else (chapter, block)
    return found
