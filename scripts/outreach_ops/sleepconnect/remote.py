"""The pipeline on another machine, over SSH, whose host key must be known."""

from __future__ import annotations

import shlex
import time
from typing import Any

from outreach_ops.errors import OpsError, UsageError
from outreach_ops.settings.model import Pipeline
from outreach_ops.sleepconnect import stream
from outreach_ops.sleepconnect.stream import Lines

CONNECT_SECONDS = 15
POLL_SECONDS = 0.1


def run(pipeline: Pipeline, deed: str, lines: Lines) -> None:
    """Returns when the command has ended well there; raises OpsError or UsageError with what to type."""
    command = str(getattr(pipeline, deed))
    line = f"cd {shlex.quote(pipeline.folder)} && {command}"
    fix = f"{_ssh(pipeline)} {shlex.quote(line)}"
    connection = _connection(pipeline)
    try:
        _open(connection, pipeline)
        # With a terminal there, closing the connection ends the command and its children.
        promise = connection.run(
            line,
            asynchronous=True,
            pty=True,
            warn=True,
            out_stream=lines,
        )
        # Not join() at once, nor its own timeout: interrupted, both would wait for the end of the command.
        deadline = time.monotonic() + pipeline.minutes * 60
        while not promise.runner.process_is_finished:
            if time.monotonic() > deadline:
                raise stream.too_long(command, pipeline.minutes, lines, fix)
            time.sleep(POLL_SECONDS)
        result = promise.join()
    finally:
        connection.close()
        lines.close()
    if result.exited != 0:
        raise stream.failed(f"{command} on {pipeline.host}", result.exited, lines, fix)


def _connection(pipeline: Pipeline) -> Any:
    # Imported here: it costs a third of a second.
    from fabric import Connection  # noqa: PLC0415
    from paramiko.client import RejectPolicy  # noqa: PLC0415

    connection = Connection(pipeline.host, connect_timeout=CONNECT_SECONDS)
    # Fabric's own default takes any host for the one that was meant.
    connection.client.load_system_host_keys()
    connection.client.set_missing_host_key_policy(RejectPolicy())
    return connection


def _open(connection: Any, pipeline: Pipeline) -> None:
    from paramiko import ssh_exception  # noqa: PLC0415

    keyscan = f"ssh-keyscan -p {connection.port} {connection.host}"
    try:
        connection.open()
    except ssh_exception.BadHostKeyException:
        raise UsageError(
            f"the host key of {pipeline.host} is another than the one in ~/.ssh/known_hosts",
            f"ask its owner whether it was changed; then: ssh-keygen -R {connection.host}, and {keyscan}",
        ) from None
    except ssh_exception.AuthenticationException:
        raise UsageError(
            f"SSH: {pipeline.host} takes none of your keys", f"ssh-add, then: {_ssh(pipeline)} true"
        ) from None
    except (OSError, EOFError, ssh_exception.SSHException) as error:
        if "known_hosts" in str(error):
            raise UsageError(
                f"the host key of {pipeline.host} is not known here",
                f"{keyscan} >> ~/.ssh/known_hosts, after its owner has confirmed the fingerprint",
            ) from None
        raise OpsError(
            f"SSH: {pipeline.host} refused the connection: {getattr(error, 'strerror', None) or error}",
            f"{_ssh(pipeline)} true",
            step="sleepconnect",
        ) from None


def _ssh(pipeline: Pipeline) -> str:
    name, _, port = pipeline.host.partition(":")
    return f"ssh -p {port} {name}" if port else f"ssh {name}"
