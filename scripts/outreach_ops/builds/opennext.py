"""Builds an application with OpenNext, once per input: what is known to be unchanged reuses its artifact."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import hashlib
import json
import os
import secrets
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from outreach_ops import git, paths
from outreach_ops.builds import application, artifact, node, package
from outreach_ops.builds.artifact import Artifact
from outreach_ops.builds.output import Output, Say
from outreach_ops.errors import OpsError
from outreach_ops.settings.load import ROOT
from outreach_ops.settings.model import Settings

PACKAGING = "5"
"""Part of every input hash: raise it when packaging makes something else of the same build."""
COMMANDS = (["pnpm", "install", "--frozen-lockfile"], ["pnpm", "exec", "open-next", "build"])
MOST_EXPLAINED = 5


Step = Callable[[list[str], Path, Settings, Output], None]
"""Runs one command of a build in the application's folder."""


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
    differences: tuple[git.Difference, ...] = ()
    """Why its commit alone does not say what it was built of."""


def build(
    settings: Settings,
    app: Path,
    options: Options,
    say: Say,
    root: Path = ROOT,
    mask: Callable[[str], str] = str,
    step: Step | None = None,
) -> Ready:
    """The artifact of the application as it is now; raises OpsError with the build's last useful lines.

    All that a build says is kept beside the artifacts, without what `mask` takes out.
    """
    if options.skip:
        return _newest(_pointer(settings, app, root), app)
    store = root / ".artifacts" / settings.host
    with one_at_a_time(store, say):
        inspected, checkout = application.inspect(app), git.inspect(app)
        ready = None if options.rebuild else _reused(checkout, settings, root)
        if ready is None:
            say(f"next {inspected.next}, OpenNext {inspected.opennext}, {checkout.label}")
            _explain(checkout.differences, say)
            output = Output(say, options.verbose, store / "build.log", mask)
            for command in COMMANDS:
                (step or run)(command, app, settings, output)
            after = checkout.built(git.inspect(app))
            _explain(after.differences[len(checkout.differences) :], say, after.unknown)
            ready = _packaged(settings, inspected, after, root)
        _pointer(settings, app, root).write_text(ready.folder.name)
    return ready


def kept(settings: Settings, app: Path, options: Options, root: Path = ROOT) -> Ready | None:
    """What `build` gives when there is nothing to build, at once; None when it has more to do or to say."""
    try:
        if options.skip:
            return _newest(_pointer(settings, app, root), app)
        application.inspect(app)
        return None if options.rebuild else _reused(git.inspect(app), settings, root)
    except (OpsError, OSError):
        return None


def _pointer(settings: Settings, app: Path, root: Path) -> Path:
    # By application: --skip-build must never release the artifact of another checkout.
    name = f"newest-{hashlib.sha256(str(app).encode()).hexdigest()[:8]}"
    return root / ".artifacts" / settings.host / name


def _reused(checkout: git.Checkout, settings: Settings, root: Path) -> Ready | None:
    """Return the artifact of just this checkout, None when there is none or the checkout cannot be told."""
    if checkout.content is None:
        return None
    inputs = input_hash(checkout.content, settings)
    folder = kept_in(settings, inputs, root)
    if not folder.exists():
        return None
    return Ready(artifact.load(folder), folder, f"reused: the inputs have not changed ({inputs[:8]})")


def _explain(differences: Sequence[git.Difference], say: Say, unknown: str = "") -> None:
    for found in differences[:MOST_EXPLAINED]:
        say(f"dirty: {found.what}; {found.fix}")
    if len(differences) > MOST_EXPLAINED:
        say(f"dirty for {len(differences) - MOST_EXPLAINED} more reasons")
    if unknown:
        say(f"this build is not used again: {unknown}")


def _packaged(
    settings: Settings, inspected: application.Application, checkout: git.Checkout, root: Path
) -> Ready:
    # What cannot be told gets a name of its own, by which no build finds it.
    inputs = input_hash(checkout.content or secrets.token_hex(), settings)
    folder = kept_in(settings, inputs, root)
    built = package.Built(inspected.version, checkout.commit, checkout.dirty, inputs)
    made = package.package(inspected.path, settings.site, built, folder)
    return Ready(made, folder, f"built {made.label}", checkout.differences)


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


def input_hash(content: str, settings: Settings, tools: Path = node.TOOLS) -> str:
    """What decides the build: the checkout's content, the tool versions and the build-time variables."""
    pinned = (tools / "package-lock.json").read_text() + (ROOT / "requirements.txt").read_text()
    parts = [
        PACKAGING,
        content,
        *node.versions(tools),
        hashlib.sha256(pinned.encode()).hexdigest(),
        json.dumps(dict(settings.variables.build), sort_keys=True),
        json.dumps([settings.site.base_path, settings.site.asset_prefix, settings.lambda_.architecture]),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def run(command: list[str], app: Path, settings: Settings, output: Output) -> None:
    """Runs a step of the build; raises OpsError with what `output` knows of its failure."""
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
    with process:
        try:
            output.follow(process.stdout or ())
        except BaseException:
            # pnpm starts others, which would go on and write into the same folders.
            os.killpg(process.pid, signal.SIGKILL)
            raise
    if process.returncode != 0:
        raise output.failed(" ".join(command), process.returncode)


def _newest(pointer: Path, app: Path) -> Ready:
    try:
        folder = pointer.parent / paths.relative(pointer.read_text())
    except (OSError, ValueError):
        raise OpsError(
            f"--skip-build: there is no artifact of {app} for this site yet",
            "leave --skip-build out",
            step="build",
        ) from None
    found = artifact.load(folder)
    return Ready(found, folder, f"skipped: releasing {found.label} as it was built")
