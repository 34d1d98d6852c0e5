"""What may be shown on a terminal: text alone, for a log's lines may be a visitor's."""

from __future__ import annotations

import re

# Colours, moves of the cursor, its title, what it answers by itself; lines and tabs stay.
COMMANDS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def plain(text: str) -> str:
    """Return `text` without what a terminal would obey instead of showing it."""
    return COMMANDS.sub("", text)
