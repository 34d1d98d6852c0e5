"""The example application in a git repository of its own, and changes to it as a developer makes them."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
from pathlib import Path

from outreach_ops.settings.load import ROOT

SECRETS = {
    "AUTH0_CLIENT_ID": "sentinel-client-id-5f0c",
    "AUTH0_CLIENT_SECRET": "sentinel-client-secret-9a1b",
    "AUTH0_SECRET": "sentinel-session-secret-77de",
    "TWILIO_ACCOUNT_SID": "sentinel-account-sid-1c2d",
    "TWILIO_AUTH_TOKEN": "sentinel-auth-token-3e4f",
    "TWILIO_MESSAGING_SERVICE_SID": "sentinel-messaging-sid-aa55",
}
"""Values that must be found nowhere but in the server function's variables."""


@dataclasses.dataclass(frozen=True)
class Application:
    """A checkout of the example."""

    path: Path

    def change(self, version: str) -> None:
        """Makes it a new version, on its pages and in its public file, and commits that."""
        for name in ("package.json", "public/release-notes.txt"):
            file = self.path / name
            text = file.read_text()
            old = next(word for word in ("0.1.0", "0.1.1") if word in text)
            file.write_text(text.replace(old, version, 1))
        self.commit(f"v{version}")

    def commit(self, message: str) -> None:
        """Commits everything."""
        self.git("add", "--all")
        who = ("-c", "user.name=test", "-c", "user.email=test@example.com")
        self.git(*who, "commit", "--quiet", "--message", message)

    def git(self, *arguments: str) -> str:
        """Runs git in the checkout."""
        done = subprocess.run(
            ["git", "-C", str(self.path), *arguments], check=True, text=True, capture_output=True
        )
        return done.stdout


def make(path: Path) -> Application:
    """A copy of the example at `path`, committed as v0.1.0, with made-up secrets in its .env.local."""
    shutil.copytree(ROOT / "examples" / "outreach", path)
    application = Application(path)
    application.git("init", "--quiet")
    application.commit("v0.1.0")
    (path / ".env.local").write_text("".join(f"{name}={value}\n" for name, value in SECRETS.items()))
    return application
