"""Navigation in a real Chromium, over pages that are well and over pages that only a browser sees failing."""

from __future__ import annotations

import dataclasses
import http.server
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from fakes.settings import SETTINGS
from outreach_ops.finding import Finding
from outreach_ops.journey import browser
from outreach_ops.journey.chromium import BrowserError, Tab
from outreach_ops.journey.traveller import Journey
from outreach_ops.proof.viewer import Viewer

HEAD = "<!doctype html><link rel=icon href='data:,'>"
FIRST = f"{HEAD}<h1>First</h1><a href='/second'>on</a>"


class Site(http.server.BaseHTTPRequestHandler):
    """Two pages as each test has them; all else is 404."""

    pages: ClassVar[dict[str, str]] = {}

    def do_GET(self) -> None:
        found = self.pages.get(self.path, "")
        self.send_response(200 if found else 404)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(found.encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def navigated(address: str, shots: Path, first: str = "", second: str = "") -> Finding:
    Site.pages = {"/first": f"{FIRST}{first}", "/second": f"{HEAD}<h1>Second</h1>{second}"}
    verify = dataclasses.replace(SETTINGS.verify, pages=("/first", "/second"))
    enters: Any = Viewer(address)
    settings = dataclasses.replace(SETTINGS, verify=verify)
    aws: Any = None
    (found,) = browser.navigation(Journey(aws, settings, enters, enters, ""), shots)
    return found


def test_two_quiet_pages_are_well_and_a_picture_is_kept(address: str, tmp_path: Path) -> None:
    found = navigated(address, tmp_path)
    assert (found.level, "2 pages in Chromium" in found.cause) == ("ok", True)
    (picture,) = tmp_path.glob("*.png")
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("<script>throw new Error('at once')</script>", "at once"),
        ("<script>console.error('in words')</script>", "in words"),
        ("<script>fetch('/lost.json')</script>", "/lost.json"),
        ("<img src=/lost.png>", "/lost.png"),
    ],
)
def test_what_only_the_console_tells_is_a_failure(
    address: str, tmp_path: Path, wrong: str, says: str
) -> None:
    found = navigated(address, tmp_path, second=wrong)
    assert (found.level, says in found.cause) == ("failure", True), found


def test_a_page_is_not_left_before_it_could_tell(address: str, tmp_path: Path) -> None:
    late = "<script>onload = () => setTimeout(() => console.error('a little later'), 100)</script>"
    found = navigated(address, tmp_path, first=late)
    assert (found.level, "a little later" in found.cause) == ("failure", True), found


def test_a_browser_that_ends_is_an_error_and_not_the_end_of_the_command() -> None:
    read, orders = os.pipe()
    answers, write = os.pipe()
    os.close(read)
    os.close(write)
    with pytest.raises(BrowserError, match="ended by itself"):
        Tab(orders, answers).call("Page.navigate", url="about:blank")
    os.close(orders)
    os.close(answers)
