"""What an earlier release is made of, as far as AWS still holds it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from outreach_ops import commands
from outreach_ops.aws.functions import Configuration
from outreach_ops.builds.artifact import Artifact
from outreach_ops.errors import IncompleteError
from outreach_ops.release.plan import Plan
from outreach_ops.roles import Role
from outreach_ops.settings.model import Settings
from outreach_ops.site import description
from outreach_ops.site.ledger import Numbered
from outreach_ops.site.world import Door, World
from outreach_ops.variables.values import Environment


@dataclasses.dataclass(frozen=True)
class Material:
    """Its description, and the variables of its versions: neither ever changes."""

    described: Artifact
    then: Mapping[Role, Environment]

    @property
    def keys(self) -> set[str]:
        """The keys of its objects: code, files, and public files where they are served."""
        code = {package.key for package in self.described.packages.values()}
        assets = {key for asset in self.described.assets for key in (asset.key, asset.stored_key)}
        return code | assets


def gather(site: Door, settings: Settings, chosen: Numbered) -> Material:
    """Reads all of it; raises IncompleteError for a version or a description that is lost or not the same."""
    with ThreadPoolExecutor(max_workers=4) as pool:
        found = {
            role: pool.submit(site.functions[role].configuration, version)
            for role, version in chosen.versions.items()
        }
        described = description.read(site, settings, chosen.entry.artifact_key)
        then = {
            role: _whole(site, settings, chosen, described, role, each.result())
            for role, each in found.items()
        }
    return Material(described, then)


def _whole(
    site: Door,
    settings: Settings,
    chosen: Numbered,
    described: Artifact,
    role: Role,
    found: Configuration | None,
) -> Environment:
    version, code = chosen.versions[role], described.packages.get(role)
    if found is not None and code is not None and found.code_sha256 == code.sha256:
        return found.environment
    wrong = "does not exist any more" if found is None else f"does not hold the code of {described.label}"
    raise IncompleteError(
        f"version {version} of {site.functions[role].name} {wrong}",
        commands.releases(settings.site.environment),
        live="unchanged",
    )


def refuse_incomplete(plan: Plan, seen: World, settings: Settings) -> None:
    """Raises IncompleteError when the bucket lacks what would have to be uploaded: there is no build here."""
    lost = [asset.stored_key for asset in plan.uploads if asset.kind != "cache"]
    lost += [wanted.code.key for wanted in plan.publishes if wanted.code.key not in seen.objects]
    if lost:
        raise IncompleteError(
            f"the bucket lacks {len(lost)} files of {plan.target.label}, the first is {lost[0]}",
            f"check that commit out and run: {commands.deploy(settings.site.environment)}",
            live="unchanged",
        )
