"""Turns OpenNext's output into an artifact: deterministic zips, the asset manifest, the paths it needs."""

from __future__ import annotations

import dataclasses
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from outreach_ops import paths
from outreach_ops.builds import zipping
from outreach_ops.builds.artifact import Artifact, Package, place, store
from outreach_ops.builds.assets import manifest
from outreach_ops.builds.flatten import layout
from outreach_ops.commands import REBUILD
from outreach_ops.errors import OpsError
from outreach_ops.settings.cloudfront import Behaviour
from outreach_ops.settings.model import Site
from outreach_ops.settings.parse import convert

UNZIPPED_LIMIT = 250 * 1024 * 1024
ORIGINS = {"default": "server", "imageOptimizer": "image", "s3": "assets"}
INDEX, OPENNEXT = "index.mjs", "opennext.mjs"
GUARD = Path(__file__).with_name("guard.mjs")
FURTHER = ("revalidation", "initialization")
Files = Mapping[str, Path]
"""A zip's files: each name in it with where its content is."""

CACHES = {"server": "pages", "image": "images", "assets": "static"}


@dataclasses.dataclass(frozen=True)
class Built:
    """What a build was made from; the identity of the artifact."""

    version: str
    commit: str
    dirty: bool
    input_hash: str


def package(app: Path, site: Site, built: Built, destination: Path) -> Artifact:
    """Writes the artifact of `app`'s `.open-next` to `destination`, whole or not at all."""
    open_next = app / ".open-next"
    output = read_output(open_next)
    destination.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=destination.parent, prefix=".package-") as work:
        folder = Path(work) / "artifact"
        folder.mkdir()
        assets = manifest(open_next, site.base_path, site.asset_prefix)
        for asset, path in assets.items():
            copy = place(folder, asset)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        further = {
            name: zip_function(layout(bundle), folder / f"{name}.zip")
            for name, bundle in _further(app, output).items()
        }
        artifact = Artifact(
            **dataclasses.asdict(built),
            revalidation=further.get("revalidation"),
            initialization=further.get("initialization"),
            build_id=_build_id(open_next),
            server=zip_function(guarded(_bundle(app, output, "default")), folder / "server.zip"),
            image=zip_function(guarded(_bundle(app, output, "imageOptimizer")), folder / "image.zip"),
            assets=tuple(assets),
            behaviours=behaviours(output, site.base_path),
        )
        store(artifact, folder)
        if destination.exists():
            shutil.rmtree(destination)
        folder.rename(destination)
    return artifact


def read_output(open_next: Path) -> dict[str, Any]:
    """OpenNext's description of its output; raises OpsError when it is not one that we can deploy."""
    file = open_next / "open-next.output.json"
    try:
        output: dict[str, Any] = json.loads(file.read_text())
        origins, entries = output["origins"], output["behaviors"]
        streaming = [name for name in ("default", "imageOptimizer") if origins[name].get("streaming")]
        named = {entry["origin"] or "(none)" for entry in entries if entry["pattern"]}
        unsupported = sorted({*named, *(output.get("edgeFunctions") or {})} - set(ORIGINS))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise OpsError(
            f"{file} is not OpenNext's output as we know it: {error!r}", REBUILD, step="package"
        ) from error
    if unsupported:
        raise OpsError(
            f"the application has split or edge functions, unsupported: {', '.join(unsupported)}",
            "remove `functions` and edge runtimes from open-next.config.ts",
            step="package",
        )
    if streaming:
        raise OpsError(
            f"the {streaming[0]} function streams, which is not supported",
            "remove the streaming wrapper from open-next.config.ts",
            step="package",
        )
    return output


def behaviours(output: Mapping[str, Any], base_path: str) -> tuple[Behaviour, ...]:
    """The paths that this build needs at the distribution; `*` is the distribution's default behaviour."""
    entries = [entry for entry in output["behaviors"] if entry["pattern"] != "*"]
    return tuple(_behaviour(entry["pattern"], ORIGINS[entry["origin"]], base_path) for entry in entries)


def _behaviour(pattern: str, origin: str, base_path: str) -> Behaviour:
    path = f"/{pattern}"
    try:
        made: Behaviour = convert({"path": path, "origin": origin, "cache": CACHES[origin]}, Behaviour)
    except ValueError as error:
        # OpenNext makes a path of each name in public/.
        name = path.removeprefix(f"{base_path}/").removesuffix("/*")
        fix = f"give public/{name} another name, of letters, digits, - and _"
        raise OpsError(f"CloudFront cannot serve {path!r}: {error}", fix, step="package") from error
    return made


def guarded(bundle: Path) -> Files:
    """A function's files with the guard as its index.mjs, and OpenNext's own beside it."""
    files = layout(bundle)
    if OPENNEXT in files:
        raise OpsError(
            f"{bundle} has an {OPENNEXT} of its own", "give that file another name", step="package"
        )
    return {**files, OPENNEXT: files[INDEX], INDEX: GUARD}


def zip_function(files: Files, target: Path) -> Package:
    """Zips a function's files: same input, same bytes; raises OpsError over Lambda's limit."""
    unzipped = sum(path.stat().st_size for path in files.values())
    if unzipped > UNZIPPED_LIMIT:
        largest = sorted(files, key=lambda name: files[name].stat().st_size, reverse=True)[:3]
        raise OpsError(
            f"{target.stem} is {unzipped >> 20} MB unzipped; Lambda takes 250 MB",
            f"make it smaller; its largest files are {', '.join(largest)}",
            step="package",
        )
    if len(files) > zipping.MEMBERS:
        raise OpsError(
            f"{target.stem} has {len(files)} files; a plain zip holds {zipping.MEMBERS}",
            "leave packages out that the function does not need (serverExternalPackages, bundled imports)",
            step="package",
        )
    try:
        return Package(target.name, zipping.write(files, target), target.stat().st_size, unzipped)
    except OSError as error:
        raise OpsError(
            f"{target} could not be written: {error.strerror}",
            "make room if the disk is full (old builds are in .artifacts/), then run the command again",
            step="package",
        ) from error


def _build_id(open_next: Path) -> str:
    file = open_next / "assets" / "BUILD_ID"
    try:
        return file.read_text().strip()
    except OSError as error:
        raise OpsError(f"the build is not whole: {error}", REBUILD, step="package") from error


def _further(app: Path, output: Mapping[str, Any]) -> dict[str, Path]:
    """The bundles of the functions beside the site that this build has."""
    described = output.get("additionalProps") or {}
    return {
        name: paths.inside(app, described[f"{name}Function"]["bundle"], REBUILD)
        for name in FURTHER
        if f"{name}Function" in described
    }


def _bundle(app: Path, output: Mapping[str, Any], origin: str) -> Path:
    try:
        bundle = paths.inside(app, output["origins"][origin]["bundle"], REBUILD)
    except KeyError as error:
        raise OpsError(f"OpenNext's output names no {origin} function", REBUILD, step="package") from error
    if not (bundle / INDEX).is_file():
        raise OpsError(f"{bundle} has no {INDEX}", REBUILD, step="package")
    if origin == "imageOptimizer" and not (bundle / "node_modules" / "sharp").is_dir():
        raise OpsError(
            "the image function has no sharp: OpenNext could not install it, and said nothing",
            "set imageOptimization.install in open-next.config.ts to sharp@0.33.5 for linux and the "
            "function's architecture, then " + REBUILD,
            step="package",
        )
    return bundle
