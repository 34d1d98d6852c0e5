"""The only module that knows ministack: its environment, its two ASGI applications, what it knows."""

from __future__ import annotations

import importlib
import logging
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from outreach_ops.aws.signing import sign_download
from outreach_ops.sandbox.asgi import App, Receive, Scope, Send, head, read_body, respond_json
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
        # That of the account's own access key, which functions get as theirs.
        "AWS_SECRET_ACCESS_KEY": layout.read_secret(),
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
    _sign_addresses_of_code()
    return app


def _sign_addresses_of_code() -> None:
    """Has GetFunction give an address that the guard takes: ministack's own only looks signed."""
    functions: Any = importlib.import_module("ministack.services.lambda_svc")
    responses: Any = importlib.import_module("ministack.core.responses")
    made = functions._presigned_code_url

    def signed(name: str) -> str:
        url = made(name).partition("?")[0]
        return sign_download(os.environ["AWS_SECRET_ACCESS_KEY"], responses.get_account_id(), url)

    functions._presigned_code_url = signed


async def view(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers a viewer of a distribution or of a function URL, and never as the API, whatever is asked.

    ministack's application tries its own addresses and some of AWS's services before it looks at the host.
    """
    ministack: Any = importlib.import_module("ministack.app")
    request, client = head(scope), scope["client"][0]
    host, headers = request.headers["host"], {**request.headers, "x-forwarded-proto": "https"}
    body, query = await read_body(receive), parse_qs(request.query, keep_blank_values=True)
    # Policies see the request as TLS; else a TLS-only bucket policy would refuse CloudFront.
    importlib.import_module("ministack.core.iam_evaluator").pin_request_origin(client, True)
    response = await ministack._handle_cloudfront_dataplane_request(
        host, request.path, request.raw_path, request.query, request.method, headers, body, query, client
    ) or await ministack._handle_lambda_url_request(
        host, request.path, request.method, headers, body, query, client
    )
    if not await ministack._send_if_handled(ministack._with_date_header(send), response, receive):
        await respond_json(send, 404, {"message": f"the local AWS has nothing at {host}"})


def secret_of(key: str, token: str) -> str | None:
    """The secret of an access key: the account's, a user's, or a session's when the token is its own."""
    evaluator: Any = importlib.import_module("ministack.core.iam_evaluator")
    responses: Any = importlib.import_module("ministack.core.responses")
    account = responses._account_from_sts_session(key) or evaluator.find_iam_access_key_account(key) or key
    # What stands for "there is none" has no secret.
    return getattr(evaluator.resolve_credential(key, account, token), "secret_access_key", None)


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


class SaveErrors(logging.Handler):
    """Notices when ministack could not save a service's state: it only logs that."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen = False
        logging.getLogger("persistence").addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:  # noqa: ARG002 (any error counts)
        self.seen = True
