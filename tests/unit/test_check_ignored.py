"""Files with secrets: ignored by git, and in no commit of any branch."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from outreach_ops.checks.check_ignored import check
from outreach_ops.errors import OpsError

WHO = ("-c", "user.name=test", "-c", "user.email=test@example.com")


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet")
    return tmp_path


def commit(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    git(folder, "add", "--force", name)
    git(folder, *WHO, "commit", "--quiet", "--message", name)


def judged(folder: Path) -> tuple[str, str]:
    (found,) = check(folder, (".env.production",))
    return found.level, found.cause


def test_ignored_and_in_no_commit(repository: Path) -> None:
    commit(repository, ".gitignore", ".env.production\n")
    assert judged(repository) == ("ok", "ignored, and in no commit")


def test_a_pattern_with_a_comment_behind_it_ignores_nothing(repository: Path) -> None:
    commit(repository, ".gitignore", ".env.production  # secrets\n")
    assert judged(repository) == ("failure", "is not ignored")


def test_a_file_that_was_committed_once_is_found_though_it_is_ignored_and_gone(repository: Path) -> None:
    commit(repository, ".env.production", "A=1")
    commit(repository, ".gitignore", ".env.production\n")
    git(repository, "rm", "--quiet", ".env.production")
    git(repository, *WHO, "commit", "--quiet", "--message", "gone")
    assert judged(repository)[1].startswith("is in 2 commits")


def test_a_commit_of_another_branch_counts(repository: Path) -> None:
    commit(repository, ".gitignore", ".env.production\n")
    git(repository, "checkout", "--quiet", "-b", "other")
    commit(repository, ".env.production", "A=1")
    git(repository, "checkout", "--quiet", "-")
    assert judged(repository)[0] == "failure"


def test_a_merged_branch_that_added_it_and_removed_it_counts(repository: Path) -> None:
    commit(repository, ".gitignore", ".env.production\n")
    git(repository, "checkout", "--quiet", "-b", "other")
    commit(repository, ".env.production", "A=1")
    git(repository, "rm", "--quiet", ".env.production")
    git(repository, *WHO, "commit", "--quiet", "--message", "gone")
    git(repository, "checkout", "--quiet", "-")
    commit(repository, "readme", "text")
    git(repository, *WHO, "merge", "--quiet", "--no-edit", "other")
    git(repository, "branch", "--quiet", "--delete", "other")
    assert judged(repository)[0] == "failure"


def test_a_file_of_any_environment_counts(repository: Path) -> None:
    commit(repository, ".gitignore", ".env.local\n.env.production\n.env.staging.local\n")
    levels = {each.check: each.level for each in check(repository)}
    assert levels == {".env.local": "ok", ".env.*.local": "failure", ".env.production": "ok"}
    commit(repository, ".gitignore", ".env.local\n.env.production\n.env.*.local\n")
    assert {each.level for each in check(repository)} == {"ok"}
    commit(repository, ".env.development.local", "A=1")
    (_, found, _) = check(repository)
    assert (found.level, found.cause.startswith("is in 1 commits")) == ("failure", True)


def test_history_that_was_cut_off_is_no_proof(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    commit(repository, ".env.production", "A=1")
    git(repository, "rm", "--quiet", ".env.production")
    commit(repository, ".gitignore", ".env.production\n")
    clone = tmp_path_factory.mktemp("clone") / "shallow"
    git(repository, "clone", "--quiet", "--depth=1", f"file://{repository}", str(clone))
    found = check(clone, (".env.production",))
    assert [(each.check, each.level) for each in found] == [(".env.production", "ok"), ("history", "warning")]


def defaults(folder: Path) -> tuple[str, str]:
    (found,) = check(folder, (), ("TOKEN", "KEY"))
    return found.level, found.cause


def test_defaults_may_be_committed(repository: Path) -> None:
    assert defaults(repository)[0] == "ok"
    commit(repository, ".env", "PORT=3001\nTOKEN=\n")
    assert defaults(repository)[0] == "ok"


def test_a_secret_in_committed_defaults_is_found_in_any_commit_and_never_shown(repository: Path) -> None:
    commit(repository, ".env", "KEY=s3cret\n")
    commit(repository, ".env", "export TOKEN='s3cret'\n")
    commit(repository, ".env", "PORT=3001\n")
    level, cause = defaults(repository)
    assert level == "failure"
    assert "TOKEN (commit" in cause
    assert "KEY (commit" in cause
    assert "s3cret" not in cause


def test_a_secret_in_defaults_that_the_next_commit_would_take_is_found(repository: Path) -> None:
    (repository / ".env").write_text("TOKEN=s3cret\n")
    assert defaults(repository) == ("failure", ".env holds TOKEN and is not ignored".removeprefix(".env "))
    commit(repository, ".gitignore", ".env\n")
    assert defaults(repository)[0] == "ok"


def test_no_repository_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OpsError, match="not a git repository"):
        check(tmp_path)


def test_another_repository_of_the_caller_is_not_looked_at(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(repository, ".env.production", "A=1")
    foreign = tmp_path_factory.mktemp("foreign")
    git(foreign, "init", "--quiet")
    commit(foreign, ".gitignore", ".env.production\n")
    monkeypatch.setenv("GIT_DIR", str(foreign / ".git"))
    assert judged(repository)[1].startswith("is in 1 commits")
