"""Starting, stopping, state, and the environment that leads to the local AWS alone."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from outreach_ops.errors import UsageError
from outreach_ops.sandbox import environment, process, seed
from outreach_ops.sandbox.process import Condition
from outreach_ops.sandbox.spec import SandboxSpec
from outreach_ops.sandbox.state import Layout, Record, Running
from support import sandbox_site as support
from support.sandbox_site import SPEC, distribution, until

LOOPBACK_HEX = "0100007F"


class TestEnvironment:
    def test_clients_of_any_ambient_setting_end_at_the_local_aws(self, sandbox: Running) -> None:
        ambient = {
            **os.environ,
            "AWS_PROFILE": "mine",
            "AWS_SESSION_TOKEN": "mine",
            "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:1",
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
            "HTTP_PROXY": "http://127.0.0.1:1",
        }
        lines = environment.shell(sandbox, ambient)
        asked = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
        found = subprocess.run(
            ["/bin/sh", "-c", 'eval "$1"; exec "$2" -c "$3"', "sh", lines, sys.executable, asked],
            env=ambient,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (found.stdout.strip(), found.returncode) == (SPEC.account_id, 0), found.stderr

    def test_proxy_exceptions_are_kept(self, sandbox: Running) -> None:
        turned = environment.applied(sandbox, {"no_proxy": "intranet.example", "LANG": "C"})
        assert turned["no_proxy"] == "intranet.example,127.0.0.1"
        assert (turned["LANG"], "NO_PROXY" in turned) == ("C", False)


class TestSeed:
    def test_seeding_again_creates_nothing(self, sandbox: Running) -> None:
        iam, route53 = support.client(sandbox, "iam"), support.client(sandbox, "route53")
        assert seed.seed(SPEC, iam, route53) == []
        zones = route53.list_hosted_zones()["HostedZones"]
        assert sorted(zone["Name"] for zone in zones) == ["example.com.", "example.org."]
        trust = iam.get_role(RoleName=support.ROLE)["Role"]["AssumeRolePolicyDocument"]
        assert trust["Statement"][0]["Principal"] == {"Service": "lambda.amazonaws.com"}

    def test_seed_says_what_it_created(self, sandbox: Running) -> None:
        more = SandboxSpec(execution_roles=("another-role",), zones=("a.example.net",))
        iam, route53 = support.client(sandbox, "iam"), support.client(sandbox, "route53")
        assert seed.seed(more, iam, route53) == ["role another-role", "zone a.example.net"]
        (attached,) = iam.list_attached_role_policies(RoleName="another-role")["AttachedPolicies"]
        assert attached["PolicyArn"] == seed.WRITES_LOGS
        iam.detach_role_policy(RoleName="another-role", PolicyArn=seed.WRITES_LOGS)
        iam.delete_role(RoleName="another-role")
        (zone, *_) = route53.list_hosted_zones_by_name(DNSName="a.example.net.")["HostedZones"]
        route53.delete_hosted_zone(Id=zone["Id"])


class TestProcess:
    def test_listens_on_its_own_loopback_ports_only(
        self, sandbox: Running, view: Callable[..., support.Answer]
    ) -> None:
        view("/page")
        (_, running) = process.status(sandbox.state_dir)
        assert running is not None
        ports = {running.api_port, *running.site_ports.values()}
        listening = support.listening(running.pid)
        assert {address for address, _ in listening} == {LOOPBACK_HEX}
        # One more than those it names: the functions' way out by https.
        assert ports < {port for _, port in listening}
        assert len(listening) == len(ports) + 1

    def test_second_start_returns_the_running_one(self, sandbox: Running) -> None:
        again = process.start(sandbox.state_dir, SPEC)
        assert (Condition.RUNNING, again) == process.status(sandbox.state_dir)

    def test_start_with_other_settings_is_refused(self, sandbox: Running) -> None:
        with pytest.raises(process.SandboxError, match=r"sandbox\.stop"):
            process.start(sandbox.state_dir, SandboxSpec())

    def test_restart_keeps_ports_objects_functions_and_distribution(
        self, sandbox: Running, view: Callable[..., support.Answer], control: Callable[..., Any]
    ) -> None:
        before, domain = view("/env").json()["result"], distribution(control)
        process.stop(sandbox.state_dir)
        assert process.status(sandbox.state_dir)[0] is Condition.STOPPED
        assert until(lambda: not support.alive(before["pid"])), "the function outlived the sandbox"
        started = process.start(sandbox.state_dir, SPEC)
        assert (started.api_port, started.site_ports) == (sandbox.api_port, sandbox.site_ports)
        assert distribution(control) == domain
        assert view("/page").json()["release"] == "one"
        assert view("/app.js").body == b"asset"
        alias = support.client(started, "lambda").get_alias(FunctionName=support.FUNCTION, Name="live")
        assert alias["FunctionVersion"] == "1"

    def test_stop_is_quick_with_an_idle_browser_and_idempotent(self, state_dir: Path) -> None:
        running = process.start(state_dir, SandboxSpec())
        with socket.create_connection(("127.0.0.1", running.api_port)) as browser:
            browser.sendall(b"GET /_sandbox/status HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert browser.recv(12) == b"HTTP/1.1 403"
            process.stop(state_dir)
        process.stop(state_dir)
        assert process.status(state_dir)[0] is Condition.STOPPED

    def test_two_starts_at_once_make_one(self, state_dir: Path) -> None:
        with ThreadPoolExecutor() as pool:
            first, second = pool.map(lambda _: process.start(state_dir, SandboxSpec()), range(2))
        assert first == second

    def test_taken_port_is_replaced(self, state_dir: Path) -> None:
        port = process.start(state_dir, SandboxSpec()).api_port
        process.stop(state_dir)
        with socket.create_server(("127.0.0.1", port)):
            assert process.start(state_dir, SandboxSpec()).api_port != port

    def test_killed_sandbox_is_refused_until_reset(self, state_dir: Path) -> None:
        running = process.start(state_dir, SandboxSpec())
        support.client(running, "s3").create_bucket(Bucket="left-over")
        os.kill(running.pid, signal.SIGKILL)
        assert until(lambda: process.status(state_dir)[0] is Condition.UNCLEAN)
        with pytest.raises(process.UncleanStopError) as caught:
            process.start(state_dir, SandboxSpec())
        assert str(caught.value).endswith("invoke sandbox.reset")
        process.reset(state_dir)
        again = process.start(state_dir, SandboxSpec())
        assert support.client(again, "s3").list_buckets()["Buckets"] == []
        assert again.api_port == running.api_port

    def test_reset_empties_a_saved_state(self, state_dir: Path) -> None:
        spec = SandboxSpec(execution_roles=("kept",))
        running = process.start(state_dir, spec)
        seed.seed(spec, support.client(running, "iam"), None)
        support.client(running, "s3").create_bucket(Bucket="kept")
        process.stop(state_dir)
        process.reset(state_dir)
        again = process.start(state_dir, spec)
        assert support.client(again, "s3").list_buckets()["Buckets"] == []
        assert seed.seed(spec, support.client(again, "iam"), None) == ["role kept"]

    def test_stranger_with_the_recorded_pid_is_left_alone(self, state_dir: Path) -> None:
        layout = Layout(state_dir)
        stranger = Running(state_dir, os.getpid(), "2026-01-01T00:00:00+00:00", 1, {}, SandboxSpec())
        layout.write_record(Record(stranger, clean=False))
        with pytest.raises(process.UncleanStopError):
            process.stop(state_dir)
        assert process.status(state_dir)[0] is Condition.UNCLEAN

    def test_failed_start_shows_the_end_of_the_log(self, state_dir: Path) -> None:
        layout = Layout(state_dir)
        impossible = Running(state_dir, 0, "2026-01-01T00:00:00+00:00", 10**6, {}, SandboxSpec())
        layout.write_record(Record(impossible, clean=True))
        with pytest.raises(process.SandboxError, match=r"(?s)ended while it started.*OverflowError"):
            process.start(state_dir, SandboxSpec())

    def test_unreadable_record_says_what_to_remove(self, state_dir: Path) -> None:
        Layout(state_dir).record.write_text('{"pid": 1}')
        with pytest.raises(UsageError, match="rm -r"):
            process.start(state_dir, SandboxSpec())
        Layout(state_dir).record.unlink()

    def test_nothing_was_ever_started(self, state_dir: Path) -> None:
        process.stop(state_dir)
        process.reset(state_dir / "missing")
        assert process.status(state_dir) == (Condition.STOPPED, None)
