"""Requests and answers in the form in which a function URL exchanges them with its function."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from outreach_ops.aws.functions import Invocation
from outreach_ops.proof.answers import Answer, Response, Silence
from outreach_ops.settings.model import Settings
from outreach_ops.settings.verify import Check
from outreach_ops.variables import origin


def request(settings: Settings, check: Check, environment: Mapping[str, str]) -> dict[str, Any]:
    """The event, in payload format 2.0, of a viewer's request at the site's domain, as CloudFront sends it.

    `environment` are the variables of the function: they say which secret it must be shown.
    """
    domain = settings.cloudfront.domain
    path, _, query = check.path.partition("?")
    headers = {
        "host": domain,
        "x-forwarded-host": domain,
        "x-forwarded-proto": "https",
        "user-agent": "outreach-ops",
        **check.sent_headers,
        **origin.shown(environment),
    }
    cookies = headers.pop("cookie", "")
    http = {"method": check.method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1"}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        **({"cookies": cookies.split("; ")} if cookies else {}),
        "headers": headers,
        "requestContext": {"domainName": domain, "http": {**http, "userAgent": headers["user-agent"]}},
        **({"body": check.body} if check.body else {}),
        "isBase64Encoded": False,
    }


def response(answer: Invocation) -> Answer:
    """What a function URL would make of an invocation."""
    said = answer.payload
    if answer.error is not None:
        text = said if isinstance(said, str) else json.dumps(said)
        if "timed out" in text:
            return Silence(text, answer.log)
        # A function URL answers for a function that failed.
        return Response(502, {}, text.encode(), answer.log)
    if not isinstance(said, Mapping) or "statusCode" not in said:
        # Lambda takes anything else for the body of a good answer.
        return Response(200, {"content-type": "application/json"}, json.dumps(said).encode(), answer.log)
    body = str(said.get("body") or "")
    content = base64.b64decode(body) if said.get("isBase64Encoded") else body.encode()
    headers = {str(name).lower(): str(value) for name, value in (said.get("headers") or {}).items()}
    return Response(int(said["statusCode"]), headers, content, answer.log)
