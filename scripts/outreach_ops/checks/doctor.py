"""Whether this machine can deploy: tools, credentials, and the application's versions."""

from __future__ import annotations

import datetime
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from outreach_ops.aws import caller
from outreach_ops.aws.caller import Identity
from outreach_ops.builds import application, node
from outreach_ops.errors import OpsError, UsageError
from outreach_ops.finding import Finding, failure, ok, warning
from outreach_ops.settings.model import Settings

OLDEST = (3, 11)
SOON = datetime.timedelta(minutes=30)
"""A deploy with a build takes minutes; credentials that end before it does leave it half-way."""

TOOLS: Mapping[str, tuple[str, str]] = {
    "node": (r"v(2[0-9]|[3-9]\d)\.", node.SETUP),
    "pnpm": (r"([89]|1\d)\.", node.SETUP),
    "git": (r"git version ", "install git"),
}
"""Each tool's accepted version, and how to come by it."""


def run(settings: Settings, app: Path, environ: Mapping[str, str] = os.environ) -> list[Finding]:
    """Every finding; `app` is where the checkout should be."""
    path = node.build_environment({}, environ)["PATH"]
    tools = [judge_tool(name, _version(name, path), *TOOLS[name]) for name in TOOLS]
    return [
        judge_python(sys.version_info[:2]),
        *tools,
        _credentials(settings, environ),
        judge_gh(*_gh(environ.get("PATH", ""))),
        _application(app),
    ]


def judge_python(version: tuple[int, ...]) -> Finding:
    """The oldest Python that the toolkit runs on."""
    shown = ".".join(map(str, version))
    if version < OLDEST:
        return failure("python", f"{shown} is too old", "make setup PYTHON=python3.11")
    return ok("python", shown)


def judge_tool(name: str, said: str | None, pattern: str, fix: str) -> Finding:
    """A tool of the build, by what it says of its version."""
    if said is None:
        return failure(name, "is not there, or does not run", fix)
    if not re.match(pattern, said):
        return failure(name, f"{said} is not a version that builds the application", fix)
    return ok(name, said)


def judge_credentials(settings: Settings, who: Identity, now: datetime.datetime, login: str) -> Finding:
    """They must be of the environment's account, and last as long as a deploy."""
    if who.account != settings.site.account_id:
        return failure(
            "credentials",
            f"of account {who.account}, the inventory says {settings.site.account_id}",
            "log in to the account of this environment",
        )
    if who.expires is not None and who.expires - now < SOON:
        return warning("credentials", f"{who.arn}, until {who.expires:%H:%M} UTC", login)
    until = "" if who.expires is None else f", until {who.expires:%Y-%m-%d %H:%M} UTC"
    return ok("credentials", f"{who.arn}{until}")


def judge_gh(installed: bool, problem: str) -> Finding:
    """Only the check of GitHub's secrets needs it."""
    if not installed:
        return warning("gh", "is not installed: GitHub's secrets are not looked at", "install gh")
    if problem:
        return warning("gh", problem, "gh auth login")
    return ok("gh", "logged in")


def login(environ: Mapping[str, str]) -> str:
    """The command that starts a new session."""
    profile = environ.get("AWS_PROFILE", "")
    return f"aws sso login --profile {profile}" if profile else "aws sso login"


def _credentials(settings: Settings, environ: Mapping[str, str]) -> Finding:
    try:
        who = caller.identity(settings.site.region)
    except OpsError as error:
        fix = login(environ) if error.fix == caller.SSO_LOGIN else error.fix
        return failure("credentials", error.cause, fix)
    return judge_credentials(settings, who, datetime.datetime.now(datetime.UTC), login(environ))


def _application(app: Path) -> Finding:
    if not app.is_dir():
        return failure("application", f"there is no checkout at {app}", "name it: --app=PATH")
    try:
        found = application.inspect(app)
    except UsageError as error:
        return failure("application", error.cause, error.fix)
    return ok("application", f"v{found.version}, Next {found.next}, OpenNext {found.opennext}")


def _version(name: str, path: str) -> str | None:
    try:
        done = subprocess.run(
            [shutil.which(name, path=path) or name, "--version"],
            env={"PATH": path, "HOME": str(Path.home())},
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return (done.stdout.strip().splitlines() or [""])[0]


def _gh(path: str) -> tuple[bool, str]:
    """Whether gh is there, and what keeps it from being used."""
    program = shutil.which("gh", path=path)
    if program is None:
        return False, ""
    try:
        done = subprocess.run(
            [program, "auth", "status"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.SubprocessError) as error:
        return True, type(error).__name__
    return True, "" if done.returncode == 0 else "is not logged in"
