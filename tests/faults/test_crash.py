"""A process that ends at any call that matters leaves nothing that the next command does not put right."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable

import pytest

from fakes.builds import Build
from fakes.crash import KilledError, count, kill, revive
from fakes.site import Site, ending
from outreach_ops.errors import RolledBackError
from outreach_ops.release.operation import resume
from outreach_ops.release.stages import DEPLOY

WATCHED = 10
"""Seconds, none of which pass."""

Next = Callable[[Site, Build, Build], object]
Calls = Callable[[int], Iterable[int]]
Ready = Callable[[], tuple[Site, Build, Build]]


def assert_clean(site: Site, builds: dict[str, Build]) -> str:
    """One release is live, whole, and the ledger's last entry says which; its version."""
    seen = site.read()
    last = site.ledger[-1]
    assert not seen.unfinished
    assert seen.explained
    server = seen.functions["server"].configuration
    shown = next(build for build in builds.values() if build.artifact.label == server.description)
    assert seen.functions["image"].configuration.code_sha256 == shown.artifact.image.sha256
    for asset in shown.artifact.assets:
        stored = seen.objects.get(asset.stored_key)
        assert stored == asset.md5 or (asset.kind == "cache" and stored is not None)
    for asset in shown.artifact.of_kind("public"):
        assert seen.objects[asset.key] == asset.md5
    version = shown.artifact.version
    assert f"version {version}" in site.page("/outreach")
    assert site.page("/outreach/notes.txt") == f"notes of {version}"
    assert (last.live_server_version, last.live_image_version) == (
        seen.versions["server"],
        seen.versions["image"],
    )
    return version


NEXT: dict[str, Next] = {
    "resume": lambda site, _old, _new: resume(site.desk, "resume", 0),
    "deploy": lambda site, _old, new: site.deploy(new),
    "rollback": lambda site, _old, _new: site.rollback("v0.1.0"),
}


def put_right(
    ready: Ready,
    work: Callable[[Site, Build], object],
    calls: Calls,
    moment: str,
    then: str,
    least: int = 0,
) -> None:
    """Kills `work`, which makes more than `least` calls, at each of them; the next command does as asked."""
    model, _, made = ready()
    total = count(model, lambda: work(model, made))
    assert total > least
    for at in calls(total):
        site, old, new = ready()
        kill(site, at, moment)
        with pytest.raises(KilledError):
            work(site, new)
        revive(site)
        NEXT[then](site, old, new)
        live = assert_clean(site, {"0.1.0": old, "0.2.0": new})
        assert live == {"deploy": "0.2.0", "rollback": "0.1.0", "resume": live}[then]


@pytest.fixture
def built(new_site: Callable[[], Site]) -> Ready:
    """Makes a site with v0.1.0 live and v0.2.0 built."""

    def ready() -> tuple[Site, Build, Build]:
        site = new_site()
        return site, site.released("0.1.0"), site.build("0.2.0", image="another image")

    return ready


@pytest.mark.parametrize("then", sorted(NEXT))
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_deploy_that_is_killed_at_any_call_is_put_right_by_the_next_command(
    built: Ready, calls: Calls, moment: str, then: str
) -> None:
    put_right(built, lambda site, new: site.watched(new, WATCHED), calls, moment, then, least=40)


@pytest.mark.parametrize("then", sorted(NEXT))
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_deploy_that_is_killed_while_it_is_taken_back_is_put_right_by_the_next_command(
    built: Ready, calls: Calls, moment: str, then: str
) -> None:
    def fail(site: Site, made: Build) -> None:
        with pytest.raises(RolledBackError):
            site.deploy(made, stages=ending(DEPLOY, "verify", RuntimeError("made up")))

    put_right(built, fail, calls, moment, then)


@pytest.mark.parametrize("then", sorted(NEXT))
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_rollback_that_is_killed_at_any_call_is_put_right_by_the_next_command(
    built: Ready, calls: Calls, moment: str, then: str
) -> None:
    def deployed() -> tuple[Site, Build, Build]:
        site, old, new = built()
        site.deploy(new)
        return site, old, new

    put_right(deployed, lambda site, _new: site.rollback("v0.1.0"), calls, moment, then)


def third(new_site: Callable[[], Site]) -> tuple[Site, Build]:
    """A site with v0.1.0, v0.2.0 and v0.3.0, of which the last is not released yet."""
    site = new_site()
    site.released("0.1.0")
    site.released("0.2.0")
    return site, site.build("0.3.0", image="a third image")


@pytest.mark.fault("a rollback without a name is killed and typed again", "it goes back by one release; done")
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_rollback_without_a_name_that_is_killed_and_typed_again_goes_back_by_one_release(
    new_site: Callable[[], Site], calls: Calls, moment: str
) -> None:
    def deployed() -> Site:
        site, new = third(new_site)
        site.deploy(new)
        return site

    model = deployed()
    for at in calls(count(model, model.rollback)):
        site = deployed()
        kill(site, at, moment)
        with pytest.raises(KilledError):
            site.rollback()
        revive(site)
        assert site.rollback() is True
        assert "version 0.2.0" in site.page("/outreach"), at
        assert not site.read().unfinished


@pytest.mark.fault(
    "a deploy is killed, then a rollback without a name", "what visitors met of it is gone; done"
)
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_rollback_without_a_name_leaves_a_killed_deploy_once_visitors_may_have_met_it(
    new_site: Callable[[], Site], calls: Calls, moment: str
) -> None:
    model, new = third(new_site)
    for at in calls(count(model, functools.partial(model.deploy, new))):
        site, new = third(new_site)
        before = site.read().versions
        kill(site, at, moment)
        with pytest.raises(KilledError):
            site.deploy(new)
        revive(site)
        expected = "0.1.0" if site.read().versions == before else "0.2.0"
        assert site.rollback() is True
        assert f"version {expected}" in site.page("/outreach"), at
        assert not site.read().unfinished
