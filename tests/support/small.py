"""The smallest application that is a release: all four functions, hashed and public files, an ISR page."""

from __future__ import annotations

import dataclasses
import functools
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

from outreach_ops.builds import artifact
from outreach_ops.builds.artifact import Artifact, Asset, Kind, Package
from outreach_ops.settings import load_site
from outreach_ops.settings.cloudfront import Behaviour
from outreach_ops.settings.model import Settings
from outreach_ops.settings.verify import Check, Verify

STATIC = "_assets/outreach-static/_next/static"
PUBLIC = "_assets/outreach"
HANDLER = """
const version = VERSION, assets = ASSETS;
const page = `<p>version ${version}</p>` + assets.map((each) => `<script src="${each}"></script>`).join("");
export const handler = async (event) => event.rawPath.startsWith("/outreach/api/")
  ? { statusCode: 200, headers: { "content-type": "application/json" }, body: JSON.stringify({ version }) }
  : { statusCode: 200, headers: { "content-type": "text/html" }, body: page };
"""
# They are asked by Lambda alone: to fill the tag table, or with messages of the queue.
BESIDE = "export const handler = async () => ({ version: VERSION });"
CHECKS = (
    Check("/outreach/api/health", pattern='"version":"{version}"'),
    Check("/outreach", pattern="version {version}", assets=True),
)


@functools.cache
def settings() -> Settings:
    """Staging's inventory, with the checks that this application answers."""
    return dataclasses.replace(load_site("staging"), verify=Verify(CHECKS))


def build(folder: Path, version: str, behaviours: tuple[Behaviour, ...] = ()) -> Artifact:
    """An artifact all of whose parts are its own, but for one file that every release has."""
    folder.mkdir(parents=True)
    own, shared = f"main-{version}.js", "framework.js"
    files: Mapping[Kind, Mapping[str, str]] = {
        "hashed": {f"{STATIC}/{own}": f"code of {version}", f"{STATIC}/{shared}": "the framework"},
        "public": {f"{PUBLIC}/notes.txt": f"notes of {version}"},
        "cache": {f"_cache/build-{version}/clinics.cache": f"clinics of {version}"},
    }
    made = Artifact(
        version=version,
        commit=artifact.sha256(version.encode())[:40],
        dirty=False,
        build_id=f"build-{version}",
        input_hash=artifact.sha256(f"input of {version}".encode()),
        server=_package(folder, "server.zip", _code(HANDLER, version, [own, shared])),
        image=_package(folder, "image.zip", _code(HANDLER, version, [])),
        # OpenNext's have the build's preview id and its tags in them.
        revalidation=_package(folder, "revalidation.zip", _code(BESIDE, version, [])),
        initialization=_package(folder, "initialization.zip", _code(BESIDE, version, [])),
        assets=tuple(
            _asset(folder, kind, key, text) for kind, some in files.items() for key, text in some.items()
        ),
        behaviours=behaviours,
    )
    artifact.store(made, folder)
    return made


def _code(handler: str, version: str, named: list[str]) -> str:
    assets = [f"/outreach-static/_next/static/{each}" for each in named]
    return handler.replace("VERSION", json.dumps(version)).replace("ASSETS", json.dumps(assets))


def _package(folder: Path, name: str, code: str) -> Package:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.mjs", f"// {name}\n{code}")
    path = folder / name
    path.write_bytes(packed.getvalue())
    return Package(name, artifact.digest(path), path.stat().st_size, len(code))


def _asset(folder: Path, kind: Kind, key: str, text: str) -> Asset:
    path = folder / "files" / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    sha256, md5 = artifact.digest(path), artifact.digest(path, "md5")
    return Asset(key, kind, sha256, md5, len(text), "text/plain; charset=utf-8")
