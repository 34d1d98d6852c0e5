"""Visitors at a steady rate: each opens a page and all that it names, and looks whose files those are."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import itertools
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from outreach_ops.builds.artifact import Artifact
from outreach_ops.errors import OpsError
from outreach_ops.proof.answers import assets_named
from outreach_ops.proof.viewer import Response, Viewer

PAGES = ("/outreach", "/outreach/about", "/outreach/notes")
VERSION = re.compile(r'data-version="[^"]*">v([^<]*)<')
TOGETHER = 12
"""Visitors at the same time; enough that nobody waits for a slow one."""

Files = Mapping[str, str]
"""The SHA-256 of every hashed file of a release, by the path that a page names."""


def files(released: Artifact) -> Files:
    """What the pages of a release may name."""
    return {asset.key.removeprefix("_assets"): asset.sha256 for asset in released.of_kind("hashed")}


@dataclasses.dataclass
class Seen:
    """What all visitors met so far."""

    requests: int = 0
    pages: Counter[str] = dataclasses.field(default_factory=Counter)
    named: dict[str, set[str]] = dataclasses.field(default_factory=dict)
    """The files that the pages of each version name."""
    failures: list[str] = dataclasses.field(default_factory=list)
    seconds: list[float] = dataclasses.field(default_factory=list)
    latest: float = 0.0
    """By how many seconds a visit began after its time, at most."""

    @property
    def own(self) -> dict[str, set[str]]:
        """The files of each version that no other version's pages name."""
        return {
            version: files.difference(*(each for other, each in self.named.items() if other != version))
            for version, files in self.named.items()
        }


class Visitors:
    """Visits of one site; `releases` are the files of each version that may be live."""

    def __init__(self, site: Viewer, releases: Mapping[str, Files]) -> None:
        self._site, self._releases = site, releases
        self._lock = threading.Lock()
        self.seen = Seen()

    @contextlib.contextmanager
    def coming(self, visits_a_second: float, most: int, limit_seconds: float) -> Iterator[Seen]:
        """Visits while the body runs, until `most` requests or the limit; all are over when this returns."""
        ended = threading.Event()
        door = threading.Thread(target=self._come, args=(1 / visits_a_second, most, limit_seconds, ended))
        door.start()
        try:
            yield self.seen
        finally:
            ended.set()
            door.join()

    def _come(self, pause: float, most: int, limit_seconds: float, ended: threading.Event) -> None:
        began = time.monotonic()
        with ThreadPoolExecutor(TOGETHER) as visitors:
            for number, page in enumerate(itertools.cycle(PAGES)):
                due = began + number * pause
                if ended.wait(max(0.0, due - time.monotonic())) or self.seen.requests >= most:
                    return
                if time.monotonic() - began > limit_seconds:
                    return
                visitors.submit(self._visit, page, due)

    def _visit(self, page: str, due: float) -> None:
        late = time.monotonic() - due
        problems, seconds, version = [], [], "none"
        try:
            answer = self._timed(page, seconds)
            found = VERSION.search(answer.text)
            version = found[1] if found else "none"
            if answer.status != 200 or version not in self._releases:
                problems.append(f"{page}: {answer.status}, version {version}")
            else:
                problems += self._assets(page, answer.text, version, seconds)
        except OpsError as error:
            problems.append(f"{page}: {error.cause}")
        with self._lock:
            self.seen.requests += len(seconds)
            self.seen.seconds += seconds
            self.seen.failures += problems
            self.seen.pages[version] += 1
            self.seen.latest = max(self.seen.latest, late)

    def _assets(self, page: str, html: str, version: str, seconds: list[float]) -> list[str]:
        named, known = assets_named(html), self._releases[version]
        with self._lock:
            self.seen.named.setdefault(version, set()).update(named)
        problems = [] if named else [f"{page} names no file"]
        for path in named:
            answer = self._timed(path, seconds)
            if answer.status != 200:
                problems.append(f"{page} names {path}: {answer.status}")
            elif path not in known:
                problems.append(f"{page} names {path}, which is not its release's")
            elif hashlib.sha256(answer.body).hexdigest() != known[path]:
                problems.append(f"{page} names {path}, which has another release's content")
        return problems

    def _timed(self, path: str, seconds: list[float]) -> Response:
        began = time.monotonic()
        try:
            return self._site.fetch(path)
        finally:
            seconds.append(time.monotonic() - began)
