"""The names of GitHub's secrets, through gh when it is there; GitHub never shows their values."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Collection
from pathlib import Path

from outreach_ops.checks.subject import Subject
from outreach_ops.confirm import PRODUCTION
from outreach_ops.finding import Finding, failure, ok, warning
from outreach_ops.git.command import without_git
from outreach_ops.settings.model import Settings

SECONDS = 20


def secrets(subject: Subject) -> Finding:
    """Whether CI would have every variable that no inventory holds."""
    if shutil.which("gh") is None:
        return warning("github", "gh is not installed: the secrets were not looked at", "install gh")
    environment = subject.settings.site.environment
    try:
        # An environment's own secrets come on top of the repository's.
        shared, own = _names(subject.app), _environments(subject.app, environment)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return warning("github", f"gh did not list the secrets: {_said(error)}", "gh auth login")
    return judge(subject.settings, shared, own)


def judge(settings: Settings, shared: Collection[str], own: Collection[str]) -> Finding:
    """By name, those of the repository and the environment's own; a missing one ends CI's next deploy."""
    found = {*shared, *own}
    needed = [each for each in settings.variables.runtime if each.value is None]
    required = [each.name for each in needed if each.required and each.name not in found]
    optional = [each.name for each in needed if not each.required and each.name not in found]
    environment = settings.site.environment
    if required:
        fix = f"gh secret set {required[0]} --env {environment}"
        return failure("github", f"GitHub has no secret {', '.join(required)}", fix)
    if optional:
        fix = f"gh secret set {optional[0]} --env {environment}"
        return warning("github", f"GitHub has no secret {', '.join(optional)}, which may be left out", fix)
    borrowed = [each.name for each in needed if each.name not in own]
    if settings.site.stage == PRODUCTION and borrowed:
        fix = f"gh secret set {borrowed[0]} --env {environment}"
        cause = f"the repository's own {', '.join(borrowed)}, which are staging's, would be production's"
        return warning("github", cause, fix)
    return ok("github", f"all {len(needed)} secrets are there")


def _environments(app: Path, environment: str) -> set[str]:
    """The environment's own secrets: none when GitHub has no such environment, as staging may not."""
    try:
        return _names(app, "--env", environment)
    except subprocess.CalledProcessError as error:
        if "HTTP 404" in error.stderr:
            return set()
        raise


def _names(app: Path, *flags: str) -> set[str]:
    listed = subprocess.run(
        ["gh", "secret", "list", "--json", "name", *flags],
        cwd=app,
        env=without_git(),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    return {str(each["name"]) for each in json.loads(listed.stdout)}


def _said(error: Exception) -> str:
    text = str(getattr(error, "stderr", "") or error).strip()
    return text.splitlines()[-1] if text else type(error).__name__
