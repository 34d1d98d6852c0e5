"""A release without a build: a few lines of code that answer as a test wants, packaged as any other."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

from outreach_ops.builds import artifact
from outreach_ops.builds.artifact import Artifact, Asset, Package
from outreach_ops.settings.cloudfront import Behaviour
from outreach_ops.settings.load import ROOT
from support.application import Application

STATIC = "/outreach-static/_next/static/main.js"
# `direct` is without CloudFront: a function URL says which one it is. `turn` counts what a process was asked.
HANDLER = """
let turn = 0;
const page = `<p>VERSION</p><script src="STATIC"></script>`;
const well = (event) => event.rawPath.includes("/api/") ? JSON.stringify({ version: "VERSION" }) : page;
export const handler = async (event) => {
  const direct = event.requestContext.apiId === undefined;
  turn += 1;
  const statusCode = STATUS;
  const said = `2026-01-01T00:00:00Z\\tid\\tERROR\\tno such clinic ${process.env.AUTH0_SECRET}`;
  if (statusCode >= 500 || LOGS) console.error(said);
  return { statusCode, headers: { "content-type": "text/html" }, body: well(event) };
};
"""


def release(
    app: Application,
    version: str,
    status: str = "200",
    logs: str = "false",
    behaviours: tuple[Behaviour, ...] = (),
) -> None:
    """Makes a tiny release the newest artifact of `app`; `status` is JavaScript, over `direct` and `turn`.

    `logs` is when it writes an error into its log though it answers well.
    """
    store = ROOT / ".artifacts" / "outreach-staging"
    code = HANDLER.replace("VERSION", version).replace("STATIC", STATIC).replace("STATUS", status)
    code = code.replace("LOGS", logs)
    folder = store / f"tiny-{hashlib.sha256(f'{app.path}{code}'.encode()).hexdigest()[:8]}"
    (folder / "files" / "_assets" / STATIC[1:]).parent.mkdir(parents=True)
    made = Artifact(
        version=version,
        commit=app.git("rev-parse", "HEAD").strip(),
        dirty=False,
        build_id=f"build-{version}",
        input_hash=hashlib.sha256(code.encode()).hexdigest(),
        server=_zipped(folder, "server.zip", code),
        image=_zipped(folder, "image.zip", HANDLER.replace("STATUS", "200").replace("LOGS", "false")),
        assets=(
            _asset(folder, f"_assets{STATIC}", "0"),
            _asset(folder, "_assets/outreach/notes.txt", version),
        ),
        behaviours=behaviours,
    )
    artifact.store(made, folder)
    key = hashlib.sha256(str(app.path).encode()).hexdigest()[:8]
    (store / f"newest-{key}").write_text(folder.name)


def _zipped(folder: Path, name: str, code: str) -> Package:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("index.mjs"), code)
    path = folder / name
    path.write_bytes(packed.getvalue())
    return Package(name, artifact.digest(path), path.stat().st_size, len(code))


def _asset(folder: Path, key: str, text: str) -> Asset:
    path = folder / "files" / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    kind: artifact.Kind = "hashed" if "_next/static" in key else "public"
    return Asset(key, kind, artifact.digest(path), artifact.digest(path, "md5"), len(text), "text/plain")
