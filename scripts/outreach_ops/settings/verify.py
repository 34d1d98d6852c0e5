"""What proves a release, as the inventory has it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Annotated, Literal

from outreach_ops.settings.formats import Attempts, Range, UrlTarget


@dataclasses.dataclass(frozen=True)
class Check:
    """A request whose answer proves a release: `passes` of at most `attempts` must be as they should.

    `pattern` is looked for in the body; `{version}` in it is the release's version. With `assets` every
    static file that the page names must be there too.
    """

    path: UrlTarget
    method: Literal["GET", "POST"] = "GET"
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    body: str = ""
    status: Annotated[int, Range(100, 599, "as a status")] = 200
    pattern: str = ""
    assets: bool = False
    passes: Attempts = 2
    attempts: Attempts = 4

    def __post_init__(self) -> None:
        if self.passes > self.attempts:
            raise ValueError(f"passes: {self.passes} of {self.attempts} attempts cannot be")
        try:
            re.compile(self.body_pattern("0"))
        except re.error as error:
            raise ValueError(f"pattern: {self.pattern!r} is no regular expression: {error}") from error

    @property
    def sent_headers(self) -> dict[str, str]:
        """The headers of the request, in lower case; a body is JSON unless they say otherwise."""
        given = {name.lower(): value for name, value in self.headers.items()}
        return {"content-type": "application/json", **given} if self.body else given

    def body_pattern(self, version: str) -> str:
        """What must be found in the body of the release `version`."""
        return self.pattern.replace("{version}", re.escape(version))


@dataclasses.dataclass(frozen=True)
class User:
    """The made-up user of `invoke verify`: a tenant and practice for tests, and no person."""

    tenant_id: str
    practice_id: str
    sax_id: int


@dataclasses.dataclass(frozen=True)
class Verify:
    """What proves a release: its checks, and a log without errors but those with one of these patterns.

    And what `invoke verify` asks as `user`: `pages`, the `templates` route, one that gives JSON back
    (`echo`), a page with a server action (`form`), an address that redirects. An empty one is left out.
    """

    checks: tuple[Check, ...]
    watch_ignored: tuple[str, ...] = ()
    user: User | None = None
    pages: tuple[UrlTarget, ...] = ()
    templates: str = ""
    echo: str = ""
    form: str = ""
    redirect: str = ""
