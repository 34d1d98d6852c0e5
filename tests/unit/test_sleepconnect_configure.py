"""sleepconnect.configure: what it refuses, and how it edits an env file."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from fakes.settings import SETTINGS
from fakes.site import Site
from outreach_ops.aws.functions import Function
from outreach_ops.errors import OpsError, UsageError
from outreach_ops.proof.answers import Response
from outreach_ops.sleepconnect import checkout, configure
from outreach_ops.sleepconnect.checkout import API_URL, APP_URL
from outreach_ops.variables.values import Environment

GOOD = {APP_URL: "https://outreach.example.com", API_URL: "https://api.example.com/dev"}


def answers(status: int = 200) -> configure.Ask:
    return lambda url: Response(status, {}, b"")


def test_edit_keeps_comments_order_and_other_lines() -> None:
    text = (
        "# about\nA=1\nexport OUTREACH_APP_URL='http://localhost:3001'  # where\n\n"
        "B=2 # two\n#OUTREACH_API_URL=old\n"
    )
    assert checkout.edited(text, GOOD) == (
        "# about\nA=1\nexport OUTREACH_APP_URL=https://outreach.example.com  # where\n\n"
        "B=2 # two\n#OUTREACH_API_URL=old\nOUTREACH_API_URL=https://api.example.com/dev\n"
    )
    assert checkout.edited(checkout.edited(text, GOOD), GOOD) == checkout.edited(text, GOOD)


def test_edit_changes_the_assignment_that_counts_and_no_name_that_only_begins_alike() -> None:
    text = "OUTREACH_APP_URL_OLD=x\nOUTREACH_APP_URL=a\nOUTREACH_APP_URL=b"
    assert checkout.edited(text, {APP_URL: "c"}) == (
        "OUTREACH_APP_URL_OLD=x\nOUTREACH_APP_URL=a\nOUTREACH_APP_URL=c\n"
    )
    assert checkout.edited("OUTREACH_APP_URL=\nB=2\n", {APP_URL: "c"}) == "OUTREACH_APP_URL=c\nB=2\n"


def test_the_diff_shows_no_line_that_stays() -> None:
    before = "AUTH0_SECRET=hidden\nOUTREACH_APP_URL=a\nAUTH0_CLIENT_SECRET=hidden\n"
    shown = checkout.changes(before, checkout.edited(before, {APP_URL: "b"}))
    assert shown == ["-OUTREACH_APP_URL=a", "+OUTREACH_APP_URL=b"]
    shown = checkout.changes("OUTREACH_APP_URL=https://ann:hidden@a\n", "OUTREACH_APP_URL=https://a\n")
    assert shown == ["-OUTREACH_APP_URL=https://***@a", "+OUTREACH_APP_URL=https://a"]


def test_an_env_file_of_a_build_may_name_what_lambda_sets_itself(tmp_path: Path) -> None:
    file = tmp_path / ".env.test"
    file.write_text("AWS_REGION=us-east-1\nOUTREACH_APP_URL=a\n")
    assert checkout.Checkout(tmp_path, file).text() == "AWS_REGION=us-east-1\nOUTREACH_APP_URL=a\n"


def test_a_file_of_another_system_keeps_its_line_ends(tmp_path: Path) -> None:
    file = tmp_path / ".env.test"
    file.write_bytes(b"# about\r\nOUTREACH_APP_URL=a\r\nB=2\r\n")
    before = checkout.Checkout(tmp_path, file).text()
    checkout.write(file, before, checkout.edited(before, {APP_URL: "c"}))
    assert file.read_bytes() == b"# about\r\nOUTREACH_APP_URL=c\r\nB=2\r\n"


def test_a_file_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / ".env.test"
    file.write_text("A=2\n")
    with pytest.raises(UsageError, match="changed meanwhile"):
        checkout.write(file, "A=1\n", "A=3\n")
    assert file.read_text() == "A=2\n"


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written: No such file or directory"):
        checkout.write(tmp_path / "lost" / ".env.test", "", "A=1\n")


def test_a_new_file_is_private_and_an_old_one_keeps_its_mode(tmp_path: Path) -> None:
    new, old = tmp_path / "new", tmp_path / "old"
    old.write_text("A=1\n")
    old.chmod(0o640)
    checkout.write(new, "", "A=2\n")
    checkout.write(old, "A=1\n", "A=2\n")
    assert [path.stat().st_mode & 0o777 for path in (new, old)] == [0o600, 0o640]
    assert [path.read_text() for path in (new, old)] == ["A=2\n", "A=2\n"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({APP_URL: "http://localhost:3001"}, "this machine"),
        ({API_URL: "https://127.0.0.1/dev"}, "this machine"),
        ({APP_URL: "outreach.example.com"}, "is no address"),
        ({APP_URL: "http://outreach.example.com"}, "is not https"),
    ],
)
def test_addresses_that_cannot_serve_on_aws_are_refused(changed: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        configure.refuse(SETTINGS, {**GOOD, **changed}, False, answers())


def test_this_machine_serves_the_local_aws() -> None:
    configure.refuse(SETTINGS, {**GOOD, APP_URL: "http://127.0.0.1:4000"}, True, answers())


def test_the_function_url_is_refused_when_origin_protection_is_on() -> None:
    url = {**GOOD, APP_URL: "https://abc.lambda-url.us-east-1.on.aws"}
    with pytest.raises(UsageError, match="origin protection is on") as refused:
        # Whatever it answers: a function that nothing was released to yet answers everybody.
        configure.refuse(SETTINGS, url, False, answers())
    assert "--url=https://outreach.example.com" in refused.value.fix
    unprotected = dataclasses.replace(SETTINGS.cloudfront, origin_protection="none")
    settings = dataclasses.replace(SETTINGS, cloudfront=unprotected)
    configure.refuse(settings, url, False, answers())
    with pytest.raises(UsageError, match="answers 403"):
        configure.refuse(settings, url, False, answers(403))


def test_an_address_with_a_password_is_refused_and_not_shown() -> None:
    with pytest.raises(UsageError, match="holds a user's name") as refused:
        configure.refuse(SETTINGS, {**GOOD, APP_URL: "https://ann:sentinel@example.com"}, False, answers())
    assert "sentinel" not in str(refused.value)


def test_an_unreachable_or_failing_address_is_refused() -> None:
    def silent(url: str) -> Response:
        raise OpsError("no answer", f"curl -v {url}")

    with pytest.raises(UsageError, match="not reachable"):
        configure.refuse(SETTINGS, GOOD, False, silent)
    with pytest.raises(UsageError, match="answers 502"):
        configure.refuse(SETTINGS, GOOD, False, answers(502))


def test_a_checkout_must_be_there_and_be_an_application(tmp_path: Path) -> None:
    parent = dataclasses.replace(SETTINGS.sleepconnect, env_file=".env.test")
    settings = dataclasses.replace(SETTINGS, sleepconnect=parent)
    with pytest.raises(UsageError, match="does not exist"):
        checkout.find(settings, tmp_path / "nowhere")
    with pytest.raises(UsageError, match="has no package"):
        checkout.find(settings, tmp_path)
    (tmp_path / "package.json").write_text("{}")
    assert checkout.find(settings, tmp_path).env_file == tmp_path / ".env.test"
    deeper = dataclasses.replace(parent, env_file="web/.env.test")
    with pytest.raises(UsageError, match="web does not exist"):
        checkout.find(dataclasses.replace(settings, sleepconnect=deeper), tmp_path)


def test_a_file_that_fails_after_the_function_was_told_is_no_usage_error(site: Site, tmp_path: Path) -> None:
    aws, name = site.aws.connect(), SETTINGS.lambda_.server_name
    function = Function(aws.api("lambda"), name)
    held = function.configuration()
    assert held is not None
    merged = Environment(GOOD).over(held.environment)
    where = checkout.Checkout(tmp_path, tmp_path / ".env.test")
    where.env_file.write_text("A=2\n")
    plan = configure.Plan("A=1\n", "A=3\n", name, held.revision, held.environment, merged)
    with pytest.raises(OpsError, match="has been told already") as failed:
        configure._apply(aws, plan, where)
    told = function.configuration()
    assert told is not None
    assert (failed.value.exit_code, told.environment[APP_URL]) == (4, GOOD[APP_URL])
    # With nothing to tell the function, nothing was changed.
    again = dataclasses.replace(plan, held=merged)
    with pytest.raises(UsageError, match="changed meanwhile"):
        configure._apply(aws, again, where)
