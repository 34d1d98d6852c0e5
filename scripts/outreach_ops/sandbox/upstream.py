"""A small stand-in for the clinics' API that the applications call at API_BASE_URL; in memory."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from typing import Any


class Upstream:
    """Message templates by tenant; each tenant starts with one."""

    def __init__(self) -> None:
        self._templates: dict[str, list[dict[str, Any]]] = {}
        self._ids = itertools.count(1)

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, object]:
        """Status and JSON body for a request; `path` is below the base URL."""
        if path != "/templates":
            return 404, {"error": f"there is no {path}"}
        tenant, practice = headers.get("x-tenant-id", ""), headers.get("x-practice-id", "")
        if not tenant:
            return 400, {"error": "Invalid or missing tenant_id"}
        kept = self._templates.setdefault(tenant, [])
        if not kept:
            kept.append(self._template(tenant, practice, "Welcome Message", "Welcome to our clinic."))
        if method == "GET":
            return 200, {"data": kept}
        if method != "POST":
            return 405, {"error": f"{method} is not allowed"}
        return self._create(tenant, practice, body)

    def _create(self, tenant: str, practice: str, body: bytes) -> tuple[int, object]:
        try:
            wanted = json.loads(body)
            name, text = str(wanted["name"]), str(wanted.get("body", ""))
        except (ValueError, TypeError, KeyError, AttributeError):
            return 400, {"error": "a template is a JSON object with a name"}
        template = self._template(tenant, practice, name, text)
        self._templates[tenant].append(template)
        return 201, {"data": template}

    def _template(self, tenant: str, practice: str, name: str, text: str) -> dict[str, Any]:
        number = next(self._ids)
        return {"id": number, "tenantId": tenant, "practiceId": practice, "name": name, "body": text}
