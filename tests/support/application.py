"""The example applications in a git repository of its own, and changes to it as a developer makes them."""

from __future__ import annotations

import base64
import dataclasses
import hmac
import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

from outreach_ops import git
from outreach_ops.builds import artifact, opennext
from outreach_ops.builds.artifact import Artifact
from outreach_ops.settings import load_site
from outreach_ops.settings.load import ROOT

SECRETS = {
    "AUTH0_CLIENT_ID": "sentinel-client-id-5f0c",
    "AUTH0_CLIENT_SECRET": "sentinel-client-secret-9a1b",
    "AUTH0_SECRET": "sentinel-session-secret-77de",
    "TWILIO_ACCOUNT_SID": "sentinel-account-sid-1c2d",
    "TWILIO_AUTH_TOKEN": "sentinel-auth-token-3e4f",
    "TWILIO_MESSAGING_SERVICE_SID": "sentinel-messaging-sid-aa55",
    "TWILIO_FROM_NUMBER": "sentinel-number-bb66",
}
"""Values that must be found nowhere but in the server function's variables."""

COMMITTED = "2026-01-01T00:00:00Z"
"""When everything was committed."""

STORE = ROOT / ".artifacts" / "outreach-staging"
"""Where builds for staging are kept, and what the last one has said."""


@dataclasses.dataclass(frozen=True)
class Application:
    """A checkout of an example."""

    path: Path
    public: str = "public/release-notes.txt"
    """A file that names the version, too."""

    def change(self, version: str) -> None:
        """Makes it a new version, on its pages and in its public file, and commits that."""
        old = json.loads((self.path / "package.json").read_text())["version"]
        for name in ("package.json", self.public):
            file = self.path / name
            file.write_text(file.read_text().replace(old, version, 1))
        self.commit(f"v{version}")

    def built(self) -> Artifact:
        """What a build of it for staging has made."""
        settings, content = load_site("staging"), git.inspect(self.path).content
        assert content is not None
        return artifact.load(opennext.kept_in(settings, opennext.input_hash(content, settings)))

    def make_unique(self, name: str) -> None:
        """Gives it a build that no other test shares, to be built or broken at will."""
        (self.path / "whose.txt").write_text(name)
        self.commit("one of its own")

    def commit(self, message: str) -> None:
        """Commits everything; the same history is the same commit, so that tests share its build."""
        self.git("add", "--all")
        who = ("-c", "user.name=test", "-c", "user.email=test@example.com")
        self.git(*who, "commit", "--quiet", "--date", COMMITTED, "--message", message)

    def git(self, *arguments: str) -> str:
        """Runs git in the checkout."""
        done = subprocess.run(
            ["git", "-C", str(self.path), *arguments],
            env={**os.environ, "GIT_COMMITTER_DATE": COMMITTED},
            check=True,
            text=True,
            capture_output=True,
        )
        return done.stdout


def artifacts() -> list[Path]:
    """The folders of all whole artifacts of staging; another process may be making one beside them."""
    return sorted(each for each in STORE.iterdir() if re.fullmatch(r"[0-9a-f]{16}", each.name))


def make(path: Path) -> Application:
    """A copy of the example at `path`, committed as v0.1.0, with made-up secrets in its .env.local."""
    application = _committed(Application(path), "outreach")
    (path / ".env.local").write_text("".join(f"{name}={value}\n" for name, value in SECRETS.items()))
    return application


def make_handbook(path: Path) -> Application:
    """A copy of the other example at `path`, committed as v1.0.0; it has no secrets."""
    return _committed(Application(path, "public/robots.txt"), "handbook")


def _committed(application: Application, name: str) -> Application:
    left = shutil.ignore_patterns("node_modules", ".next", ".open-next", "inventory")
    shutil.copytree(ROOT / "examples" / name, application.path, ignore=left)
    application.git("init", "--quiet")
    application.commit("the example")
    return application


def token(secret: str = SECRETS["AUTH0_CLIENT_SECRET"], **claims: Any) -> str:
    """A user's token as SleepConnect signs it."""
    said = {"sub": "user", "exp": int(time.time()) + 600, "tenant_id": "00000000-0000-0000-0000-000000000001"}
    parts = [json.dumps(each).encode() for each in ({"alg": "HS256"}, {**said, **claims})]
    text = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    signature = hmac.digest(secret.encode(), text.encode(), "sha256")
    return f"{text}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"
