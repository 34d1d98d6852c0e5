"""pnpm's links dissolve, and Node finds in the archive what it found before."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from fakes.pnpm import MODULES, Pnpm, name, packages, resolve, write
from outreach_ops.builds.flatten import layout
from outreach_ops.errors import OpsError


@pytest.fixture
def pnpm(tmp_path: Path) -> Pnpm:
    return Pnpm(tmp_path / "function")


def check(pnpm: Pnpm, out: Path) -> list[str]:
    """Asserts that nothing resolves otherwise than before; where each package stands then."""
    folder = write(layout(pnpm.root), out)
    assert not any(path.is_symlink() or path.name == ".pnpm" for path in folder.rglob("*"))
    for direct in sorted(pnpm.dependencies):
        linked = pnpm.root / MODULES / name(direct)
        if linked.is_symlink():
            found = resolve(name(direct), folder, folder)
            assert found == (linked / "id").read_text()
    for package in packages(folder):
        identity = (package / "id").read_text()
        for dependency in pnpm.dependencies.get(identity, []):
            assert resolve(name(dependency), package, folder) == dependency, f"{package} wants {dependency}"
    return [package.relative_to(folder / MODULES).as_posix() for package in packages(folder)]


def test_a_dependency_goes_to_the_top(pnpm: Pnpm, tmp_path: Path) -> None:
    pnpm.package("next@14.2.35", "styled-jsx@5.1.1")
    pnpm.package("styled-jsx@5.1.1")
    pnpm.direct("next@14.2.35")
    assert check(pnpm, tmp_path / "out") == ["next", "styled-jsx"]


def test_a_version_conflict_nests(pnpm: Pnpm, tmp_path: Path) -> None:
    pnpm.package("a@1", "x@1")
    pnpm.package("b@1", "x@2")
    pnpm.package("x@1")
    pnpm.package("x@2")
    pnpm.direct("a@1", "b@1")
    assert check(pnpm, tmp_path / "out") == ["a", "b", "b/node_modules/x", "x"]


def test_a_direct_dependency_keeps_the_top(pnpm: Pnpm, tmp_path: Path) -> None:
    pnpm.package("a@1", "x@1")
    pnpm.package("x@1")
    pnpm.package("x@2")
    pnpm.direct("a@1", "x@2")
    assert check(pnpm, tmp_path / "out") == ["a", "a/node_modules/x", "x"]


def test_packages_that_need_each_other_are_placed_once(pnpm: Pnpm, tmp_path: Path) -> None:
    pnpm.package("a@1", "b@1")
    pnpm.package("b@1", "a@1")
    pnpm.direct("a@1")
    assert check(pnpm, tmp_path / "out") == ["a", "b"]


def test_scoped_packages_are_told_apart(pnpm: Pnpm, tmp_path: Path) -> None:
    pnpm.package("@swc/helpers@0.5.5", "tslib@2.6.0")
    pnpm.package("@next/env@14.2.35", "@swc/helpers@0.5.5")
    pnpm.package("tslib@2.6.0")
    pnpm.direct("@next/env@14.2.35")
    assert check(pnpm, tmp_path / "out") == ["@next/env", "@swc/helpers", "tslib"]


def test_an_application_with_19_links_keeps_all_of_its_packages(pnpm: Pnpm, tmp_path: Path) -> None:
    shared = [f"shared-{number}@1" for number in range(9)]
    for package in shared:
        pnpm.package(package)
    pnpm.package("next@14.2.35", *shared, "@swc/helpers@0.5.5", "styled-jsx@5.1.1", "react@18.3.1")
    pnpm.package("styled-jsx@5.1.1", "client-only@0.0.1", "react@18.3.1")
    pnpm.package("react-dom@18.3.1", "react@18.3.1")
    for leaf in ("@swc/helpers@0.5.5", "client-only@0.0.1", "react@18.3.1"):
        pnpm.package(leaf)
    pnpm.direct("next@14.2.35", "react@18.3.1", "react-dom@18.3.1", "@swc/helpers@0.5.5")
    assert sum(path.is_symlink() for path in pnpm.root.rglob("*")) == 19
    placed = check(pnpm, tmp_path / "out")
    assert sorted(placed) == sorted(name(package) for package in pnpm.dependencies)


def test_a_package_that_is_no_link_keeps_its_place(pnpm: Pnpm, tmp_path: Path) -> None:
    real = pnpm.root / MODULES / "x"
    real.mkdir()
    (real / "id").write_text("x@2")
    pnpm.package("a@1", "x@1")
    pnpm.package("x@1")
    pnpm.direct("a@1")
    assert check(pnpm, tmp_path / "out") == ["a", "a/node_modules/x", "x"]
    assert (tmp_path / "out" / MODULES / "x" / "id").read_text() == "x@2"


def test_a_store_entry_without_its_own_package_is_left_out(pnpm: Pnpm, tmp_path: Path) -> None:
    pnpm.package("a@1")
    pnpm.direct("a@1")
    pnpm.link(pnpm.store / "traced-away@1" / MODULES, "a@1")
    assert check(pnpm, tmp_path / "out") == ["a"]


@pytest.mark.parametrize("scope", ["", "@scope/"])
def test_versions_that_need_each_other_crosswise_are_refused_not_nested_for_ever(
    pnpm: Pnpm, scope: str
) -> None:
    for package, needed in {"a@1": "b@1", "b@1": "a@2", "a@2": "b@2", "b@2": "a@1"}.items():
        pnpm.package(scope + package, scope + needed)
    pnpm.direct(f"{scope}a@1")
    with pytest.raises(OpsError, match="need each other in a circle"):
        layout(pnpm.root)


def test_the_order_and_the_content_do_not_depend_on_where_the_folder_is(tmp_path: Path) -> None:
    seen = []
    for folder in ("one", "two"):
        pnpm = Pnpm(tmp_path / folder)
        pnpm.package("b@1")
        pnpm.package("a@1", "b@1")
        pnpm.direct("a@1")
        seen.append([(at, path.read_bytes()) for at, path in layout(pnpm.root).items()])
    assert seen[0] == seen[1]
    assert [at for at, _ in seen[0]] == sorted(at for at, _ in seen[0])


@pytest.mark.parametrize("seed", range(30))
def test_node_finds_the_same_packages_as_before_whatever_the_layout(
    pnpm: Pnpm, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311
    scope = ["", "", "@scope/"]
    there = [
        f"{chance.choice(scope)}{letter}@{version}"
        for letter in "abcdefg"
        for version in range(1, chance.choice([2, 3, 4]))
    ]
    chance.shuffle(there)
    for at, package in enumerate(there):
        # Only earlier ones may be needed, and of each name one version.
        needed = {name(other): other for other in chance.sample(there[:at], min(at, chance.randint(0, 4)))}
        needed.pop(name(package), None)
        pnpm.package(package, *needed.values())
    direct = {name(package): package for package in chance.sample(there, 4)}
    pnpm.direct(*direct.values())
    assert len(check(pnpm, tmp_path / "out")) >= len(direct)


def test_links_to_folders_and_files_of_the_function_are_copied(pnpm: Pnpm, tmp_path: Path) -> None:
    (pnpm.root / "lib").mkdir()
    (pnpm.root / "lib" / "code.js").write_text("code")
    (pnpm.root / "alias").symlink_to("lib")
    (pnpm.root / "alias.js").symlink_to("lib/code.js")
    folder = write(layout(pnpm.root), tmp_path / "out")
    assert (folder / "alias" / "code.js").read_text() == (folder / "alias.js").read_text() == "code"


def test_links_inside_a_package_are_copied(pnpm: Pnpm, tmp_path: Path) -> None:
    package = pnpm.package("a@1")
    (package / "dist").mkdir()
    (package / "dist" / "code.js").write_text("code")
    (package / "latest").symlink_to("dist")
    pnpm.direct("a@1")
    folder = write(layout(pnpm.root), tmp_path / "out")
    assert (folder / MODULES / "a" / "latest" / "code.js").read_text() == "code"


@pytest.mark.parametrize("place", ["", MODULES, f"{MODULES}/a"])
def test_commands_of_packages_are_left_out(pnpm: Pnpm, place: str) -> None:
    package = pnpm.package("a@1")
    (package / "cli.js").write_text("code")
    pnpm.direct("a@1")
    folder = (package if place.endswith("a") else pnpm.root / place) / ".bin"
    folder.mkdir()
    (folder / "linked").symlink_to("../gone/cli.js")
    (folder / "script").write_text("code")
    assert not [at for at in layout(pnpm.root) if ".bin" in at]


@pytest.mark.parametrize(
    "at", [".env", ".env.production", "deep/er/.env.local", f"{MODULES}/a/.env", ".env.d/secret"]
)
def test_env_files_are_left_out_at_any_depth(pnpm: Pnpm, at: str) -> None:
    pnpm.package("a@1")
    pnpm.direct("a@1")
    path = pnpm.root / at
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("SECRET=planted")
    assert [place for place in layout(pnpm.root) if ".env" in place] == []


def test_a_link_named_like_an_env_file_is_left_out(pnpm: Pnpm) -> None:
    (pnpm.root / "settings").write_text("SECRET=planted")
    (pnpm.root / ".env").symlink_to("settings")
    assert ".env" not in layout(pnpm.root)


@pytest.mark.parametrize("place", ["", MODULES])
@pytest.mark.parametrize("outside", ["outside", "function-too", "."])
def test_links_out_of_the_function_are_refused(pnpm: Pnpm, tmp_path: Path, place: str, outside: str) -> None:
    (tmp_path / outside).mkdir(exist_ok=True)
    link = pnpm.root / place / "escape"
    link.symlink_to(os.path.relpath(tmp_path / outside, link.parent))
    with pytest.raises(OpsError, match=f"the link {Path(place) / 'escape'} points out of the package"):
        layout(pnpm.root)


def test_an_absolute_link_is_refused_even_into_the_function(pnpm: Pnpm) -> None:
    (pnpm.root / "lib").mkdir()
    (pnpm.root / "alias").symlink_to(pnpm.root / "lib")
    with pytest.raises(OpsError, match="points out of the package"):
        layout(pnpm.root)


@pytest.mark.parametrize("place", ["", MODULES, f"{MODULES}/.pnpm/a@1/{MODULES}"])
def test_a_broken_link_is_refused(pnpm: Pnpm, place: str) -> None:
    pnpm.package("a@1")
    pnpm.direct("a@1")
    (pnpm.root / place / "gone").symlink_to("nowhere")
    with pytest.raises(OpsError, match="gone points to nothing") as caught:
        layout(pnpm.root)
    assert "--rebuild" in caught.value.fix
