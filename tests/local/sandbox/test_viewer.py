"""Viewer requests, the functions behind them, and what the local AWS says of itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from outreach_ops.sandbox import process
from outreach_ops.sandbox.edge import REQUEST_BYTES, Translation
from outreach_ops.sandbox.state import Layout, Running
from support import sandbox_site as support
from support.sandbox_site import EMPTY_SITE, PLANTED, SITE, SPEC, distribution


class TestSite:
    def test_request_reaches_the_function_through_the_distribution(
        self, view: Callable[..., support.Answer], control: Callable[..., Any]
    ) -> None:
        answer = view("/outreach/page", method="POST", body=b"posted", headers={"content-type": "text/plain"})
        seen = answer.json()
        assert (answer.status, seen["release"], seen["method"], seen["body"]) == (
            200,
            "one",
            "POST",
            "posted",
        )
        assert seen["headers"]["x-forwarded-host"] == distribution(control)
        assert seen["headers"]["x-forwarded-proto"] == "https"
        assert "cloudfront" in answer.headers["x-cache"]

    def test_a_body_that_lambda_would_not_take_is_refused_as_a_function_url_does(
        self, view: Callable[..., support.Answer]
    ) -> None:
        refused = view("/page", method="POST", body=b"x" * (REQUEST_BYTES + 1))
        assert (refused.status, "smaller than 6291456 bytes" in refused.json()["Message"]) == (413, True)
        assert view("/page", method="POST", body=b"x" * 4_000_000).status == 200

    def test_a_function_asks_its_site_by_https_and_nobody_else(
        self, view: Callable[..., support.Answer], control: Callable[..., Any]
    ) -> None:
        own = view(f"/https?to={distribution(control)}/page").json()["result"]
        assert (own["status"], own["answer"]["release"]) == (200, "one")
        assert "refused" in view("/https?to=sts.amazonaws.com/").json()["result"]

    def test_asset_comes_from_a_private_bucket_that_refuses_plain_http(
        self, view: Callable[..., support.Answer]
    ) -> None:
        answer = view("/app.js")
        assert (answer.status, answer.body, answer.headers["cache-control"]) == (200, b"asset", "max-age=60")

    def test_viewer_cannot_pretend_to_have_come_over_http(self, view: Callable[..., support.Answer]) -> None:
        assert view("/page", headers={"x-forwarded-proto": "http"}).status == 200

    def test_distribution_also_answers_by_host_on_the_api_port(
        self, sandbox: Running, control: Callable[..., Any]
    ) -> None:
        headers = {"Host": distribution(control)}
        assert support.request(sandbox.api_port, "/page", headers=headers).json()["release"] == "one"

    @pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
    def test_browser_origin_becomes_the_distributions(
        self, sandbox: Running, control: Callable[..., Any], name: str
    ) -> None:
        port = sandbox.site_ports[SITE.name]
        loopback = f"http://{name}:{port}"
        headers = {"Host": f"{name}:{port}", "Origin": loopback, "Referer": f"{loopback}/from?a=b"}
        seen = support.request(port, "/page", headers=headers).json()["headers"]
        https = f"https://{distribution(control)}"
        assert (seen["origin"], seen["referer"]) == (https, f"{https}/from?a=b")

    @pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
    def test_redirect_stays_on_loopback(
        self, sandbox: Running, control: Callable[..., Any], name: str
    ) -> None:
        port = sandbox.site_ports[SITE.name]
        for domain in (distribution(control), SITE.domain):
            answer = support.request(
                port, f"/redirect?to=https://{domain}/next", headers={"Host": f"{name}:{port}"}
            )
            assert (answer.status, answer.headers["location"]) == (307, f"http://{name}:{port}/next")

    def test_foreign_origins_and_redirects_pass_unchanged(self) -> None:
        scope = {"server": ("127.0.0.1", 8000), "headers": [(b"host", b"127.0.0.1:8000")]}
        translation = Translation.of(scope, "d1.cloudfront.net", SITE)
        for origin in (b"http://127.0.0.1:80001", b"http://127.0.0.1:8000.evil.example", b"null"):
            assert (b"origin", origin) in translation.request([(b"origin", origin)])
        for url in (b"https://d1.cloudfront.net.evil.example/", b"https://login.example.com/", b"/relative"):
            assert translation.response([(b"location", url)]) == [(b"location", url)]

    def test_site_without_distribution_says_what_to_run(self, sandbox: Running) -> None:
        answer = support.request(sandbox.site_ports[EMPTY_SITE.name], "/")
        assert answer.status == 503
        assert f"No distribution for {EMPTY_SITE.domain}" in answer.body.decode()
        assert "ansible-playbook provision.yml -i inventories/" in answer.body.decode()

    def test_alias_move_shows_at_once(self, sandbox: Running, view: Callable[..., support.Answer]) -> None:
        aws = support.client(sandbox, "lambda")
        first = aws.get_alias(FunctionName=support.FUNCTION, Name="live")["FunctionVersion"]
        aws.update_function_code(FunctionName=support.FUNCTION, ZipFile=support.code("two"))
        support.settled(aws)
        second = aws.publish_version(FunctionName=support.FUNCTION)["Version"]
        for version, release in ((second, "two"), (first, "one")):
            aws.update_alias(FunctionName=support.FUNCTION, Name="live", FunctionVersion=version)
            assert view("/page").json()["release"] == release


class TestFunction:
    def test_environment_holds_nothing_of_the_parents(
        self, view: Callable[..., support.Answer], sandbox: Running
    ) -> None:
        seen = view("/env").json()["result"]
        assert PLANTED not in json.dumps(seen)
        (_, running) = process.status(sandbox.state_dir)
        assert running is not None
        assert PLANTED.encode() not in Path(f"/proc/{running.pid}/environ").read_bytes()
        assert "PYTHONPATH" not in seen["env"]
        assert seen["env"]["AWS_ENDPOINT_URL"] == sandbox.endpoint_url
        assert seen["env"]["PATH"].startswith(str(Layout(sandbox.state_dir).bin))

    def test_runs_on_the_real_node(self, view: Callable[..., support.Answer]) -> None:
        seen = view("/env").json()["result"]
        command = Path(f"/proc/{seen['pid']}/cmdline").read_bytes().split(b"\0")[0]
        assert command == b"node"
        assert Path(f"/proc/{seen['pid']}/exe").readlink() == Path(seen["node"])

    def test_reaches_the_local_aws_as_its_own_account(
        self, view: Callable[..., support.Answer], sandbox: Running
    ) -> None:
        assert f"<Account>{sandbox.spec.account_id}</Account>" in view("/identity").json()["result"]

    def test_reaches_the_upstream_stand_in(self, view: Callable[..., support.Answer]) -> None:
        (template,) = view("/upstream").json()["result"]["data"]
        assert (template["tenantId"], template["name"]) == ("t", "Welcome Message")


class TestStatus:
    def test_tells_where_everything_is(self, sandbox: Running, control: Callable[..., Any]) -> None:
        found = control("GET", "/status")
        site, empty = found["sites"]
        assert (found["account"], found["region"]) == (SPEC.account_id, SPEC.region)
        assert (found["endpoint"], found["upstream"]) == (sandbox.endpoint_url, sandbox.upstream_url)
        assert (site["name"], site["domain"]) == (SITE.name, SITE.domain)
        assert site["url"] == f"http://127.0.0.1:{sandbox.site_ports[SITE.name]}"
        assert site["distribution"].endswith(".cloudfront.net")
        assert empty["distribution"] is None


class TestUpstream:
    def test_creates_and_lists_templates_of_one_tenant(self, sandbox: Running) -> None:
        path = "/_sandbox/upstream/templates"
        mine = {"x-tenant-id": "mine", "x-practice-id": "p", "x-sax-id": "7"}
        body = json.dumps({"name": "Reminder"}).encode()
        created = support.request(sandbox.api_port, path, "POST", body, mine)
        listed = support.request(sandbox.api_port, path, headers=mine).json()["data"]
        others = support.request(sandbox.api_port, path, headers={"x-tenant-id": "other"}).json()["data"]
        assert created.status == 201
        assert [each["name"] for each in listed] == ["Welcome Message", "Reminder"]
        assert created.json()["data"] == listed[1]
        assert (listed[1]["tenantId"], listed[1]["practiceId"]) == ("mine", "p")
        assert [each["name"] for each in others] == ["Welcome Message"]

    @pytest.mark.parametrize(
        ("method", "headers", "body", "status"),
        [
            ("GET", {}, None, 400),
            ("POST", {"x-tenant-id": "t"}, b"not json", 400),
            ("POST", {"x-tenant-id": "t"}, b"[]", 400),
            ("DELETE", {"x-tenant-id": "t"}, None, 405),
        ],
    )
    def test_refuses(
        self, sandbox: Running, method: str, headers: dict[str, str], body: bytes | None, status: int
    ) -> None:
        path = "/_sandbox/upstream/templates"
        assert support.request(sandbox.api_port, path, method, body, headers).status == status
