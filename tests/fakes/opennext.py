"""What `open-next build` leaves in an application, small."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FILES = {
    "server-functions/default/index.mjs": "export const handler = 'server'",
    "server-functions/default/.env.production": "SECRET=planted-in-the-server",
    "server-functions/default/packages/lib/.env": "SECRET=planted-in-the-server",
    "image-optimization-function/index.mjs": "export const handler = 'image'",
    "image-optimization-function/.env.production": "SECRET=planted-in-the-image",
    "image-optimization-function/node_modules/sharp/index.js": "sharp",
    "assets/BUILD_ID": "build-1",
    "assets/_next/static/chunks/main-abc.js": "code",
    "assets/_next/static/css/app.css": "style",
    "assets/.env": "SECRET=planted-in-the-assets",
    "assets/notes.txt": "notes",
    "assets/logo.unknown": "logo",
    "cache/build-1/outreach/clinics.cache": "clinics",
}


def output() -> dict[str, Any]:
    """The description of the output, as OpenNext 3.9 writes it."""
    return {
        "edgeFunctions": {},
        "origins": {
            "s3": {"type": "s3", "originPath": "_assets"},
            "default": {
                "type": "function",
                "bundle": ".open-next/server-functions/default",
                "streaming": False,
            },
            "imageOptimizer": {
                "type": "function",
                "bundle": ".open-next/image-optimization-function",
                "streaming": False,
            },
        },
        "behaviors": [
            {"pattern": "outreach/_next/image*", "origin": "imageOptimizer"},
            {"pattern": "outreach/_next/*", "origin": "s3"},
            {"pattern": "*", "origin": "default"},
            {"pattern": "outreach/notes.txt", "origin": "s3"},
            {"pattern": "outreach/_next/data/*", "origin": "default"},
        ],
    }


def write(app: Path, described: object | None = None) -> Path:
    """Writes the output into the application at `app`."""
    for at, text in FILES.items():
        path = app / ".open-next" / at
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    describe(app, output() if described is None else described)
    return app


def describe(app: Path, described: object) -> None:
    """Writes another description of the output."""
    (app / ".open-next" / "open-next.output.json").write_text(json.dumps(described))
