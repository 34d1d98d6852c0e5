"""From nothing to a rollback, on the local AWS, with the commands that an operator types.

Run by `make demo`. It starts with an empty local AWS and ends with the site running.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

from outreach_ops.aws.session import connect
from outreach_ops.proof.answers import Response, assets_named
from outreach_ops.proof.viewer import Viewer, viewer
from outreach_ops.sandbox import local
from outreach_ops.settings import load_site
from outreach_ops.sleepconnect import auth0

ROOT = Path(__file__).resolve().parents[1]
APP = ROOT / ".sandbox" / "outreach"
ENV = "--env=staging"
START = time.monotonic()


def main() -> None:
    """Every step of the demonstration; any step that fails ends it with exit code 1."""
    chapter("1. An empty AWS on this machine")
    run("invoke sandbox.reset")
    run("invoke sandbox.start")
    local.start()

    chapter("2. Provision staging, and again: the second run changes nothing")
    provision = "ansible-playbook provision.yml -i inventories/staging"
    run(provision)
    again = run(provision)
    must("the second run changes nothing", re.search(r"changed=0 .*failed=0", again) is not None)
    run(f"invoke infra.check {ENV}")

    chapter("3. Build and release v0.1.0 of a real Next.js application")
    secret = prepare_application()
    run(f"invoke deploy {ENV} --app={APP.relative_to(ROOT)}")
    site = viewer_of_staging()
    walk(site, secret)
    before = page_and_file(site)

    chapter("4. Change it, release v0.1.1, roll back")
    change_application()
    run(f"invoke deploy {ENV} --app={APP.relative_to(ROOT)}")
    changed = page_and_file(site)
    must("the page and the public file are v0.1.1's", all("0.1.1" in text for text in changed))
    run(f"invoke rollback {ENV} --tag v0.1.0")
    must("the page and the public file are v0.1.0's again", page_and_file(site) == before)
    run(f"invoke releases {ENV}")

    chapter(f"Done in {time.monotonic() - START:.0f} s; the site runs")
    run("invoke sandbox.status")
    print(f"""
  open   {site.base_url}/outreach
  first  source .venv/bin/activate && eval "$(invoke sandbox.env)"
  then   invoke deploy {ENV} --app={APP.relative_to(ROOT)}
  stop   .venv/bin/invoke sandbox.stop""")


def chapter(title: str) -> None:
    print(f"\n== {title} ==", flush=True)


def run(command: str) -> str:
    """Runs a command as shown, passes its output on, and ends the demonstration when it fails."""
    print(f"\n$ {command}", flush=True)
    program, *arguments = shlex.split(command)
    environ = {**os.environ, "ANSIBLE_FORCE_COLOR": "0"}
    output = []
    with subprocess.Popen(
        [str(Path(sys.executable).parent / program), *arguments],
        cwd=ROOT,
        env=environ,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        for line in process.stdout or ():
            print(f"  {line}", end="", flush=True)
            output.append(line)
    if process.returncode != 0:
        sys.exit(f"\nthe demonstration ends here: `{command}` exited with {process.returncode}")
    return "".join(output)


def must(what: str, holds: bool) -> None:
    print(f"  {'yes' if holds else 'NO '}  {what}", flush=True)
    if not holds:
        sys.exit("the demonstration ends here")


def prepare_application() -> str:
    """A copy of the example in a git repository of its own, with made-up secrets; returns the JWT secret."""
    shutil.rmtree(APP, ignore_errors=True)
    shutil.copytree(ROOT / "examples" / "outreach", APP)
    git("init", "--quiet", "--initial-branch=staging")
    commit("v0.1.0")
    settings = load_site("staging")
    needed = [item.name for item in settings.variables.runtime if item.value is None]
    # As an operator does before a first release: the trio is SleepConnect's, here that of the local AWS.
    trio = auth0.trio(connect(settings.site.account_id, settings.site.region), settings)
    values = {**{name: secrets.token_hex(16) for name in needed}, **trio}
    (APP / ".env.local").write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    print(f"  {APP.relative_to(ROOT)} is a copy of examples/outreach; its .env.local holds made-up secrets")
    return values["AUTH0_CLIENT_SECRET"]


def change_application() -> None:
    for name, old, new in [
        ("package.json", '"version": "0.1.0"', '"version": "0.1.1"'),
        ("public/release-notes.txt", "Outreach 0.1.0", "Outreach 0.1.1"),
        ("app/headline.ts", "Good conversations", "Even better conversations"),
    ]:
        file = APP / name
        text = file.read_text()
        must(f"{name}: {old!r} becomes {new!r}", old in text)
        file.write_text(text.replace(old, new))
    commit("v0.1.1")


def commit(message: str) -> None:
    git("add", "--all")
    git(
        "-c", "user.name=demo", "-c", "user.email=demo@example.com", "commit", "--quiet", "--message", message
    )


def git(*arguments: str) -> None:
    subprocess.run(["git", "-C", str(APP), *arguments], check=True)


def viewer_of_staging() -> Viewer:
    settings = load_site("staging")
    return viewer(connect(settings.site.account_id, settings.site.region), settings)


def walk(site: Viewer, secret: str) -> None:
    """Asks for one of each kind of thing that the site serves, through CloudFront."""
    print("\n  through CloudFront:")
    token = jwt(secret, {"sub": "demo", "name": "Demo", "tenant_id": "00000000-0000-0000-0000-000000000001"})
    signed_in = {"cookie": f"x-sax-user-context={token}"}
    page = shown("page", site, "/outreach")
    shown("RSC payload", site, "/outreach?_rsc=1", headers={"rsc": "1"}, of_type="text/x-component")
    for path in assets_named(page.text):
        shown("static file", site, path)
    shown("page per request", site, "/outreach/conversations", headers=signed_in)
    templates = "/outreach/api/outreach/templates"
    shown("API GET", site, templates, headers=signed_in)
    json_type = {"content-type": "application/json"}
    shown("API POST", site, templates, "POST", {**signed_in, **json_type}, '{"name": "Reminder"}', status=201)
    shown("API, no token", site, templates, status=401)
    image = re.search(r"/outreach/_next/image\?[^\"\s]+", site.fetch("/outreach/about").text)
    must("the page names an optimised image", image is not None)
    path = image.group(0).replace("&amp;", "&").split(" ")[0] if image else ""
    shown("optimised image", site, path, headers={"accept": "image/webp"}, of_type="image/webp")
    shown("public file", site, "/outreach/release-notes.txt")


def shown(
    what: str,
    site: Viewer,
    path: str,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    body: str | None = None,
    status: int = 200,
    of_type: str = "",
) -> Response:
    answer = site.fetch(path, method, headers, body)
    kind = answer.headers.get("content-type", "")
    must(f"{what:<17}{answer.status} {kind.split(';')[0]:<24}{path[:70]}", answer.status == status)
    if of_type:
        must(f"{what} is {of_type}", kind.startswith(of_type))
    return answer


def page_and_file(site: Viewer) -> tuple[str, str]:
    """The version that the front page shows, with its headline, and the changed public file."""
    page = site.fetch("/outreach").text
    version = re.search(r'data-version="[^"]*">([^<]*)<', page)
    headline = re.search(r"<h1[^>]*>([^<]*)<", page)
    file = site.fetch("/outreach/release-notes.txt").text.splitlines()[0]
    found = f"{version.group(1) if version else '?'}: {headline.group(1) if headline else '?'}"
    print(f"  page  {found}\n  file  {file}")
    return found, file


def jwt(secret: str, claims: dict[str, object]) -> str:
    """A token as SleepConnect signs it: HS256, valid for ten minutes."""

    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    payload = {**claims, "exp": int(time.time()) + 600}
    header = part(b'{"alg":"HS256","typ":"JWT"}')
    text = f"{header}.{part(json.dumps(payload).encode())}"
    return f"{text}.{part(hmac.digest(secret.encode(), text.encode(), hashlib.sha256))}"


if __name__ == "__main__":
    main()
