"""What is to be live: a new build over live's variables, or an earlier release with today's shared ones."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from fakes.builds import build
from fakes.settings import SETTINGS
from outreach_ops.builds.artifact import Artifact
from outreach_ops.release.target import Target, of_build, of_release
from outreach_ops.roles import ROLES, Role, served_from
from outreach_ops.variables.values import Environment

KEY = "_releases/7.json"
VERSIONS: dict[Role, str] = {"server": "5", "image": "4", "revalidation": "3", "initialization": "2"}
QUEUE = "https://sqs.example.com/pages.fifo"


@pytest.fixture
def artifact(tmp_path: Path) -> Artifact:
    return build(tmp_path / "artifact", "0.1.0").artifact


def environments(server: dict[str, str], image: dict[str, str] | None = None) -> dict[Role, Environment]:
    """The variables of the functions."""
    none = Environment({})
    both: dict[Role, Environment] = {"server": Environment(server), "image": Environment(image or {})}
    return both | {"revalidation": none, "initialization": none}


def wanted(target: Target, role: Role) -> dict[str, str]:
    """The variables that a function is to have."""
    return dict(next(each.environment for each in target.functions if each.role == role))


def test_a_build_gets_the_operators_variables_over_those_of_live(artifact: Artifact) -> None:
    live = environments({"FEATURE": "live", "BY_HAND": "kept"}, {"BY_HAND": "kept"})
    target = of_build(SETTINGS, artifact, Environment({"FEATURE": "operator"}), live, QUEUE)
    server, image = wanted(target, "server"), wanted(target, "image")
    assert (server["FEATURE"], server["BY_HAND"], image["BY_HAND"]) == ("operator", "kept", "kept")
    assert "FEATURE" not in image


def test_the_functions_are_told_where_their_files_are_whatever_anybody_says(artifact: Artifact) -> None:
    live = environments({"CACHE_BUCKET_NAME": "stale"}, {"BUCKET_NAME": "stale"})
    target = of_build(SETTINGS, artifact, Environment({"CACHE_BUCKET_NAME": "wrong"}), live, QUEUE)
    assert wanted(target, "server") == served_from(SETTINGS, QUEUE)["server"]
    assert wanted(target, "image") == served_from(SETTINGS, QUEUE)["image"]
    assert wanted(target, "server")["CACHE_BUCKET_NAME"] == SETTINGS.s3.bucket_name


def test_the_image_function_comes_first_and_nothing_is_published_yet(artifact: Artifact) -> None:
    target = of_build(SETTINGS, artifact, Environment({}), environments({}), QUEUE)
    assert [(each.role, each.version) for each in target.functions] == [(role, None) for role in ROLES]
    assert target.restores is None


def restored(artifact: Artifact, then: dict[str, str], live: dict[str, str]) -> Target:
    """The target of a rollback."""
    return of_release(
        SETTINGS, 7, artifact, "_releases/7.json", VERSIONS, environments(then), environments(live)
    )


def test_a_release_restored_has_its_own_release_variables(artifact: Artifact) -> None:
    target = restored(artifact, {"FEATURE": "old"}, {"FEATURE": "new", "NODE_ENV": "added since"})
    assert wanted(target, "server") == {"FEATURE": "old"}
    assert {each.role: each.version for each in target.functions} == VERSIONS
    assert (target.restores, target.label) == (7, artifact.label)


def test_shared_variables_are_those_of_today_and_need_a_new_version(artifact: Artifact) -> None:
    target = restored(artifact, {"AUTH_SECRET": "old", "FEATURE": "old"}, {"AUTH_SECRET": "new"})
    assert wanted(target, "server") == {"AUTH_SECRET": "new", "FEATURE": "old"}
    assert {each.role: each.version for each in target.functions} == {**VERSIONS, "server": None}


def test_the_inventory_says_which_variables_are_shared(artifact: Artifact) -> None:
    release = tuple(dataclasses.replace(each, kind="release") for each in SETTINGS.variables.runtime)
    settings = dataclasses.replace(
        SETTINGS, variables=dataclasses.replace(SETTINGS.variables, runtime=release)
    )
    then, live = environments({"AUTH_SECRET": "old"}), environments({"AUTH_SECRET": "new"})
    target = of_release(settings, 7, artifact, KEY, VERSIONS, then, live)
    assert wanted(target, "server") == {"AUTH_SECRET": "old"}
