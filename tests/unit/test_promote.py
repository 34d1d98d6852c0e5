"""What one environment has live and proven goes live in another: what is proven, what is used again."""

from __future__ import annotations

import dataclasses
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.builds import Build
from fakes.functions import Alias
from fakes.settings import SETTINGS
from fakes.site import Site
from outreach_ops.builds import artifact
from outreach_ops.errors import OpsError, UsageError
from outreach_ops.release import promote
from outreach_ops.settings.model import Settings

PRODUCTION = dataclasses.replace(
    SETTINGS, host="outreach-production", site=dataclasses.replace(SETTINGS.site, environment="production")
)


def with_build(settings: Settings, **build: str) -> Settings:
    """The same with other build-time variables."""
    return dataclasses.replace(settings, variables=dataclasses.replace(settings.variables, build=build))


def commit(path: Path) -> str:
    """A checkout with one commit, and that commit."""
    path.mkdir(exist_ok=True)
    (path / "page.tsx").write_text("a page")
    who = ("-c", "user.name=test", "-c", "user.email=test@example.com")
    for arguments in (("init", "--quiet"), ("add", "."), (*who, "commit", "--quiet", "--message", "one")):
        subprocess.run(["git", "-C", str(path), *arguments], check=True)
    head = ["git", "-C", str(path), "rev-parse", "HEAD"]
    return subprocess.run(head, check=True, capture_output=True, text=True).stdout.strip()


def released_at(site: Site, sha: str, *, dirty: bool = False) -> Build:
    """A release of the commit `sha`, which is live and proven."""
    made = site.build("0.1.0")
    there = Build(dataclasses.replace(made.artifact, commit=sha, dirty=dirty), made.folder)
    site.deploy(there)
    return there


def test_what_is_live_and_passed_its_checks_is_proven(site: Site) -> None:
    site.released("0.1.0")
    made = site.released("0.2.0")
    assert promote.proven(site.desk) == made.artifact
    site.rollback("v0.1.0")
    assert promote.proven(site.desk).version == "0.1.0"


def test_a_release_that_failed_proves_nothing_and_the_one_before_it_stays_proven(site: Site) -> None:
    site.released("0.1.0")
    site.aws.refuse("CreateInvalidation", "AccessDenied")
    with pytest.raises(OpsError):
        site.released("0.2.0")
    # Taking it back needs an invalidation too.
    site.aws.before.clear()
    with pytest.raises(OpsError, match="unfinished work") as caught:
        promote.proven(site.desk)
    assert caught.value.fix == "invoke resume --env=test"


def test_nothing_is_proven_before_the_first_release(site: Site) -> None:
    with pytest.raises(OpsError, match="which no release has proven"):
        promote.proven(site.desk)


def test_a_move_in_the_console_proves_nothing(site: Site) -> None:
    site.released("0.1.0")
    site.aws.lambda_.functions["server"].aliases["live"] = Alias("1")
    with pytest.raises(OpsError, match="moved by other means"):
        promote.proven(site.desk)


def test_changes_that_no_commit_holds_are_not_promoted(site: Site, tmp_path: Path) -> None:
    released_at(site, commit(tmp_path / "app"), dirty=True)
    with pytest.raises(OpsError, match="built of more than its commit"):
        promote.proven(site.desk)


def test_the_checkout_must_be_at_the_proven_commit_without_changes(site: Site, tmp_path: Path) -> None:
    app = tmp_path / "my app"
    made = released_at(site, commit(app)).artifact
    assert promote.checked_out(app, made, SETTINGS).commit == made.commit
    (app / "page.tsx").write_text("another page")
    with pytest.raises(UsageError, match=r"test has proven: page\.tsx has changes that are not committed"):
        promote.checked_out(app, made, SETTINGS)
    other = dataclasses.replace(made, commit="f" * 40)
    with pytest.raises(UsageError, match="test has proven fffffff") as caught:
        promote.checked_out(app, other, SETTINGS)
    assert f"git -C '{app}' checkout {'f' * 40}" in caught.value.fix


def test_one_environment_is_not_promoted_to_itself(site: Site, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="are one environment"):
        promote.promote(SETTINGS, SETTINGS, tmp_path, site.desk.console)


def test_what_makes_another_build_is_named() -> None:
    staging = with_build(SETTINGS, NEXT_PUBLIC_URL="https://staging", NEXT_PUBLIC_SAME="same")
    production = with_build(PRODUCTION, NEXT_PUBLIC_URL="https://production", NEXT_PUBLIC_SAME="same")
    assert promote.differences(staging, production) == ["NEXT_PUBLIC_URL"]
    arm = dataclasses.replace(staging, lambda_=dataclasses.replace(staging.lambda_, architecture="arm64"))
    assert promote.differences(staging, arm) == ["lambda_architecture"]
    assert promote.differences(staging, staging) == ["the tools that build or the files that git ignores"]


class TestTheSameArtifact:
    """It is whole wherever it comes from."""

    def test_comes_from_this_machine_when_it_is_there(self, site: Site, tmp_path: Path) -> None:
        made = site.released("0.1.0")
        promote.bring(site.door, made.artifact, made.folder, tmp_path / "store" / "here")
        assert artifact.load(tmp_path / "store" / "here") == made.artifact

    def test_comes_from_the_bucket_when_it_is_not(self, site: Site, tmp_path: Path) -> None:
        made = site.released("0.1.0")
        promote.bring(site.door, made.artifact, tmp_path / "none", tmp_path / "store" / "here")
        assert artifact.load(tmp_path / "store" / "here") == made.artifact

    def test_comes_without_the_pages_that_the_server_has_rewritten(self, site: Site, tmp_path: Path) -> None:
        made = site.released("0.1.0")
        page = "_cache/build-0.1.0/clinics.cache"
        site.aws.s3.objects[page] = dataclasses.replace(site.aws.s3.objects[page], body=b"made since")
        promote.bring(site.door, made.artifact, tmp_path / "none", tmp_path / "here")
        assert artifact.load(tmp_path / "here").assets == made.artifact.of_kind("hashed", "public")

    @pytest.mark.parametrize("prefix", ["_code/", "_public/", "_assets/outreach-static"])
    def test_is_refused_when_anything_else_is_missing(
        self, new_site: Callable[[], Site], tmp_path: Path, prefix: str
    ) -> None:
        site = new_site()
        made = site.released("0.1.0")
        del site.aws.s3.objects[next(key for key in site.aws.s3.objects if key.startswith(prefix))]
        with pytest.raises(OpsError, match="the bucket lacks"):
            promote.bring(site.door, made.artifact, tmp_path / "none", tmp_path / "here")
        assert not (tmp_path / "here").exists()

    @pytest.mark.parametrize("file", ["{outside}/evil.zip", "../../../evil.zip"])
    def test_writes_nothing_outside_of_its_folder(self, site: Site, tmp_path: Path, file: str) -> None:
        made = site.released("0.1.0").artifact
        named = dataclasses.replace(made.server, file=file.format(outside=tmp_path))
        hostile = dataclasses.replace(made, server=named)
        with pytest.raises(OpsError, match=r"evil\.zip' (is an absolute path|has \. or \.\. in it)"):
            promote.bring(site.door, hostile, tmp_path / "none", tmp_path / "store" / "deep" / "here")
        assert list(tmp_path.rglob("evil.zip")) == []

    def test_brings_no_file_that_a_link_leads_to(self, site: Site, tmp_path: Path) -> None:
        made = site.released("0.1.0")
        path, outside = made.folder / "server.zip", tmp_path / "outside.zip"
        path.rename(outside)
        path.symlink_to(outside)
        with pytest.raises(OpsError, match="is a link that leads out of"):
            promote.bring(site.door, made.artifact, made.folder, tmp_path / "store" / "here")
        assert not (tmp_path / "store" / "here").exists()

    def test_that_is_there_already_is_left_alone(self, site: Site, tmp_path: Path) -> None:
        made = site.released("0.1.0")
        before = len(site.aws.calls)
        promote.bring(site.door, made.artifact, tmp_path / "none", made.folder)
        assert len(site.aws.calls) == before
