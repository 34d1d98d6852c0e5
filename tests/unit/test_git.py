"""What git says of a checkout, and the tags that releases leave in it; a real git in a temporary folder."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from outreach_ops.errors import UsageError
from outreach_ops.git import inspect, tag


def run(folder: Path, *arguments: str) -> str:
    """git, with nothing of this machine's configuration."""
    identity = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """An application in a subfolder of its repository, committed."""
    folder = tmp_path / "repository" / "app"
    folder.mkdir(parents=True)
    run(folder.parent, "init", "--quiet")
    (folder / "page.tsx").write_text("one")
    (folder / ".gitignore").write_text("ignored.txt\n")
    run(folder.parent, "add", ".")
    run(folder.parent, "commit", "--quiet", "--message=first")
    return folder


def test_a_clean_checkout_is_known_by_its_commit(app: Path) -> None:
    checkout = inspect(app)
    assert checkout.commit == run(app, "rev-parse", "HEAD")
    assert not checkout.dirty
    assert checkout.label == checkout.commit[:7]


@pytest.mark.parametrize("change", ["modified", "untracked", "deleted", "staged"])
def test_any_change_makes_it_dirty_and_its_content_unknown(app: Path, change: str) -> None:
    before = inspect(app)
    if change == "deleted":
        (app / "page.tsx").unlink()
    else:
        (app / ("new.tsx" if change == "untracked" else "page.tsx")).write_text("two")
    if change == "staged":
        run(app, "add", ".")
    after = inspect(app)
    assert after.dirty
    assert after.label == f"{before.commit[:7]}-dirty"
    assert (before.content is None, after.content is None) == (False, True)


def test_an_ignored_file_is_another_content_of_the_same_commit(app: Path) -> None:
    before = inspect(app)
    (app / "ignored.txt").write_text("noise")
    after = inspect(app)
    assert (after.label, after.content == before.content) == (before.label, False)


def test_another_commit_is_another_content_whatever_is_in_it(app: Path) -> None:
    before = inspect(app)
    run(app, "commit", "--quiet", "--allow-empty", "--message=second")
    assert inspect(app).content != before.content


@pytest.mark.parametrize("name", ["-d", "--list"])
def test_the_name_of_a_tag_is_never_an_option(app: Path, name: str) -> None:
    commit = inspect(app).commit
    tag(app, "deploy-staging-v0.1.0", commit)
    said = tag(app, name, commit)
    assert said is not None
    assert "not a valid tag name" in said
    assert run(app, "tag", "--list") == "deploy-staging-v0.1.0"


@pytest.mark.parametrize("initialised", [False, True], ids=["no repository", "no commit"])
def test_a_folder_without_a_commit_is_refused(tmp_path: Path, initialised: bool) -> None:
    if initialised:
        run(tmp_path, "init", "--quiet")
    with pytest.raises(UsageError, match="is not a git checkout with a commit") as caught:
        inspect(tmp_path)
    assert "commit the application first" in caught.value.fix


def test_a_release_leaves_a_lightweight_tag(app: Path) -> None:
    commit = inspect(app).commit
    assert tag(app, "deploy-staging-v0.1.0", commit) is None
    assert run(app, "for-each-ref", "--format=%(objecttype) %(objectname)", "refs/tags") == f"commit {commit}"


def test_a_tag_that_stands_there_already_is_fine(app: Path) -> None:
    commit = inspect(app).commit
    tag(app, "deploy-staging-v0.1.0", commit)
    assert tag(app, "deploy-staging-v0.1.0", commit) is None


def test_a_tag_is_never_moved(app: Path) -> None:
    first = inspect(app).commit
    tag(app, "deploy-staging-v0.1.0", first)
    run(app, "commit", "--quiet", "--allow-empty", "--message=second")
    second = inspect(app).commit
    said = tag(app, "deploy-staging-v0.1.0", second)
    assert said == (
        f"the tag deploy-staging-v0.1.0 stands at {first[:7]} already and was left there; "
        f"to move it: git tag --force deploy-staging-v0.1.0 {second}"
    )
    assert run(app, "rev-parse", "deploy-staging-v0.1.0") == first


def test_a_tag_that_cannot_be_set_says_what_to_type(app: Path) -> None:
    said = tag(app, "deploy-staging-v0.1.0", "1" * 40)
    assert said is not None
    assert said.endswith(f"type: git tag deploy-staging-v0.1.0 {'1' * 40}")
