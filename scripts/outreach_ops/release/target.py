"""What is to be live: the code, variables and files of one release, new or earlier."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

from outreach_ops.builds.artifact import Artifact, Package
from outreach_ops.roles import ROLES, Role, name_of
from outreach_ops.settings.model import Settings
from outreach_ops.variables.fingerprint import Fingerprints
from outreach_ops.variables.merge import merged
from outreach_ops.variables.values import ORIGIN_SECRET, RELEASES_OWN, Environment


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What a function must run; `version` is one that was published with this code before."""

    role: Role
    name: str
    code: Package
    architecture: str
    environment: Environment
    version: str | None = None


@dataclasses.dataclass(frozen=True)
class Target:
    """A release to make live; `restores` is the ledger's number of the earlier release that it is.

    `key` is where its description is kept, when that is in the bucket already.
    """

    artifact: Artifact
    functions: tuple[Wanted, ...]
    label: str
    restores: int | None = None
    key: str | None = None

    def environment(self, role: Role) -> Environment:
        """What the function that plays `role` runs with; nothing when the release leaves it alone."""
        return next((each.environment for each in self.functions if each.role == role), Environment({}))


def roles_of(artifact: Artifact) -> tuple[Role, ...]:
    """What the functions of a build are for, in the order in which aliases move."""
    return tuple(role for role in ROLES if role in artifact.packages)


def of_build(
    settings: Settings,
    artifact: Artifact,
    operators: Environment,
    live: Mapping[Role, Environment],
    queue: str,
) -> Target:
    """A new release of `artifact`: the operator's variables over those of live."""
    environments = merged(settings, operators, live, queue)
    functions = tuple(of_version(settings, role, artifact, environments[role]) for role in roles_of(artifact))
    return Target(artifact, functions, artifact.label)


def of_release(
    settings: Settings,
    number: int,
    artifact: Artifact,
    key: str,
    versions: Mapping[Role, str],
    then: Mapping[Role, Environment],
    live: Mapping[Role, Environment],
) -> Target:
    """An earlier release: its own release variables, and the shared ones as they are now."""
    functions = []
    for role in roles_of(artifact):
        environment = _current(settings, then[role], live[role])
        # Variables are frozen into a version: with other shared values its code must be published again.
        version = versions[role] if dict(environment) == dict(then[role]) else None
        functions.append(of_version(settings, role, artifact, environment, version))
    return Target(artifact, tuple(functions), artifact.label, restores=number, key=key)


def _current(settings: Settings, then: Environment, live: Environment) -> Environment:
    """The variables of then, with the shared ones as live has them, or has them no more."""
    shared = [variable for variable in settings.variables.runtime if variable.kind == "shared"]
    names = [*(variable.name for variable in shared), *RELEASES_OWN]
    # One that live lacks although it is required was lost, not removed.
    removed = [variable.name for variable in shared if not variable.required and variable.name not in live]
    # Which secret is accepted is never a matter of the release.
    removed += [ORIGIN_SECRET] if ORIGIN_SECRET not in live else []
    return Environment({name: live[name] for name in names if name in live}).over(then.without(removed))


def brought_back(settings: Settings, environment: Environment) -> Environment:
    """Those variables that a rollback brings back: not the shared ones, nor those that releases keep."""
    shared = [variable.name for variable in settings.variables.runtime if variable.kind == "shared"]
    return environment.without([*shared, *RELEASES_OWN])


def fingerprints(target: Target, of: Callable[[Environment], Environment]) -> dict[str, str]:
    """One for each role: of those variables of its function that `of` picks."""
    prints = Fingerprints(target.environment("server"))
    return {each.role: prints.whole(of(each.environment)) for each in target.functions if prints.lasting}


def of_version(
    settings: Settings, role: Role, artifact: Artifact, environment: Environment, version: str | None = None
) -> Wanted:
    """What the function of `role` must run for `artifact`; `version` is one that does."""
    code, architecture = artifact.packages[role], settings.lambda_.architecture
    return Wanted(role, name_of(settings, role), code, architecture, environment, version)
