"""A headless Chromium on two pipes: no port is opened, and it ends with the block that started it."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from outreach_ops.errors import OpsError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FOLDERS = ("/usr/bin", "/usr/local/bin", "/snap/bin")
ANSWER_SECONDS = 30.0
INSTALL = "apt-get install chromium"
# Chromium reads its orders from file 3 and answers on file 4.
PIPES = 'exec 3<&$0 4>&$1; shift; exec "$@"'


class BrowserError(OpsError):
    """Chromium is not there, does not start, or does not answer."""


def find(path: str = os.defpath, folders: Sequence[str] = FOLDERS) -> str:
    """The program, on the PATH or where Debian installs it; raises BrowserError that says what to install."""
    places = os.pathsep.join([path, *folders])
    for name in NAMES:
        if found := shutil.which(name, path=places):
            return found
    raise BrowserError("there is no Chromium on this machine", INSTALL, step="browser")


class Tab:
    """One page of a browser, driven by the DevTools protocol; `events` are all that it has told."""

    def __init__(self, orders: int, answers: int) -> None:
        self._orders, self._answers, self._rest = orders, answers, b""
        self._number, self._session = 0, ""
        self.events: list[Mapping[str, Any]] = []

    def open(self) -> None:
        """Makes the page, and asks for its errors."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> Any:
        """The result of one order; raises BrowserError when it is refused or not answered."""
        self._number += 1
        order = {"id": self._number, "method": method, "params": params}
        order |= {"sessionId": self._session} if self._session else {}
        try:
            os.write(self._orders, json.dumps(order).encode() + b"\0")
        except BrokenPipeError:
            raise _ended() from None
        deadline = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < deadline:
            message = self._read(deadline - time.monotonic())
            if message.get("id") == self._number:
                if "error" in message:
                    raise BrowserError(f"{method}: {message['error']['message']}", INSTALL, step="browser")
                return message["result"]
        raise BrowserError(f"Chromium did not answer {method}", INSTALL, step="browser")

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        done = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        return done["result"].get("value")

    def until(self, expression: str, seconds: float) -> bool:
        """Whether the expression comes to hold in time; what the page tells meanwhile is kept."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.evaluate(expression):
                return True
            self._read(0.1)
        return False

    def listen(self, seconds: float) -> None:
        """Keeps what the page tells in so long."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._read(left)

    def _read(self, seconds: float) -> Mapping[str, Any]:
        """The next message, or an empty one when there is none in time."""
        end = time.monotonic() + seconds
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._answers], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                return {}
            read = os.read(self._answers, 1 << 16)
            if not read:
                raise _ended()
            self._rest += read
        raw, _, self._rest = self._rest.partition(b"\0")
        message: Mapping[str, Any] = json.loads(raw)
        if "method" in message:
            self.events.append(message)
        return message


def _ended() -> BrowserError:
    return BrowserError("Chromium ended by itself", f"{find()} --version", step="browser")


@contextlib.contextmanager
def tab() -> Iterator[Tab]:
    """An empty page in a new browser, which keeps nothing."""
    program = find(os.environ.get("PATH", os.defpath))
    orders, our_orders = os.pipe()
    our_answers, answers = os.pipe()
    arguments = ["--headless", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu"]
    arguments += ["--disable-dev-shm-usage", "--window-size=1280,900"]
    # As root it does not start in a sandbox of its own.
    arguments += ["--no-sandbox"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="outreach-browser-", ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [
                "bash",
                "-c",
                PIPES,
                str(orders),
                str(answers),
                program,
                *arguments,
                f"--user-data-dir={profile}",
            ],
            pass_fds=(orders, answers),
            env={**os.environ, "HOME": profile},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(orders)
        os.close(answers)
        try:
            page = Tab(our_orders, our_answers)
            page.open()
            yield page
        finally:
            _end(process)
            os.close(our_orders)
            os.close(our_answers)


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, 9)
    process.wait(10)


def screenshot(page: Tab, file: Path) -> None:
    """Keeps what the page shows as a PNG."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(base64.b64decode(page.call("Page.captureScreenshot", format="png")["data"]))
