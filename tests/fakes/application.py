"""The application that fake builds hold: its code is JSON that says how it answers."""

from __future__ import annotations

import json
from typing import Any

BASE = "/outreach"


def answer(code: bytes, path: str, *, direct: bool = False, turn: int = 0) -> tuple[int, str]:
    """Status and body; `direct` is without CloudFront, `turn` counts the requests that were made before.

    In the code, `status` is what it answers everywhere, `edge_status` through CloudFront alone, `flaky: N`
    is right once in N turns, `says` is what it adds to each body.
    """
    if not code.startswith(b"{"):
        return (503, "not released yet") if code == b"placeholder" else (200, "an image")
    says: dict[str, Any] = json.loads(code)
    status = says.get("status", 200) if direct else says.get("edge_status", says.get("status", 200))
    if turn % says.get("flaky", 1):
        status = 500
    if path.startswith(f"{BASE}/api/"):
        return status, json.dumps({"version": says["version"]}) + says.get("says", "")
    scripts = "".join(f'<script src="{name}"></script>' for name in says["assets"])
    return status, f"<p>version {says['version']}</p>{scripts}{says.get('says', '')}"
