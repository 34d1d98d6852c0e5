"""The packaged result of one build, as a folder that can be released, kept and checked."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any, Literal

from outreach_ops.commands import REBUILD
from outreach_ops.errors import OpsError
from outreach_ops.settings.cloudfront import Behaviour

Kind = Literal["hashed", "public", "cache"]
"""hashed: named by content, kept; public: overwritten by the next release; cache: a build's ISR pages."""

IMPORTED = "imported-"
"""Begins the build id of a version made before this tool: of its build nothing is known."""

CACHE_CONTROL: dict[Kind, str] = {
    "hashed": "public,max-age=31536000,immutable",
    "public": "public,max-age=0,must-revalidate",
    "cache": "private,no-store",
}


@dataclasses.dataclass(frozen=True)
class Asset:
    """A static file: `key` is where it is served from or read by the server, hashes are hexadecimal."""

    key: str
    kind: Kind
    sha256: str
    md5: str
    size: int
    content_type: str

    def __post_init__(self) -> None:
        if self.kind not in CACHE_CONTROL:
            raise ValueError(f"{self.kind!r} is no kind of asset")

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

    file: str
    sha256: str
    size: int
    unzipped: int

    @property
    def key(self) -> str:
        """Where the zip is kept in the bucket, so that its code can be published again."""
        return f"_code/{self.sha256}.zip"


FUNCTIONS = ("server", "image", "revalidation", "initialization")


@dataclasses.dataclass(frozen=True)
class Artifact:
    """What one build made; it says nothing about where it is released to."""

    version: str
    commit: str
    dirty: bool
    build_id: str
    input_hash: str
    server: Package
    image: Package
    assets: tuple[Asset, ...]
    behaviours: tuple[Behaviour, ...]
    revalidation: Package | None = None
    initialization: Package | None = None
    """Functions beside the site, which a build without a queue or a tag table does not have."""

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


def parse(data: bytes, source: str) -> Artifact:
    """The artifact that `dump` described; raises OpsError naming `source` when it is damaged."""
    try:
        fields: dict[str, Any] = json.loads(data)
        return Artifact(
            **{
                **fields,
                **{name: Package(**fields[name]) for name in FUNCTIONS if name in fields},
                "assets": tuple(Asset(**asset) for asset in fields["assets"]),
                "behaviours": tuple(Behaviour(**behaviour) for behaviour in fields["behaviours"]),
            }
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise OpsError(f"{source} is damaged: {error}", REBUILD) from error


def store(artifact: Artifact, folder: Path) -> None:
    """Writes the artifact's description into `folder`, beside its files."""
    described = dump(artifact)
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
    wanted = {package.file: package.sha256 for package in artifact.packages.values()}
    wanted |= {f"files/{asset.key}": asset.sha256 for asset in artifact.assets}
    for name, hashed in wanted.items():
        path = folder / name
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
