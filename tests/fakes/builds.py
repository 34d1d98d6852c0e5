"""Artifacts as packaging leaves them, whose server code says what the site then answers."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path

from outreach_ops.builds import artifact
from outreach_ops.builds.artifact import Artifact, Asset, Kind, Package

STATIC = "_assets/outreach-static/_next/static"
PUBLIC = "_assets/outreach"


@dataclasses.dataclass(frozen=True)
class Build:
    """An artifact and the folder that holds its files."""

    artifact: Artifact
    folder: Path


def build(
    folder: Path,
    version: str,
    *,
    image: str = "image",
    notes: str | None = None,
    chunks: int = 0,
    **says: object,
) -> Build:
    """A build with files of its own, files that all builds share, and a public file that each changes.

    `chunks` of its own files more are named by hash, so that those of all builds lie mixed. `says` is how
    its application answers otherwise than well: see `fakes.application`.
    """
    folder.mkdir(parents=True)
    own, shared = f"main-{version}.js", "framework.js"
    named = [artifact.sha256(f"{version} {number}".encode()) for number in range(chunks)]
    files: Mapping[Kind, Mapping[str, str]] = {
        "hashed": {f"{STATIC}/{own}": f"code of {version}", f"{STATIC}/{shared}": "the framework"}
        | {f"{STATIC}/{name[:16]}.js": name for name in named},
        "public": {f"{PUBLIC}/notes.txt": notes or f"notes of {version}", f"{PUBLIC}/same.txt": "the same"},
        "cache": {f"_cache/build-{version}/clinics.cache": f"clinics of {version}"},
    }
    names = [f"/outreach-static/_next/static/{name}" for name in (own, shared)]
    made = Artifact(
        version=version,
        commit=artifact.sha256(version.encode())[:40],
        dirty=False,
        build_id=f"build-{version}",
        input_hash=artifact.sha256(f"input of {version}".encode()),
        server=_package(folder, "server.zip", json.dumps({"version": version, "assets": names, **says})),
        image=_package(folder, "image.zip", image),
        # OpenNext's have the build's preview id and its tags in them.
        revalidation=_package(folder, "revalidation.zip", f"revalidation of {version}"),
        initialization=_package(folder, "initialization.zip", f"tags of {version}"),
        assets=tuple(
            _asset(folder, kind, key, text) for kind, some in files.items() for key, text in some.items()
        ),
        behaviours=(),
    )
    artifact.store(made, folder)
    return Build(made, folder)


def _package(folder: Path, name: str, code: str) -> Package:
    path = folder / name
    path.write_text(code)
    return Package(name, artifact.digest(path), path.stat().st_size, len(code))


def _asset(folder: Path, kind: Kind, key: str, text: str) -> Asset:
    path = folder / "files" / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    md5 = artifact.digest(path, "md5")
    return Asset(key, kind, artifact.digest(path), md5, len(text), "text/plain; charset=utf-8")
