"""Promote: what one environment has live and proven goes live in another one."""

from __future__ import annotations

import dataclasses
import functools
import shlex
import shutil
import tempfile
from pathlib import Path

from outreach_ops import commands, git, parallel, paths
from outreach_ops.builds import artifact, opennext
from outreach_ops.builds.artifact import Artifact
from outreach_ops.console import Console
from outreach_ops.errors import OpsError, UsageError
from outreach_ops.release import work
from outreach_ops.release.deploy import deploy
from outreach_ops.release.operation import AT_ONCE, Manner
from outreach_ops.release.work import Desk
from outreach_ops.settings.model import Settings
from outreach_ops.site import description, world
from outreach_ops.site.world import Door


def promote(
    source: Settings, to: Settings, app: Path, screen: Console, manner: Manner = AT_ONCE, yes: bool = False
) -> None:
    """Deploys the commit that is live and proven in `source`; raises OpsError when there is none."""
    if source.host == to.host:
        raise UsageError(
            "--from and --to are one environment", "name two, like --from=staging --to=production"
        )
    desk = work.at(source, screen, read_only=True)
    made = proven(desk)
    checkout = checked_out(app, made, source)
    screen.line(f"{source.host}: {made.label} is live and passed its checks")
    # Without content it is the hash of nothing that was built.
    inputs = opennext.input_hash(checkout.content or "", to)
    if inputs == made.input_hash:
        bring(desk.site, made, opennext.kept_in(source, inputs), opennext.kept_in(to, inputs))
        screen.line(f"{to.host}: the same artifact, for nothing that decides the build differs")
    else:
        why = checkout.unknown or f"{', '.join(differences(source, to))} differ"
        screen.line(f"{to.host}: built again, for {why}")
    deploy(to, app, opennext.Options(), screen, manner, yes=yes)


def proven(desk: Desk) -> Artifact:
    """What is live there by a release that passed its checks; raises OpsError saying what is missing."""
    seen, environment = world.glance(desk.site, desk.settings), desk.environment
    if seen.unfinished or not seen.explained:
        raise OpsError(
            f"{environment} has unfinished work, or its aliases were moved by other means: nothing is proven",
            commands.resume(environment),
            step="promote",
        )
    if seen.release is None:
        raise OpsError(
            f"{environment} has {seen.live_label} live, which no release has proven",
            commands.deploy(environment),
            step="promote",
        )
    made = description.read(desk.site, desk.settings, seen.release.entry.artifact_key)
    # Earlier versions of this tool released a build for a later commit, too: the ledger says for which.
    made = dataclasses.replace(made, commit=seen.release.entry.commit)
    if made.dirty:
        raise OpsError(
            f"{environment} has {made.label} live, which was built of more than its commit",
            f"{commands.deploy(environment)}, which says of what, and what to do about it",
            step="promote",
        )
    return made


def checked_out(app: Path, made: Artifact, source: Settings) -> git.Checkout:
    """The checkout at `app`, which must be the proven commit and nothing else."""
    checkout, there = git.inspect(app), shlex.quote(str(app))
    environment = source.site.environment
    if checkout.commit != made.commit:
        raise UsageError(
            f"{app} is at {checkout.label}; {environment} has proven {made.commit[:7]}",
            f"git -C {there} checkout {shlex.quote(made.commit)}, or {commands.deploy(environment)} first",
        )
    for found in checkout.differences:
        raise UsageError(
            f"{app} is not just the commit that {environment} has proven: {found.what}", found.fix
        )
    return checkout


def differences(source: Settings, to: Settings) -> list[str]:
    """The names of what decides the build and is not the same in both, or what has no name in settings."""
    theirs, ours = dict(source.variables.build), dict(to.variables.build)
    names = sorted(name for name in {*theirs, *ours} if theirs.get(name) != ours.get(name))
    fixed = ("base_path", "asset_prefix")
    names += [f"site_{name}" for name in fixed if getattr(source.site, name) != getattr(to.site, name)]
    names += ["lambda_architecture"] if source.lambda_.architecture != to.lambda_.architecture else []
    return names or ["the tools that build or the files that git ignores"]


def bring(site: Door, made: Artifact, local: Path, folder: Path) -> None:
    """Puts the artifact that is live at `site` where a build of it would be, from here or its bucket."""
    if folder.exists():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        part = Path(scratch) / "part"
        if local.exists():
            # Links stay links, for `load` refuses those that lead out of it.
            shutil.copytree(local, part, symlinks=True)
        else:
            _download(site, made, part)
        artifact.load(part)
        part.rename(folder)


def _download(site: Door, made: Artifact, part: Path) -> None:
    packages = [(package.key, package.file, package.sha256) for package in made.packages.values()]
    files = [(asset.stored_key, f"files/{asset.key}", asset.sha256) for asset in made.assets]
    found = parallel.each(functools.partial(_fetch, site, part), [*packages, *files])
    lost = {name: key for (key, name, _), whole in found if not whole}
    # A server rewrites its ISR pages, and makes them again where they are missing; all else must be there.
    pages = {f"files/{asset.key}" for asset in made.of_kind("cache")}
    if needed := [key for name, key in lost.items() if name not in pages]:
        raise OpsError(
            f"the bucket lacks {needed[0]} as it was released",
            "deploy it there again, then promote",
            step="promote",
        )
    kept = tuple(asset for asset in made.assets if f"files/{asset.key}" not in lost)
    artifact.store(dataclasses.replace(made, assets=kept), part)


def _fetch(site: Door, part: Path, wanted: tuple[str, str, str]) -> bool:
    key, name, sha256 = wanted
    data, path = site.objects.read(key), paths.inside(part, name)
    if data is None or artifact.sha256(data) != sha256:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return True
