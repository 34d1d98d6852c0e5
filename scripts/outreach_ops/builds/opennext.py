"""Builds an application with OpenNext, once per input: an unchanged input reuses its artifact."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import hashlib
import json
import os
import re
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from outreach_ops import git
from outreach_ops.builds import application, artifact, causes, node, package
from outreach_ops.builds.artifact import Artifact
from outreach_ops.errors import OpsError
from outreach_ops.settings.load import ROOT
from outreach_ops.settings.model import Settings

PACKAGING = "5"
"""Part of every input hash: raise it when packaging makes something else of the same build."""

# Next prints one for each route that reads cookies or headers, with its stack; the route is simply dynamic.
EXPECTED = re.compile(r"Dynamic server usage|DYNAMIC_SERVER_USAGE|dynamic-server-error|DynamicServerError")
KEPT_LINES = 25
CORRECT = "correct the application, then run the command again; --verbose shows all of the output"

Say = Callable[[str], None]


@dataclasses.dataclass(frozen=True)
class Options:
    """`skip` releases the newest artifact as it is, `rebuild` ignores an artifact of the same input."""

    skip: bool = False
    rebuild: bool = False
    verbose: bool = False


@dataclasses.dataclass(frozen=True)
class Ready:
    """An artifact that can be released: where it is, and how it came about."""

    artifact: Artifact
    folder: Path
    note: str


def build(settings: Settings, app: Path, options: Options, say: Say, root: Path = ROOT) -> Ready:
    """The artifact of the application as it is now; raises OpsError with the build's last useful lines."""
    store = root / ".artifacts" / settings.host
    # By application: --skip-build must never release the artifact of another checkout.
    newest = store / f"newest-{hashlib.sha256(str(app).encode()).hexdigest()[:8]}"
    if options.skip:
        return _newest(newest, app)
    inspected = application.inspect(app)
    checkout = git.inspect(app)
    inputs = input_hash(checkout.content, settings)
    folder = kept_in(settings, inputs, root)
    with one_at_a_time(store, say):
        if folder.exists() and not options.rebuild:
            # The same files may stand in another commit since: the release is of the one that is checked out.
            found = dataclasses.replace(artifact.load(folder), commit=checkout.commit, dirty=checkout.dirty)
            ready = Ready(found, folder, f"reused: the inputs have not changed ({inputs[:8]})")
        else:
            say(f"next {inspected.next}, OpenNext {inspected.opennext}, {checkout.label}")
            run(["pnpm", "install", "--frozen-lockfile"], app, settings, say, options.verbose)
            run(["pnpm", "exec", "open-next", "build"], app, settings, say, options.verbose)
            built = package.Built(inspected.version, checkout.commit, checkout.dirty, inputs)
            made = package.package(app, settings.site, built, folder)
            ready = Ready(made, folder, f"built {made.label}")
        newest.write_text(folder.name)
    return ready


@contextlib.contextmanager
def one_at_a_time(store: Path, say: Say) -> Iterator[None]:
    """Two commands never build for one site at once: the second finds what the first has built."""
    store.mkdir(parents=True, exist_ok=True)
    with (store / "building").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting: another command builds for this site")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def kept_in(settings: Settings, inputs: str, root: Path = ROOT) -> Path:
    """Where the artifact of `inputs` is kept, once it was built."""
    return root / ".artifacts" / settings.host / inputs[:16]


def input_hash(content: str, settings: Settings) -> str:
    """What decides the build: the checkout's content, the tool versions and the build-time variables."""
    pinned = (node.TOOLS / "package-lock.json").read_text() + (ROOT / "requirements.txt").read_text()
    parts = [
        PACKAGING,
        content,
        hashlib.sha256(pinned.encode()).hexdigest(),
        json.dumps(dict(settings.variables.build), sort_keys=True),
        json.dumps([settings.site.base_path, settings.site.asset_prefix, settings.lambda_.architecture]),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def run(command: list[str], app: Path, settings: Settings, say: Say, verbose: bool) -> None:
    """Runs a step of the build; its output is shown when `verbose`, else its last lines when it fails."""
    environment = node.build_environment(settings.variables.build)
    try:
        process = subprocess.Popen(
            command,
            cwd=app,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise OpsError(f"{command[0]} could not be started: {error}", node.SETUP, step="build") from error
    last: deque[str] = deque(maxlen=KEPT_LINES)
    cause: causes.Cause | None = None
    with process:
        try:
            for line in useful(process.stdout or ()):
                last.append(line)
                cause = cause or causes.told_by(line)
                say(line if verbose else progress(line) or "")
        except BaseException:
            # pnpm starts others, which would go on and write into the same folders.
            os.killpg(process.pid, signal.SIGKILL)
            raise
    if process.returncode != 0:
        because = f", because {cause.text}" if cause else ""
        raise OpsError(
            f"`{' '.join(command)}` ended with {process.returncode}{because}; its last lines:\n  "
            + "\n  ".join(last),
            cause.fix if cause else CORRECT,
            step="build",
        )


def useful(lines: Iterable[str]) -> Iterator[str]:
    """The lines that a reader needs: without blank ones and the expected `Dynamic server usage` reports."""
    skipping = False
    for line in lines:
        text = line.rstrip()
        if EXPECTED.search(text):
            skipping = True
        elif skipping and re.match(r"\s+(at |digest:|description:)|\s*\}?$", text):
            skipping = text.strip() != "}"
        else:
            skipping = False
            if text.strip():
                yield text


def progress(line: str) -> str | None:
    """The words of a build line that tell where it is, None for the rest."""
    text = line.strip(" ▲✓.")
    if (part := re.search(r"\((\d+)/(\d+)\)", text)) and part[1] != part[2]:
        return None
    known = (
        "Creating an optimized",
        "Compiled",
        "Linting",
        "Collecting",
        "Generating static",
        "Bundling",
        "Building",
    )
    return text if text.startswith((*known, "Installing dependencies")) else None


def _newest(pointer: Path, app: Path) -> Ready:
    try:
        folder = pointer.parent / pointer.read_text()
    except OSError:
        raise OpsError(
            f"--skip-build: there is no artifact of {app} for this site yet",
            "leave --skip-build out",
            step="build",
        ) from None
    found = artifact.load(folder)
    return Ready(found, folder, f"skipped: releasing {found.label} as it was built")
