"""Small git repositories with an application in them, as developers have them."""

from __future__ import annotations

import dataclasses
import subprocess
from pathlib import Path

from fakes import opennext as output_of
from fakes.settings import SETTINGS
from outreach_ops.builds import opennext
from outreach_ops.builds.opennext import Options, Ready
from outreach_ops.builds.output import Output
from outreach_ops.settings.model import Settings

WHO = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.com", "-c", "commit.gpgsign=false")
IGNORED = "node_modules\n.next\n.open-next\nnext-env.d.ts\n.env.*\ngenerated\n*.bin\n"
LOCKFILE = """\
lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      next:
        specifier: 14.2.35
        version: 14.2.35
      '@opennextjs/aws':
        specifier: 3.9.12
        version: 3.9.12
@MORE@
packages:

  '@opennextjs/aws@3.9.12':
    peerDependencies:
      next: ^14.2.35
"""


def git(folder: Path, *arguments: str) -> str:
    """Run git as a developer does."""
    done = subprocess.run(
        ["git", "-C", str(folder), *WHO, *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit(folder: Path, message: str = "a change") -> str:
    """Commit everything in the repository at `folder`; return the commit."""
    git(folder, "add", "--all", ".")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(folder, "rev-parse", "HEAD")


def repository(folder: Path, **files: str) -> Path:
    """Make a repository with one commit; return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet", "--template=")
    for name, text in files.items():
        (folder / name).write_text(text)
    commit(folder, "first")
    return folder


@dataclasses.dataclass
class Checkout:
    """A repository whose folder `web` holds the application, and what builds of it are kept."""

    root: Path
    store: Path
    said: list[str] = dataclasses.field(default_factory=list)

    @property
    def app(self) -> Path:
        """The application's folder."""
        return self.root / "web"

    def write(self, name: str, text: str) -> Path:
        """Write a file by its path from the repository's root."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def link(self, name: str, target: str) -> None:
        """Make a link by its path from the repository's root."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)

    def depend(self, lines: str) -> None:
        """Add lines to the application's dependencies in the lockfile."""
        (self.app / "pnpm-lock.yaml").write_text(LOCKFILE.replace("@MORE@", lines))

    def commit(self) -> str:
        """Commit everything."""
        return commit(self.root)

    def build(
        self, settings: Settings = SETTINGS, *, writing: str | None = None, rebuild: bool = False
    ) -> Ready:
        """Build as a deploy does, with a step that leaves OpenNext's output and writes one more file."""

        def step(command: list[str], app: Path, _settings: Settings, _output: Output) -> None:
            if "open-next" in command:
                output_of.write(app)
                if writing is not None:
                    self.write(writing, f"written {len(self.said)}")

        options = Options(rebuild=rebuild)
        return opennext.build(settings, self.app, options, self.said.append, self.store, step=step)

    def reused(self, settings: Settings = SETTINGS) -> Ready | None:
        """Return the build that a deploy uses again, None when it builds."""
        return opennext.kept(settings, self.app, Options(), self.store)


def make(folder: Path) -> Checkout:
    """Make the checkout in `folder`, committed; its repository has files outside of the application."""
    checkout = Checkout(folder / "repository", folder / "builds")
    checkout.write("web/package.json", '{"version": "0.1.0"}')
    checkout.write("web/page.tsx", "a page")
    checkout.write("shared/theme.ts", "a theme")
    checkout.write(".gitignore", IGNORED)
    checkout.depend("")
    repository(checkout.root)
    return checkout
