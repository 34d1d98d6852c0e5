"""The state folder: where things stand in it, and the record of the process that serves it."""

from __future__ import annotations

import dataclasses
import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from outreach_ops.aws.signing import Credentials
from outreach_ops.errors import OpsError, UsageError
from outreach_ops.sandbox.spec import SandboxSpec

CONTROL = "/_sandbox"
"""The wrapper's own paths on the API port start with this."""


@dataclasses.dataclass(frozen=True)
class Running:
    """One local AWS process and where it answers, always on 127.0.0.1."""

    state_dir: Path
    pid: int
    started: str
    api_port: int
    site_ports: Mapping[str, int]
    spec: SandboxSpec

    @property
    def endpoint_url(self) -> str:
        """Every AWS API, as in AWS_ENDPOINT_URL."""
        return f"http://127.0.0.1:{self.api_port}"

    @property
    def upstream_url(self) -> str:
        """The stand-in for the clinics' API, as in API_BASE_URL."""
        return f"{self.endpoint_url}{CONTROL}/upstream"

    @property
    def credentials(self) -> Credentials:
        """What calls are signed with; an access key id of twelve digits selects that account."""
        return Credentials(self.spec.account_id, Layout(self.state_dir).read_secret())

    def site_url(self, name: str) -> str:
        """What a browser opens to see a site; KeyError when the sandbox has no such site."""
        return f"http://127.0.0.1:{self.site_ports[name]}"


@dataclasses.dataclass(frozen=True)
class Record:
    """The last process of a state folder; `clean` once it has ended gracefully with its state saved."""

    running: Running
    clean: bool


class Layout:
    """The files of one state folder."""

    def __init__(self, state_dir: Path) -> None:
        self.root = state_dir.resolve()
        self.record = self.root / "sandbox.json"
        self.spec = self.root / "spec.json"
        self.lock = self.root / "lock"
        self.log = self.root / "server.log"
        self.services = self.root / "services"
        self.objects = self.root / "s3"
        self.scratch = self.root / "tmp"
        self.bin = self.root / "bin"
        self.tls = self.root / "tls"
        self.secret = self.root / "secret"

    def draw_secret(self) -> None:
        """Draw the secret that signs calls, if there is none yet."""
        if not self.secret.exists() or not self.secret.read_text():
            replace(self.secret, secrets.token_urlsafe(32))

    def read_secret(self) -> str:
        """Return the secret; raises OpsError when it is lost."""
        try:
            return self.secret.read_text()
        except FileNotFoundError as error:
            cause = f"{self.secret} is missing, and without it nothing can be signed"
            raise OpsError(cause, "invoke sandbox.stop sandbox.start") from error

    def read_record(self) -> Record | None:
        """The record, or None when nothing was ever started here."""
        try:
            return self._record(json.loads(self.record.read_text()))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            cause = f"{self.record} is not a record of this version's local AWS ({error!r})"
            raise UsageError(cause, f"end the local AWS if one runs, then: rm -r '{self.root}'") from error

    def _record(self, data: Mapping[str, Any]) -> Record:
        running = Running(
            state_dir=self.root,
            pid=data["pid"],
            started=data["started"],
            api_port=data["ports"]["api"],
            site_ports=data["ports"]["sites"],
            spec=SandboxSpec.from_json(data["spec"]),
        )
        return Record(running, clean=data["clean"])

    def write_record(self, record: Record) -> None:
        """Replaces the record in one step, so that a reader sees the old one or the new one."""
        running = record.running
        data = {
            "pid": running.pid,
            "started": running.started,
            "ports": {"api": running.api_port, "sites": dict(running.site_ports)},
            "spec": running.spec.to_json(),
            "clean": record.clean,
        }
        replace(self.record, json.dumps(data, indent=1))


def replace(path: Path, text: str) -> None:
    """Writes a file whole or not at all; only this user can read it."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_text(text)
    new.replace(path)
