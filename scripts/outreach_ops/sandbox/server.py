"""The local AWS's process: `python -m outreach_ops.sandbox.server STATE_DIR`, run by `process.start`."""

from __future__ import annotations

import asyncio
import datetime
import json
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from hypercorn.asyncio import serve
from hypercorn.config import Config

from outreach_ops.sandbox import engine
from outreach_ops.sandbox.control import Control
from outreach_ops.sandbox.edge import Edge
from outreach_ops.sandbox.guard import Guard
from outreach_ops.sandbox.spec import SandboxSpec
from outreach_ops.sandbox.state import Layout, Record, Running
from outreach_ops.sandbox.tls import Authority, Proxy


def main(arguments: Sequence[str]) -> None:
    """Serves until SIGTERM or SIGINT, then saves the state; the record says whether that went well."""
    layout = Layout(Path(arguments[1]))
    spec = SandboxSpec.from_json(json.loads(layout.spec.read_text()))
    api, sites = _listen(layout, spec)
    running = Running(
        state_dir=layout.root,
        pid=os.getpid(),
        started=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        api_port=api.getsockname()[1],
        site_ports={name: site.getsockname()[1] for name, site in sites.items()},
        spec=spec,
    )
    os.chdir(layout.scratch)
    os.environ.clear()
    authority, proxy = Authority(layout.tls), _bind(0)
    proxy_port = proxy.getsockname()[1]
    os.environ.update(engine.environment(layout, spec, running.api_port, proxy_port, authority.trusted))
    edge = _edge(running)
    save_errors = engine.SaveErrors()
    layout.write_record(Record(running, clean=False))
    asyncio.run(_serve(edge, [api, *sites.values()], Proxy(authority.context(), running.api_port), proxy))
    layout.write_record(Record(running, clean=not save_errors.seen))


def _listen(layout: Layout, spec: SandboxSpec) -> tuple[socket.socket, dict[str, socket.socket]]:
    """One listening socket for the API and one for each site, on last time's ports where still free."""
    last = layout.read_record()
    api_port = last.running.api_port if last else 0
    site_ports = last.running.site_ports if last else {}
    return _bind(api_port), {site.name: _bind(site_ports.get(site.name, 0)) for site in spec.sites}


def _bind(port: int) -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError:
        if port == 0:
            raise
        return _bind(0)


def _edge(running: Running) -> Edge:
    sites = {running.site_ports[site.name]: site for site in running.spec.sites}
    control = Control(running, engine.distribution_domain, engine.rename_distribution)
    guard = Guard(engine.secret_of)
    return Edge(engine.application(), engine.view, guard, control, sites, engine.distribution_domain)


async def _serve(edge: Edge, sockets: Sequence[socket.socket], proxy: Proxy, door: socket.socket) -> None:
    config = Config()
    config.bind = [f"fd://{listener.detach()}" for listener in sockets]
    config.keep_alive_timeout = 75
    tunnel = await asyncio.start_server(proxy, sock=door)
    try:
        await serve(cast(Any, edge), config)
    finally:
        tunnel.close()


if __name__ == "__main__":
    main(sys.argv)
