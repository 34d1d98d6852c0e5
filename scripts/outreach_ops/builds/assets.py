"""The asset manifest: which static files a build has, where they go and how they are cached."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from pathlib import Path

from outreach_ops.builds.artifact import Asset, Kind, digest
from outreach_ops.errors import OpsError

RENAME = "give that file another name"
COPY = "put a copy of that file into public/, or take the link away"

# The system's own table differs from machine to machine; these are what Next.js emits and browsers insist on.
TYPES = mimetypes.MimeTypes(filenames=())
for _suffix, _type in {
    ".avif": "image/avif",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "application/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".map": "application/json; charset=utf-8",
    ".mjs": "application/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
}.items():
    TYPES.add_type(_type, _suffix)


def manifest(open_next: Path, base_path: str, asset_prefix: str) -> dict[Asset, Path]:
    """Every static file below `.open-next`, with its key in the bucket; OpenNext ignores assetPrefix."""
    found: dict[Asset, Path] = {}
    root = open_next / "assets"
    sources = (open_next.resolve(), (open_next.parent / "public").resolve())
    for path in _files(root, sources):
        name = path.relative_to(root).as_posix()
        prefix = (asset_prefix or base_path) if name.startswith("_next/") else base_path
        kind: Kind = "hashed" if name.startswith("_next/static/") else "public"
        found[_asset(path, f"_assets{prefix}/{name}", kind)] = path
    cache = open_next / "cache"
    for path in _files(cache, sources):
        found[_asset(path, f"_cache/{path.relative_to(cache).as_posix()}", "cache")] = path
    return found


def _asset(path: Path, key: str, kind: Kind) -> Asset:
    content_type = TYPES.guess_type(path.name)[0] or "application/octet-stream"
    try:
        return Asset(key, kind, digest(path), digest(path, "md5"), path.stat().st_size, content_type)
    except ValueError as error:
        raise OpsError(f"{str(path)!r} cannot be released: {error}", RENAME, step="package") from error


def _files(root: Path, sources: Sequence[Path]) -> list[Path]:
    found = sorted(path for path in root.rglob("*") if path.is_file() and not path.name.startswith(".env"))
    for link in (path for path in found if path.is_symlink()):
        # OpenNext keeps the links of public/, and what they lead to would be served.
        target = link.resolve()
        if target.name.startswith(".env") or not any(map(target.is_relative_to, sources)):
            raise OpsError(f"{link} is a link to {target}, which is no file of public/", COPY, step="package")
    return found
