"""The parent application: a checkout of the example, and a stand-in for one that was deployed."""

from __future__ import annotations

import dataclasses
import io
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

from outreach_ops.settings.load import ROOT
from outreach_ops.settings.model import Settings
from support.local import LocalAws

# Passes every request on to OUTREACH_APP_URL as rewrites do, and API calls to PAST_OUTREACH when that is set;
# with NO_COOKIES as behind a CloudFront that forwards none.
PROXY = """
import http from "node:http";
const { OUTREACH_APP_URL, PAST_OUTREACH, NO_COOKIES } = process.env;
export const handler = (event) => new Promise((resolve, reject) => {
  const to = PAST_OUTREACH && event.rawPath.includes("/api/") ? PAST_OUTREACH : OUTREACH_APP_URL;
  const url = `${to}${event.rawPath}${event.rawQueryString && `?${event.rawQueryString}`}`;
  const { host, connection, via, ...headers } = event.headers;
  if (event.cookies) headers.cookie = event.cookies.join("; ");
  if (NO_COOKIES) delete headers.cookie;
  const { method } = event.requestContext.http;
  const outgoing = http.request(url, { method, headers }, async (answer) => {
    const parts = await answer.toArray();
    const { connection, "transfer-encoding": _, ...kept } = answer.headers;
    const body = Buffer.concat(parts).toString("base64");
    resolve({ statusCode: answer.statusCode, headers: kept, isBase64Encoded: true, body });
  });
  outgoing.on("error", () => resolve({ statusCode: 502, body: "Bad Gateway" }));
  outgoing.end(Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8"));
});
"""


@dataclasses.dataclass(frozen=True)
class ParentCheckout:
    """A checkout of the example SleepConnect."""

    path: Path

    @property
    def env_file(self) -> Path:
        return self.path / ".env.staging"

    def change(self, name: str, old: str, new: str) -> None:
        """Replaces a text that must be in the file."""
        file = self.path / name
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))


def make(path: Path) -> ParentCheckout:
    """A copy of the example at `path`, whose env file is as it was committed."""
    left = shutil.ignore_patterns("node_modules", ".next", ".open-next")
    shutil.copytree(ROOT / "examples" / "sleepconnect", path, ignore=left)
    shutil.copy(path / ".env.staging.example", path / ".env.staging")
    return ParentCheckout(path)


def stand_in(aws: LocalAws, settings: Settings, **changed: str) -> None:
    """Makes the environment's SleepConnect one that was configured and deployed, without its build."""
    functions, name = aws.client("lambda"), settings.sleepconnect.function_name
    held: Mapping[str, str] = functions.get_function_configuration(FunctionName=name)["Environment"][
        "Variables"
    ]
    own = {"OUTREACH_APP_URL": aws.running.site_url(settings.host)}
    functions.update_function_configuration(
        FunctionName=name, Environment={"Variables": {**held, **own, **changed}}
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.mjs", PROXY)
    functions.update_function_code(FunctionName=name, ZipFile=packed.getvalue())
    functions.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
    version = functions.publish_version(FunctionName=name)["Version"]
    functions.update_alias(FunctionName=name, Name="live", FunctionVersion=version)
