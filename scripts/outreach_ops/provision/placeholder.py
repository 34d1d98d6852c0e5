"""What a function answers before its first release."""

from __future__ import annotations

import io
import zipfile

SOURCE = """\
export const {name} = async () => ({{
  statusCode: 503,
  headers: {{ "content-type": "text/plain", "cache-control": "no-store", "retry-after": "60" }},
  body: "not released yet\\n",
}});
"""
EPOCH = (1980, 1, 1, 0, 0, 0)


def placeholder(handler: str) -> bytes:
    """A zip with `handler` (file.function) in it; the same handler gives the same bytes."""
    file, _, name = handler.rpartition(".")
    entry = zipfile.ZipInfo(f"{file}.mjs", EPOCH)
    entry.create_system = 3
    entry.external_attr = 0o644 << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(entry, SOURCE.format(name=name))
    return out.getvalue()
