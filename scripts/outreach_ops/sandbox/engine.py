"""The only module that knows ministack: its environment, its ASGI application, two looks inside it."""

from __future__ import annotations

import importlib
import logging
from pathlib import Path
from typing import Any

from outreach_ops.sandbox.asgi import App, Scope
from outreach_ops.sandbox.spec import SandboxSpec
from outreach_ops.sandbox.state import Layout


def environment(
    layout: Layout, spec: SandboxSpec, api_port: int, proxy_port: int, authority: Path
) -> dict[str, str]:
    """The whole environment of the server; every function that it runs inherits it."""
    return {
        # Its own Node first: .venv/bin/node is a Python shim, whose child outlives a timed-out function.
        "PATH": f"{layout.bin}:/usr/bin:/bin",
        "HOME": str(layout.scratch),
        "TMPDIR": str(layout.scratch),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(api_port),
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_ACCOUNT_ID": spec.account_id,
        "MINISTACK_REGION": spec.region,
        "PERSIST_STATE": "1",
        "STATE_DIR": str(layout.services),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(layout.objects),
        # Functions ask the site by https; it answers on loopback.
        "HTTPS_PROXY": f"http://127.0.0.1:{proxy_port}",
        "NO_PROXY": "127.0.0.1,localhost",
        "NODE_USE_ENV_PROXY": "1",
        "NODE_EXTRA_CA_CERTS": str(authority),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # It would sweep containers of a Docker daemon that it finds.
        "DOCKER_HOST": f"unix://{layout.root}/no-docker",
    }


def application() -> App:
    """ministack's ASGI application; it reads the environment when it is imported, so not before this call."""
    app: App = importlib.import_module("ministack.app").app
    return app


def distribution_domain(alias: str) -> str | None:
    """The cloudfront.net name of the distribution that carries this alternate domain name."""
    cloudfront: Any = importlib.import_module("ministack.services.cloudfront")
    for distribution in list(cloudfront._distributions.values()):
        if alias in cloudfront._get_distribution_aliases(distribution):
            return str(distribution["DomainName"])
    return None


def rename_distribution(made: str, wanted: str) -> bool:
    """Gives a distribution another id: CloudFront makes ids up, and an inventory names one that exists."""
    cloudfront: Any = importlib.import_module("ministack.services.cloudfront")
    if made not in cloudfront._distributions:
        return False
    for kept in (cloudfront._distributions, cloudfront._invalidations):
        kept[wanted] = kept.pop(made)
    found = cloudfront._distributions[wanted]
    old, found["Id"] = found["ARN"], wanted
    found["ARN"] = old.replace(made, wanted)
    cloudfront._tags[found["ARN"]] = cloudfront._tags.pop(old, [])
    return True


def mark_secure(scope: Scope) -> None:
    """Has policies see the request as TLS; else a TLS-only bucket policy would refuse CloudFront."""
    evaluator: Any = importlib.import_module("ministack.core.iam_evaluator")
    evaluator.pin_request_origin((scope.get("client") or ("127.0.0.1",))[0], True)


class SaveErrors(logging.Handler):
    """Notices when ministack could not save a service's state: it only logs that."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen = False
        logging.getLogger("persistence").addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:  # noqa: ARG002 (any error counts)
        self.seen = True
