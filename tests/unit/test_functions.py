"""Functions, held against everything that Lambda refuses."""

from __future__ import annotations

import traceback
from collections.abc import Callable

import pytest

from fakes.objects import Stored
from fakes.settings import SETTINGS
from fakes.site import Site
from outreach_ops.aws.errors import AwsError
from outreach_ops.aws.functions import Configuration, Function
from outreach_ops.errors import OpsError
from outreach_ops.proof.settle import probe_event
from outreach_ops.release.publish import publish_version
from outreach_ops.release.target import Wanted
from outreach_ops.variables.values import Environment

CODE = b"new code"


@pytest.fixture
def server(site: Site) -> Function:
    return site.door.functions["server"]


def latest(server: Function) -> Configuration:
    """What `$LATEST` is."""
    found = server.configuration()
    assert found is not None
    return found


def put(site: Site, key: str = "code.zip") -> str:
    """New code in the bucket."""
    site.aws.s3.objects[key] = Stored(CODE, "application/zip", "")
    return key


def test_an_update_settles_before_the_next_call(site: Site, server: Function) -> None:
    before = latest(server)
    server.update_code("made-up-assets", put(site), "x86_64", before.revision)
    between = latest(server)
    server.update_environment(Environment({"A": "1"}), between.revision)
    after = latest(server)
    assert len({before.revision, between.revision, after.revision}) == 3
    assert dict(after.environment) == {"A": "1"}
    assert server.publish("two", after.code_sha256, after.revision) == "2"


@pytest.mark.parametrize("call", ["code", "environment", "publish", "alias"])
def test_a_stale_revision_is_refused_and_changes_nothing(site: Site, server: Function, call: str) -> None:
    before = latest(server)
    calls: dict[str, Callable[[], object]] = {
        "code": lambda: server.update_code("made-up-assets", put(site), "x86_64", "stale"),
        "environment": lambda: server.update_environment(Environment({"A": "1"}), "stale"),
        "publish": lambda: server.publish("two", before.code_sha256, "stale"),
        "alias": lambda: server.move_alias("live", "1", "moved", "stale"),
    }
    with pytest.raises(AwsError) as caught:
        calls[call]()
    assert caught.value.code == "PreconditionFailedException"
    assert latest(server) == before
    assert site.aws.writes == []


def test_code_that_somebody_changed_since_is_not_published(server: Function) -> None:
    nothing = "00" * 32
    with pytest.raises(AwsError, match="CodeSHA256"):
        server.publish("two", nothing, latest(server).revision)


def test_publishing_what_has_not_changed_gives_the_same_version(server: Function) -> None:
    now = latest(server)
    assert server.publish("again", now.code_sha256, now.revision) == "1"


def test_code_that_is_not_in_the_bucket_is_refused(server: Function) -> None:
    with pytest.raises(AwsError, match="NoSuchKey"):
        server.update_code("made-up-assets", "nowhere.zip", "x86_64", latest(server).revision)


def test_an_update_that_lambda_cannot_finish_is_an_error(site: Site, server: Function) -> None:
    site.aws.lambda_.update_fails = "the image is broken"
    with pytest.raises(AwsError):
        server.update_environment(Environment({"A": "1"}), latest(server).revision)


def test_variables_over_4_kb_are_refused_without_showing_a_value(server: Function) -> None:
    values = {"LONG": "x" * 4096, "SHORT": "s3cret-value"}
    with pytest.raises(AwsError, match="exceeded the 4KB limit") as caught:
        server.update_environment(Environment(values), latest(server).revision)
    text = "".join(traceback.format_exception(caught.value))
    assert not any(value in text for value in values.values())


def test_an_alias_to_a_version_that_does_not_exist_is_refused(server: Function) -> None:
    alias = server.alias("live")
    assert alias is not None
    with pytest.raises(AwsError, match="ResourceNotFoundException"):
        server.move_alias("live", "9", "moved", alias.revision)


def test_moving_an_alias_clears_its_weights(site: Site, server: Function) -> None:
    site.aws.lambda_.functions["server"].aliases["live"].weights = {"1": 0.5}
    seen = server.alias("live")
    assert seen is not None
    assert seen.weights == {"1": 0.5}
    server.move_alias("live", "1", "moved", seen.revision)
    moved = server.alias("live")
    assert moved is not None
    assert moved.weights == {}
    assert moved.revision != seen.revision


def test_what_is_missing_is_none(site: Site, server: Function) -> None:
    assert server.alias("no-such-alias") is None
    assert server.configuration("9") is None
    missing = Function(site.aws.connect().api("lambda"), "no-such-function")
    assert missing.alias("live") is None
    assert missing.configuration() is None


def test_an_invocation_says_which_version_answered(server: Function) -> None:
    answer = server.invoke("live", probe_event(SETTINGS, {}))
    assert (answer.version, answer.error, answer.payload["statusCode"]) == ("1", None, 503)


class TestPublishing:
    """What `publish_version` guarantees on top."""

    @pytest.fixture
    def wanted(self, site: Site) -> Wanted:
        made = site.build("0.1.0")
        self.folder = made.folder
        return Wanted("server", "server", made.artifact.server, "x86_64", Environment({"A": "1"}))

    def publish(self, site: Site, wanted: Wanted, from_here: bool = True) -> str:
        return publish_version(
            site.door.functions["server"],
            site.door.objects,
            wanted,
            "v0.1.0 (abc)",
            self.folder if from_here else None,
        )

    def test_the_version_holds_just_what_is_wanted(self, site: Site, wanted: Wanted) -> None:
        version = site.aws.lambda_.functions["server"].versions[self.publish(site, wanted)]
        assert version.code == (self.folder / "server.zip").read_bytes()
        assert (version.variables, version.description) == ({"A": "1"}, "v0.1.0 (abc)")

    def test_publishing_again_writes_no_code_and_makes_no_version(self, site: Site, wanted: Wanted) -> None:
        first = self.publish(site, wanted)
        before = len(site.aws.writes)
        assert self.publish(site, wanted) == first
        assert site.aws.writes[before:] == ["PublishVersion server"]

    def test_code_can_be_published_again_from_the_bucket_alone(self, site: Site, wanted: Wanted) -> None:
        self.publish(site, wanted)
        site.aws.lambda_.functions["server"].latest.code = b"something newer"
        version = self.publish(site, wanted, from_here=False)
        assert site.aws.lambda_.functions["server"].versions[version].code.startswith(b'{"version": "0.1.0"')

    def test_a_damaged_zip_is_refused_by_its_checksum(self, site: Site, wanted: Wanted) -> None:
        (self.folder / "server.zip").write_bytes(b"damaged")
        with pytest.raises(AwsError, match="BadDigest"):
            self.publish(site, wanted)
        assert site.aws.lambda_.functions["server"].latest.code == b"placeholder"

    def test_a_change_by_somebody_else_meanwhile_is_never_published(self, site: Site, wanted: Wanted) -> None:
        def interfere(call: object) -> None:
            if str(call).startswith("UpdateFunctionConfiguration"):
                site.aws.before.remove(interfere)
                site.aws.lambda_.functions["server"].latest.code = b"theirs"

        site.aws.before.append(interfere)
        with pytest.raises(OpsError, match="somebody else changes it"):
            self.publish(site, wanted)
        assert list(site.aws.lambda_.functions["server"].versions) == ["1"]

    def test_a_function_that_is_gone_says_what_to_run(self, site: Site, wanted: Wanted) -> None:
        del site.aws.lambda_.functions["server"]
        with pytest.raises(OpsError, match="the function server is gone") as caught:
            self.publish(site, wanted)
        assert "provision playbook" in caught.value.fix
