"""What was answered to a request, whoever was asked."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True)
class Response:
    """An answer, whole; header names are in lower case, `log` is what the function wrote meanwhile."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    log: str = ""

    @property
    def text(self) -> str:
        """The body as text, with replacement characters where it is none."""
        return self.body.decode(errors="replace")


@dataclasses.dataclass(frozen=True)
class Silence:
    """No answer, and why: it says nothing about who was asked."""

    why: str
    log: str = ""


Answer = Response | Silence


def assets_named(html: str) -> list[str]:
    """The static files of the build that a page names, in its tags and in its inlined RSC payload."""
    return sorted(set(re.findall(r"(?:/[\w-]+)*/_next/static/[\w@%~./+()\[\]-]+", html)))
