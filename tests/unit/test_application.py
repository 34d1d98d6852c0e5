"""An application is recognised with the versions that decide its build, or refused with what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from outreach_ops.builds.application import PAIRS, inspect
from outreach_ops.errors import UsageError

LOCKFILE = """\
lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      next:
        specifier: {next}
        version: {next}(react-dom@18.3.1(react@18.3.1))(react@18.3.1)
    devDependencies:
      '@opennextjs/aws':
        specifier: {opennext}
        version: {opennext}(next@{next})

packages:

  next@{next}:
    resolution: {{integrity: sha512-made-up}}

  '@opennextjs/aws@{opennext}':
    resolution: {{integrity: sha512-made-up}}
    hasBin: true
    peerDependencies:
      next: {builds}

  another@1.0.0:
    peerDependencies:
      next: '13'
"""
FOR_14 = "^14.2.35 || ~15.0.7 || ~15.5.9 || ^16.0.10"
NEWER = "'>=15.5.28 <16 || >=16.4.1'"


def make(path: Path, next_version: str = "14.2.35", opennext: str = "3.9.12", builds: str = FOR_14) -> Path:
    """An application with these versions in its lockfile."""
    (path / "package.json").write_text(json.dumps({"name": "app", "version": "0.1.7"}))
    (path / "pnpm-lock.yaml").write_text(LOCKFILE.format(next=next_version, opennext=opennext, builds=builds))
    return path


def refusal(path: Path) -> UsageError:
    """Why the application is refused."""
    with pytest.raises(UsageError) as caught:
        inspect(path)
    return caught.value


def test_versions_are_read_from_the_lockfile(tmp_path: Path) -> None:
    found = inspect(make(tmp_path))
    assert (found.version, found.next, found.opennext) == ("0.1.7", "14.2.35", "3.9.12")


@pytest.mark.parametrize(
    ("next_version", "opennext", "builds"),
    [
        ("14.2.0", "3.9.12", FOR_14),
        ("15.0.0", "3.9.12", FOR_14),
        ("15.5.30", "4.1.12", NEWER),
        ("16.4.6", "4.1.12", NEWER),
    ],
)
def test_versions_that_go_together_are_accepted(
    tmp_path: Path, next_version: str, opennext: str, builds: str
) -> None:
    assert inspect(make(tmp_path, next_version, opennext, builds)).next == next_version


@pytest.mark.parametrize(
    ("next_version", "opennext", "builds"),
    [
        ("14.2.35", "4.1.12", NEWER),
        ("13.5.6", "3.9.12", FOR_14),
        ("17.0.0", "4.1.12", NEWER),
        ("14.2.35", "2.3.4", "''"),
    ],
)
def test_versions_that_do_not_go_together_are_named_with_those_that_do(
    tmp_path: Path, next_version: str, opennext: str, builds: str
) -> None:
    error = refusal(make(tmp_path, next_version, opennext, builds))
    assert f"Next {next_version} and @opennextjs/aws {opennext} do not go together" in error.cause
    assert PAIRS in error.fix
    assert (builds.strip("'") or "does not say which") in error.fix


def test_an_application_without_opennext_is_named_with_the_versions_that_go_together(tmp_path: Path) -> None:
    lockfile = make(tmp_path) / "pnpm-lock.yaml"
    lockfile.write_text(lockfile.read_text().replace("@opennextjs/aws", "another"))
    error = refusal(tmp_path)
    assert "does not use OpenNext" in error.cause
    assert PAIRS in error.fix


def test_something_that_is_no_next_application_is_refused(tmp_path: Path) -> None:
    lockfile = make(tmp_path) / "pnpm-lock.yaml"
    lockfile.write_text(lockfile.read_text().replace("      next:\n", "      vite:\n"))
    assert "no direct dependency on next" in refusal(tmp_path).cause


@pytest.mark.parametrize("name", ["package.json", "pnpm-lock.yaml"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    (make(tmp_path) / name).unlink()
    assert refusal(tmp_path).cause == f"{tmp_path / name} does not exist"


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", "{}", '{"version": 1}', '{"version": "1.2"}', '{"version": "v1.2.3"}']
)
def test_a_package_json_without_a_usable_version_is_refused(tmp_path: Path, content: str) -> None:
    (make(tmp_path) / "package.json").write_text(content)
    assert str(tmp_path / "package.json") in refusal(tmp_path).cause
