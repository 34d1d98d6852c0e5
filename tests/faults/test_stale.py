"""What a build reads and a commit does not show: nothing stale is released, and the label says so."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.settings import SETTINGS
from outreach_ops import git
from outreach_ops.builds.opennext import Options, build
from support.checkouts import Checkout, commit, make, repository
from support.checkouts import git as typed

fault = pytest.mark.fault
Change = Callable[[Checkout], object]


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkout that every test gets a copy of."""
    return make(tmp_path_factory.mktemp("committed")).root


@pytest.fixture
def checkout(committed: Path, tmp_path: Path) -> Checkout:
    return Checkout(shutil.copytree(committed, tmp_path / "repository"), tmp_path / "builds")


def test_what_has_not_changed_is_reused_with_its_commit(checkout: Checkout) -> None:
    made = checkout.build()
    assert made.note == f"built v0.1.0 ({git.inspect(checkout.app).label})"
    again = checkout.build()
    assert (again.folder, again.artifact) == (made.folder, made.artifact)
    assert again.note == f"reused: the inputs have not changed ({made.artifact.input_hash[:8]})"
    assert checkout.build(rebuild=True).note.startswith("built")


def outside_and_committed(checkout: Checkout) -> None:
    checkout.write("shared/theme.ts", "another theme")
    checkout.commit()


def nothing_but_a_commit(checkout: Checkout) -> None:
    checkout.commit()


def a_new_file_of_variables(checkout: Checkout) -> None:
    checkout.write("web/.env.production", "NAME=value")


def a_new_ignored_file(checkout: Checkout) -> None:
    checkout.write("web/public/logo.bin", "a logo")


def a_new_file_in_an_ignored_folder(checkout: Checkout) -> None:
    checkout.write("web/generated/deep/client.ts", "a client")


def an_ignored_file_that_is_uploaded(checkout: Checkout) -> None:
    checkout.write(".git/info/exclude", "coverage\n")
    checkout.write("web/public/coverage/index.html", "a report")


def an_ignored_repository(checkout: Checkout) -> None:
    repository(checkout.root / "web" / "generated" / "theirs", page="a page")


def an_ignored_link(checkout: Checkout) -> None:
    checkout.write("shared/logo.bin", "a logo")
    checkout.link("web/public/logo.bin", "../../shared/logo.bin")


def an_ignored_link_to_a_folder(checkout: Checkout) -> None:
    checkout.link("web/generated", "../shared")


@fault("a file that git ignores and a build reads changes (`.env.production`)", "built again")
@pytest.mark.parametrize(
    "change",
    [
        outside_and_committed,
        nothing_but_a_commit,
        a_new_file_of_variables,
        a_new_ignored_file,
        a_new_file_in_an_ignored_folder,
        an_ignored_file_that_is_uploaded,
        an_ignored_repository,
        an_ignored_link,
        an_ignored_link_to_a_folder,
    ],
)
def test_another_commit_or_another_ignored_file_is_built_again(checkout: Checkout, change: Change) -> None:
    checkout.build()
    change(checkout)
    assert checkout.reused() is None
    assert not git.inspect(checkout.app).dirty


@pytest.mark.parametrize("name", ["web/.env.production", "web/public/logo.bin", "web/generated/client.ts"])
def test_an_ignored_file_counts_by_its_content(checkout: Checkout, name: str) -> None:
    checkout.write(name, "one")
    made = checkout.build()
    checkout.write(name, "one")
    reused = checkout.reused()
    assert reused is not None
    assert reused.folder == made.folder
    checkout.write(name, "two")
    assert checkout.reused() is None
    (checkout.root / name).unlink()
    assert checkout.reused() is None


def uncommitted(checkout: Checkout) -> None:
    checkout.write("shared/theme.ts", "another theme")


def staged(checkout: Checkout) -> None:
    uncommitted(checkout)
    typed(checkout.root, "add", ".")


def deleted(checkout: Checkout) -> None:
    (checkout.root / "shared" / "theme.ts").unlink()


def untracked(checkout: Checkout) -> None:
    checkout.write("shared/colours.ts", "colours")


def untracked_and_hidden_by_the_configuration(checkout: Checkout) -> None:
    typed(checkout.root, "config", "status.showUntrackedFiles", "no")
    untracked(checkout)


def a_nested_repository(checkout: Checkout) -> None:
    repository(checkout.root / "web" / "theirs", page="a page")


def marked(mark: str) -> Change:
    def change(checkout: Checkout) -> None:
        typed(checkout.root, "update-index", f"--{mark}", "shared/theme.ts")
        uncommitted(checkout)

    return change


def a_name_that_is_no_text(checkout: Checkout) -> None:
    Path(os.fsdecode(os.fsencode(checkout.app) + b"/\xff.tsx")).touch()


def replaced(checkout: Checkout) -> None:
    first = typed(checkout.root, "rev-parse", "HEAD")
    uncommitted(checkout)
    second = checkout.commit()
    typed(checkout.root, "update-ref", "HEAD", first)
    typed(checkout.root, "replace", first, second)


def watched(checkout: Checkout) -> None:
    """A monitor of files that says that nothing has changed."""
    monitor = checkout.write("web/generated/monitor", "#!/bin/sh\nprintf 'token\\0'\n")
    monitor.chmod(0o755)
    typed(checkout.root, "config", "core.fsmonitor", str(monitor))
    typed(checkout.root, "status")
    typed(checkout.root, "update-index", "--fsmonitor-valid", "shared/theme.ts")
    uncommitted(checkout)


@fault(
    "a change outside of the application's folder, or one that git is told not to look at",
    "built again; the release counts as dirty, and why is said",
)
@pytest.mark.parametrize(
    ("change", "why"),
    [
        (uncommitted, "shared/theme.ts has changes that are not committed"),
        (staged, "shared/theme.ts has changes that are not committed"),
        (deleted, "shared/theme.ts has changes that are not committed"),
        (untracked, "shared/colours.ts is not committed"),
        (untracked_and_hidden_by_the_configuration, "shared/colours.ts is not committed"),
        (a_nested_repository, "web/theirs/ is not committed"),
        (marked("skip-worktree"), "shared/theme.ts is marked skip-worktree, which hides changes"),
        (marked("assume-unchanged"), "shared/theme.ts is marked assume-unchanged, which hides changes"),
        (a_name_that_is_no_text, "web/?.tsx is not committed"),
        (replaced, "shared/theme.ts has changes that are not committed"),
        (watched, "shared/theme.ts has changes that are not committed"),
    ],
)
def test_what_is_not_in_the_commit_is_built_again_and_dirty(
    checkout: Checkout, change: Change, why: str
) -> None:
    checkout.build()
    change(checkout)
    assert_dirty(checkout, why)


def assert_dirty(checkout: Checkout, why: str) -> None:
    """Assert that it is built each time, and that the build says that and why it is dirty."""
    assert checkout.reused() is None
    made = checkout.build()
    assert made.note.startswith("built")
    assert made.artifact.label.endswith("-dirty)")
    assert why in [found.what for found in made.differences]
    assert any(line.startswith(f"dirty: {why}; ") for line in checkout.said)
    assert checkout.reused() is None


def test_a_dirty_build_is_never_taken_for_its_commit_nor_for_another_dirty_one(checkout: Checkout) -> None:
    uncommitted(checkout)
    one, other = checkout.build(), checkout.build()
    assert one.folder != other.folder
    typed(checkout.root, "checkout", "--quiet", ".")
    assert checkout.reused() is None


def to_an_outside_file(checkout: Checkout) -> None:
    (checkout.root.parent / "logo.svg").write_text("a logo")
    checkout.link("web/logo.svg", "../../logo.svg")


def by_an_absolute_path(checkout: Checkout) -> None:
    checkout.link("web/logo.svg", str(checkout.app / "page.tsx"))


def through_a_folder(checkout: Checkout) -> None:
    checkout.link("outside", "../elsewhere")
    checkout.link("web/logo.svg", "../outside/logo.svg")


def to_an_ignored_file(checkout: Checkout) -> None:
    checkout.write("shared/logo.bin", "a logo")
    checkout.link("web/logo.svg", "../shared/logo.bin")


def over_an_ignored_link(checkout: Checkout) -> None:
    checkout.link("web/generated", "../shared")
    checkout.link("web/theme.ts", "generated/theme.ts")


def round_and_round(checkout: Checkout) -> None:
    checkout.link("web/logo.svg", "logo.svg")


@fault(
    "the target of a tracked link changes outside of the repository",
    "built again; the release counts as dirty, and why is said",
)
@pytest.mark.parametrize(
    ("change", "why"),
    [
        (to_an_outside_file, "the link web/logo.svg leads out of the repository"),
        (by_an_absolute_path, "the link web/logo.svg leads out of the repository"),
        (through_a_folder, "the link web/logo.svg leads out of the repository"),
        (to_an_ignored_file, "the link web/logo.svg leads to shared/logo.bin, which is not committed"),
        (over_an_ignored_link, "the link web/theme.ts leads over web/generated, which is not committed"),
        (round_and_round, "the link web/logo.svg leads out of the repository"),
    ],
)
def test_a_tracked_link_out_of_the_commit_is_built_again(
    checkout: Checkout, change: Change, why: str
) -> None:
    change(checkout)
    checkout.commit()
    assert_dirty(checkout, why)


@pytest.mark.parametrize(
    "target", ["page.tsx", "../shared", "../shared/theme.ts", "./absent", "node_modules/x/y"]
)
def test_a_tracked_link_within_the_commit_is_reused(checkout: Checkout, target: str) -> None:
    checkout.write("web/node_modules/x/y", "installed")
    checkout.link("web/linked", target)
    checkout.commit()
    made = checkout.build()
    reused = checkout.reused()
    assert reused is not None
    assert (reused.folder, reused.artifact.dirty) == (made.folder, False)


def test_an_ignored_file_behind_a_link_or_a_dependency_counts(checkout: Checkout) -> None:
    checkout.link("web/linked", "../shared")
    checkout.write("packages/ui/index.ts", "a button")
    checkout.depend(dependency("ui", "link:../packages/ui"))
    checkout.commit()
    for name in ("shared/logo.bin", "packages/ui/generated/styles.css"):
        checkout.build()
        checkout.write(name, "new")
        assert checkout.reused() is None


def dependency(name: str, target: str, specifier: str = "") -> str:
    return f"      {name}:\n        specifier: {specifier or target}\n        version: {target}\n"


@fault(
    "a `file:` or `link:` dependency outside of the repository changes",
    "built again; the release counts as dirty, and why is said",
)
@pytest.mark.parametrize(
    ("lines", "named"),
    [
        (dependency("lib", "link:../../lib"), "../../lib"),
        (dependency("lib", "file:../../lib.tgz"), "../../lib.tgz"),
        (dependency("lib", "file:/srv/lib"), "/srv/lib"),
        (dependency("lib", "link:~/lib"), "~/lib"),
        (dependency("lib", "link:../../lib", "workspace:*"), "../../lib"),
        (
            "\n  packages/ui:\n    dependencies:\n" + dependency("lib", "link:../../../../lib"),
            "../../../../lib",
        ),
        ("\n  ../../other: {}\n", "../../other"),
        ("\npackages:\n\n  'lib@file:../../lib':\n    resolution: {directory: ../../lib}\n", "../../lib"),
        ("\noverrides:\n  lib: link:../../lib\n", "../../lib"),
    ],
)
def test_a_dependency_that_leads_out_is_built_again(checkout: Checkout, lines: str, named: str) -> None:
    checkout.depend(lines)
    checkout.commit()
    assert_dirty(checkout, f"the dependency {named} leads out of the repository")


def test_a_dependency_of_package_json_counts_before_it_is_in_the_lockfile(checkout: Checkout) -> None:
    checkout.write("web/package.json", '{"version": "0.1.0", "dependencies": {"lib": "file:../../lib"}}')
    checkout.commit()
    assert_dirty(checkout, "the dependency ../../lib leads out of the repository")


def test_a_dependency_that_is_ignored_is_built_again(checkout: Checkout) -> None:
    checkout.write("web/lib.bin", "a package")
    checkout.depend(dependency("lib", "file:lib.bin"))
    checkout.commit()
    assert_dirty(checkout, "the dependency lib.bin leads to web/lib.bin, which is not committed")


@pytest.mark.parametrize(
    "lines",
    [
        dependency("ui", "link:../shared", "workspace:*"),
        dependency("ui", "file:../shared"),
        "\n  packages/a:\n    dependencies:\n" + dependency("b", "link:../../../shared", "workspace:^"),
        "\n  packages/a:\n    dependencies:\n" + dependency("b", "file:packages/b", "file:../b"),
    ],
)
def test_a_dependency_within_the_repository_is_reused(checkout: Checkout, lines: str) -> None:
    checkout.write("web/packages/a/index.js", "a")
    checkout.write("web/packages/b/index.js", "b")
    checkout.write(
        "web/package.json", '{"version": "0.1.0", "scripts": {"db": "migrate --url file:../../db"}}'
    )
    checkout.depend(lines)
    checkout.commit()
    made = checkout.build()
    assert (made.differences, checkout.reused() is None) == ((), False)


@pytest.fixture
def library(checkout: Checkout) -> Path:
    """A submodule of the checkout."""
    upstream = repository(checkout.root.parent / "library", **{"lib.ts": "one"})
    add = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(upstream), "library")
    typed(checkout.root, *add)
    # As whoever does not want to be bothered by it configures git.
    typed(checkout.root, "config", "submodule.library.ignore", "all")
    typed(checkout.root, "config", "diff.ignoreSubmodules", "all")
    checkout.commit()
    return checkout.root / "library"


def changed_within(library: Path) -> None:
    (library / "lib.ts").write_text("two")


def new_within(library: Path) -> None:
    typed(library, "config", "status.showUntrackedFiles", "no")
    (library / "new.ts").write_text("new")


def moved(library: Path) -> None:
    changed_within(library)
    commit(library)


def marked_within(library: Path) -> None:
    typed(library, "update-index", "--skip-worktree", "lib.ts")


@fault("a submodule changes", "built again; the release counts as dirty, and why is said")
@pytest.mark.parametrize(
    ("change", "why"),
    [
        (changed_within, "library has changes that are not committed"),
        (new_within, "library/new.ts is not committed"),
        (moved, "library has changes that are not committed"),
        (marked_within, "library/lib.ts is marked skip-worktree, which hides changes"),
    ],
)
def test_a_submodule_that_changes_is_built_again(
    checkout: Checkout, library: Path, change: Callable[[Path], None], why: str
) -> None:
    checkout.build()
    assert checkout.reused() is not None
    change(library)
    assert_dirty(checkout, why)


def test_a_submodule_that_was_not_fetched_is_another_build(checkout: Checkout, library: Path) -> None:
    typed(checkout.root, "submodule", "--quiet", "deinit", "--all")
    checkout.build()
    assert checkout.reused() is not None
    typed(checkout.root, "submodule", "--quiet", "update", "--init")
    assert checkout.reused() is None
    assert not git.inspect(checkout.app).dirty
    shutil.rmtree(library)
    library.mkdir()
    (library / "lib.ts").write_text("copied")
    assert_dirty(checkout, "the submodule library has files, but is no repository")


def test_a_file_that_a_filter_stands_for_is_another_build_once_it_is_fetched(checkout: Checkout) -> None:
    """As with Git LFS: to git the file is the same, as a pointer and with its content."""
    typed(checkout.root, "config", "filter.large.clean", "cat >/dev/null; echo pointer")
    checkout.write(".gitattributes", "*.png filter=large\n")
    checkout.write("web/public/logo.png", "pointer\n")
    checkout.commit()
    checkout.build()
    assert checkout.reused() is not None
    checkout.write("web/public/logo.png", "the logo itself")
    typed(checkout.root, "add", ".")
    assert not git.inspect(checkout.app).dirty
    assert checkout.reused() is None


@fault(
    "the application is in a folder that the repository around it ignores",
    "built again; the release counts as dirty, and why is said",
)
def test_an_application_that_its_repository_ignores_is_built_again(checkout: Checkout) -> None:
    inner = Checkout(checkout.root / "generated", checkout.store)
    shutil.copytree(checkout.app, inner.app)
    inner.build()
    why = f"the repository at {checkout.root} has nothing of generated/web in its commit"
    assert_dirty(inner, why)
    assert "make it a repository of its own" in inner.said[-1]


@pytest.mark.parametrize(
    "name", ["web/.next/cache/x", "web/next-env.d.ts", "web/node_modules/a/b", "generated/x"]
)
def test_what_builds_write_and_what_they_do_not_read_is_reused(checkout: Checkout, name: str) -> None:
    made = checkout.build()
    checkout.write(name, "new")
    reused = checkout.reused()
    assert reused is not None
    assert reused.folder == made.folder


def test_an_ignored_file_that_each_build_writes_is_no_change(checkout: Checkout) -> None:
    made = checkout.build(writing="web/generated/client.ts")
    reused = checkout.reused()
    assert reused is not None
    assert reused.folder == made.folder


def test_a_new_file_that_a_build_writes_does_not_make_its_release_dirty(checkout: Checkout) -> None:
    assert not checkout.build(writing="web/public/sitemap.xml").artifact.dirty
    assert checkout.reused() is None


@fault("the checkout is changed while it is built", "released as dirty, and built again")
@pytest.mark.parametrize(
    ("name", "why"),
    [("web/page.tsx", "web/page.tsx has changes that are not committed (since the build began)")],
)
def test_a_file_that_is_changed_while_it_is_built_makes_it_dirty(
    checkout: Checkout, name: str, why: str
) -> None:
    made = checkout.build(writing=name)
    assert made.artifact.dirty
    assert [found.what for found in made.differences] == [why]
    typed(checkout.root, "checkout", "--quiet", ".")
    assert checkout.reused() is None


def test_variables_that_are_changed_while_they_are_built_in_are_built_again(checkout: Checkout) -> None:
    checkout.write("web/.env.production", "NAME=old")
    assert not checkout.build(writing="web/.env.production").artifact.dirty
    assert checkout.reused() is None


def test_too_much_that_is_ignored_is_not_read_and_the_build_says_so(checkout: Checkout) -> None:
    for number in range(3):
        os.truncate(checkout.write(f"web/generated/{number}", ""), 30 << 20)
    made = checkout.build()
    assert not made.artifact.dirty
    assert checkout.reused() is None
    (line,) = [line for line in checkout.said if "is not used again" in line]
    assert "git ignores more than 2000 files or 64 MB" in line


def test_an_ignored_pipe_is_not_waited_for(checkout: Checkout) -> None:
    os.mkfifo(checkout.write("web/generated/a", "").with_name("pipe"))
    assert git.inspect(checkout.app).unknown == "git ignores web/generated/pipe, which is not a plain file"


def test_two_applications_of_one_commit_are_two_builds(checkout: Checkout) -> None:
    shutil.copytree(checkout.app, checkout.root / "other")
    checkout.commit()
    checkout.build()
    other = git.inspect(checkout.root / "other")
    assert other.content != git.inspect(checkout.app).content


def test_no_hash_of_variables_is_shown_that_a_short_one_could_be_found_by(checkout: Checkout) -> None:
    checkout.write("web/.env.local", "PIN=1234")
    inspected = git.inspect(checkout.app)
    assert inspected.variables
    for shown in (inspected.variables, inspected.variables.hex(), inspected.content):
        assert str(shown) not in repr(inspected)


def test_build_variables_and_sites_have_builds_of_their_own(checkout: Checkout) -> None:
    checkout.build()
    variables = dataclasses.replace(
        SETTINGS.variables, build={"NEXT_PUBLIC_URL": "https://other.example.com"}
    )
    assert checkout.reused(dataclasses.replace(SETTINGS, variables=variables)) is None


def test_skip_build_takes_what_was_built_last(checkout: Checkout) -> None:
    made = checkout.build()
    checkout.write("web/page.tsx", "another page")
    skipped = build(SETTINGS, checkout.app, Options(skip=True), checkout.said.append, checkout.store)
    assert (skipped.artifact, skipped.note) == (
        made.artifact,
        f"skipped: releasing {made.artifact.label} as it was built",
    )


@fault(
    "the caller's GIT_DIR, GIT_WORK_TREE or GIT_INDEX_FILE names another repository",
    "it is not followed; done",
)
@pytest.mark.parametrize("name", ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"])
def test_a_foreign_repository_of_the_caller_is_not_followed(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    expected = git.inspect(checkout.app)
    foreign = repository(checkout.root.parent / "foreign", page="theirs")
    inner = {"GIT_WORK_TREE": "", "GIT_INDEX_FILE": ".git/index", "GIT_OBJECT_DIRECTORY": ".git/objects"}
    monkeypatch.setenv(name, str(foreign / inner.get(name, ".git")))
    assert git.inspect(checkout.app) == expected
    assert git.tag(checkout.app, "deploy-test-v0.1.0", expected.commit) is None
    monkeypatch.delenv(name)
    assert typed(checkout.root, "tag", "--list") == "deploy-test-v0.1.0"
    assert typed(foreign, "tag", "--list") == ""


@fault(
    "git is configured to sign tags, and would ask for a key or open an editor",
    "the tag is made without; done",
)
def test_a_tag_asks_for_no_key_and_opens_no_editor(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = checkout.root.parent / "asked"
    program = checkout.root.parent / "program"
    program.write_text(f"#!/bin/sh\ntouch {asked}\nexit 1\n")
    program.chmod(0o755)
    for name in ("gpg.program", "core.editor", "core.sshCommand"):
        typed(checkout.root, "config", name, str(program))
    for name in ("tag.gpgSign", "tag.forceSignAnnotated"):
        typed(checkout.root, "config", name, "true")
    hook = checkout.root / ".git" / "hooks" / "reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_bytes(program.read_bytes())
    hook.chmod(0o755)
    monkeypatch.setenv("GIT_EDITOR", str(program))
    commit = git.inspect(checkout.app).commit
    assert git.tag(checkout.app, "deploy-test-v0.1.0", commit) is None
    assert typed(checkout.root, "cat-file", "-t", "deploy-test-v0.1.0") == "commit"
    assert not asked.exists()
