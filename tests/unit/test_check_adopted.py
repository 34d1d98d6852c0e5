"""What is left of the time before this tool is told, and stops nothing."""

from __future__ import annotations

from outreach_ops.checks import adopted


def test_a_bucket_that_stays_open_is_told_with_the_statement() -> None:
    assert adopted.judge_open("assets", ()).level == "ok"
    found = adopted.judge_open("assets", ("Website",))
    assert (found.level, "Website" in found.cause) == ("warning", True)
    assert "remove that" in found.fix


def test_a_url_on_latest_is_told_with_its_function() -> None:
    assert adopted.judge_latest([]).level == "ok"
    found = adopted.judge_latest(["server"])
    assert (found.level, found.cause.startswith("server has a URL on $LATEST")) == ("warning", True)


def test_an_access_list_that_lets_others_in_is_told_with_the_command() -> None:
    assert adopted.judge_lists("assets", ()).level == "ok"
    found = adopted.judge_lists("assets", ("LogDelivery",))
    assert (found.level, "LogDelivery" in found.cause) == ("warning", True)
    assert "aws s3api put-bucket-acl --bucket assets --acl private" in found.fix
