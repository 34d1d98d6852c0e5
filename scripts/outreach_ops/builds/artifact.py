"""The packaged result of one build, as a folder that can be released, kept and checked."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Annotated, Literal

from outreach_ops import paths
from outreach_ops.commands import REBUILD
from outreach_ops.errors import OpsError
from outreach_ops.settings.cloudfront import Behaviour
from outreach_ops.settings.formats import Format, Range
from outreach_ops.settings.parse import convert

Kind = Literal["hashed", "public", "cache"]
"""hashed: named by content, kept; public: overwritten by the next release; cache: a build's ISR pages."""

IMPORTED = "imported-"
"""Begins the build id of a version made before this tool: of its build nothing is known."""

CACHE_CONTROL: dict[Kind, str] = {
    "hashed": "public,max-age=31536000,immutable",
    "public": "public,max-age=0,must-revalidate",
    "cache": "private,no-store",
}

FOLDERS: dict[Kind, str] = {"hashed": "_assets/", "public": "_assets/", "cache": "_cache/"}
"""Where the keys of each kind are: a release writes to no others by their names."""

# What a description may hold, which whoever writes into the bucket or into .artifacts/ may have made.
Sha256 = Annotated[str, Format(r"[0-9a-f]{64}", "a SHA-256 in hexadecimal")]
Md5 = Annotated[str, Format(r"[0-9a-f]{32}", "an MD5 in hexadecimal")]
Commit = Annotated[str, Format(r"([0-9a-f]{7,64})?", "a commit")]
Version = Annotated[str, Format(r"(\d+\.\d+\.\d+[^\s\x00-\x1f\x7f-\x9f]*)?", "a version like 1.2.3")]
Line = Annotated[str, Format(r"[^\x00-\x1f\x7f-\x9f]+", "a text of one line")]
ZipName = Annotated[str, Format(r"[a-z]+\.zip", "the name of a zip, like server.zip")]
Bytes = Annotated[int, Range(0, 1 << 50, "bytes")]


@dataclasses.dataclass(frozen=True)
class Asset:
    """A static file: `key` is where it is served from or read by the server, hashes are hexadecimal."""

    key: str
    kind: Kind
    sha256: Sha256
    md5: Md5
    size: Bytes
    content_type: Line

    def __post_init__(self) -> None:
        if not paths.relative(self.key).startswith(FOLDERS[self.kind]):
            raise ValueError(f"{self.key!r} is not in {FOLDERS[self.kind]}, where {self.kind} files are")

    @property
    def cache_control(self) -> str:
        """The header that the object carries."""
        return CACHE_CONTROL[self.kind]

    @property
    def stored_key(self) -> str:
        """Where the content is uploaded before the alias moves: public files wait under their hash."""
        return f"_public/{self.sha256}" if self.kind == "public" else self.key


@dataclasses.dataclass(frozen=True)
class Package:
    """A function's zip; `sha256` is hexadecimal, sizes are bytes."""

    file: ZipName
    sha256: Sha256
    size: Bytes
    unzipped: Bytes

    @property
    def key(self) -> str:
        """Where the zip is kept in the bucket, so that its code can be published again."""
        return f"_code/{self.sha256}.zip"


FUNCTIONS = ("server", "image", "revalidation", "initialization")


@dataclasses.dataclass(frozen=True)
class Artifact:
    """What one build made; it says nothing about where it is released to."""

    version: Version
    commit: Commit
    dirty: bool
    build_id: Line
    input_hash: Sha256
    server: Package
    image: Package
    assets: tuple[Asset, ...]
    behaviours: tuple[Behaviour, ...]
    revalidation: Package | None = None
    initialization: Package | None = None
    """Functions beside the site, which a build without a queue or a tag table does not have."""

    def __post_init__(self) -> None:
        if len({asset.key for asset in self.assets}) < len(self.assets):
            raise ValueError("assets: two have the same key")

    @property
    def packages(self) -> dict[str, Package]:
        """The functions that it has, by what each is for."""
        each = {name: getattr(self, name) for name in FUNCTIONS}
        return {name: package for name, package in each.items() if package is not None}

    @property
    def label(self) -> str:
        """How consoles and tables show it: `v0.1.7 (abc123f)`."""
        if not self.version:
            return self.build_id
        commit = f" ({self.commit[:7]}{'-dirty' if self.dirty else ''})" if self.commit else ""
        return f"v{self.version}{commit}"

    @property
    def imported(self) -> bool:
        """Whether it was made before this tool."""
        return self.build_id.startswith(IMPORTED)

    def of_kind(self, *kinds: Kind) -> tuple[Asset, ...]:
        """The assets of these kinds."""
        return tuple(asset for asset in self.assets if asset.kind in kinds)


def dump(artifact: Artifact) -> bytes:
    """The artifact's description as canonical JSON."""
    # What a build does not have is left out: descriptions from before there was such a thing keep their hash.
    fields = {name: value for name, value in dataclasses.asdict(artifact).items() if value is not None}
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()


def checked(artifact: Artifact) -> bytes:
    """Return the description; raise OpsError when `parse` would refuse it, and no rollback could read it."""
    described = dump(artifact)
    parse(described, f"the description of {artifact.label}")
    return described


def parse(data: bytes, source: str) -> Artifact:
    """Return the artifact that `dump` described; raise OpsError naming `source` and what is wrong in it."""
    try:
        made: Artifact = convert(json.loads(data), Artifact)
    except (ValueError, RecursionError) as error:
        raise OpsError(f"{source} is damaged: {error}", REBUILD) from error
    return made


def place(folder: Path, asset: Asset) -> Path:
    """Return where an artifact's folder has the content of `asset`."""
    return paths.inside(folder / "files", asset.key, REBUILD)


def store(artifact: Artifact, folder: Path) -> None:
    """Writes the artifact's description into `folder`, beside its files."""
    described = checked(artifact)
    (folder / "artifact.json").write_bytes(described)
    (folder / "artifact.json.sha256").write_text(sha256(described))


def load(folder: Path) -> Artifact:
    """The artifact in `folder`, every file checked against its hash before anything is written to AWS."""
    file = folder / "artifact.json"
    try:
        described, known = file.read_bytes(), (folder / "artifact.json.sha256").read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise OpsError(f"{file} cannot be read: {error}", REBUILD, step="package") from error
    if sha256(described) != known:
        raise OpsError(f"{file} is damaged: it is not what was packaged", REBUILD, step="package")
    artifact = parse(described, str(file))
    packages = artifact.packages.values()
    wanted = {paths.inside(folder, package.file, REBUILD): package.sha256 for package in packages}
    wanted |= {place(folder, asset): asset.sha256 for asset in artifact.assets}
    for path, hashed in wanted.items():
        if not path.is_file() or digest(path) != hashed:
            raise OpsError(
                f"{path} is {'damaged' if path.exists() else 'missing'}: it is not what {file.name} says",
                REBUILD,
                step="package",
            )
    return artifact


def digest(path: Path, algorithm: str = "sha256") -> str:
    """The hexadecimal hash of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def md5(data: bytes) -> str:
    """The hexadecimal MD5 of `data`, which is S3's ETag of it."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def sha256(data: bytes) -> str:
    """The hexadecimal SHA-256 of `data`."""
    return hashlib.sha256(data).hexdigest()
