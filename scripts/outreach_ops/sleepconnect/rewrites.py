"""SleepConnect's rewrites: as configured, as its last build froze them, and what is wrong with them."""

from __future__ import annotations

import dataclasses
import io
import json
import re
import secrets
import subprocess
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from outreach_ops import commands
from outreach_ops.aws.session import LOOPBACK
from outreach_ops.builds import node
from outreach_ops.errors import UsageError
from outreach_ops.finding import Finding, failure, ok, warning
from outreach_ops.settings.model import Settings
from outreach_ops.sleepconnect.checkout import API_URL, APP_URL, Checkout

FILES = ("next.config.js", "next.config.mjs")
MANIFEST = ".next/routes-manifest.json"
SECONDS = 30
MALFORMED = (KeyError, TypeError, AttributeError, re.error)
# As Next does it when it builds; what the configuration prints by itself is left alone.
EVALUATE = """
const [file, marker] = process.argv.slice(1);
const loaded = await import(require("node:url").pathToFileURL(file));
let config = loaded.default ?? loaded;
if (typeof config === "function") config = await config("phase-production-build", { defaultConfig: {} });
console.log(`\\n${marker}${JSON.stringify((await config.rewrites?.()) ?? [])}`);
"""
# :name, with a pattern of its own, and how often.
PARAMETER = re.compile(r"(?P<slash>/?):(?P<name>\w+)(?:\((?P<pattern>[^)]*)\))?(?P<often>[*+?]?)")


@dataclasses.dataclass(frozen=True)
class Rule:
    """One rewrite; a `conditional` one holds for some requests only."""

    source: str
    destination: str
    conditional: bool = False


@dataclasses.dataclass(frozen=True)
class Rewrites:
    """In the order in which Next asks them; `before` comes before SleepConnect's own pages."""

    before: tuple[Rule, ...]
    later: tuple[Rule, ...] = ()


def evaluate(where: Checkout, variables: Mapping[str, str]) -> Rewrites:
    """What its configuration gives with these variables; raises UsageError when it throws."""
    file = next((where.path / name for name in FILES if (where.path / name).is_file()), None)
    if file is None:
        raise UsageError(
            f"{where.path} has no {' or '.join(FILES)}", "name SleepConnect's folder: --app=PATH"
        )
    marker = secrets.token_hex(8)
    try:
        done = subprocess.run(
            [str(node.BIN / "node"), "-e", f"(async () => {{{EVALUATE}}})()", str(file), marker],
            cwd=where.path,
            env=node.build_environment({"NODE_ENV": "production", **variables}),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise UsageError(f"{node.BIN / 'node'} is not there", node.SETUP) from None
    except subprocess.TimeoutExpired:
        raise UsageError(f"{file} did not give its rewrites within {SECONDS} s", "correct it there") from None
    given = [line for line in done.stdout.splitlines() if line.startswith(marker)]
    if done.returncode != 0 or not given:
        said = [line for line in done.stderr.splitlines() if re.match(r"\w*Error\b", line)]
        # It may tell a variable that it does not like.
        cause = where.private().mask(said[0]) if said else f"it ends with exit code {done.returncode}"
        raise UsageError(f"{file} throws: {cause}", f"correct it, or install what it needs: {where.path}")
    try:
        return parse(json.loads(given[-1].removeprefix(marker)))
    except MALFORMED as error:
        fix = "give each rule a source and a destination as Next takes them"
        raise UsageError(f"{file}: rewrites() gives no rewrites of Next ({error!r})", fix) from None


def built(where: Checkout) -> Rewrites | None:
    """What the last build in this checkout froze, None when there was none."""
    file = where.path / MANIFEST
    try:
        return parse(json.loads(file.read_text())["rewrites"])
    except FileNotFoundError:
        return None
    except (ValueError, *MALFORMED) as error:
        raise UsageError(f"{file} is no routes manifest of Next ({error!r})", "build it again") from None


def packed(package: bytes) -> Rewrites | None:
    """What the build in a function's package froze, None when it holds none that can be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            # Of a monorepo it is in a folder.
            names = [each for each in archive.namelist() if f"/{each}".endswith(f"/{MANIFEST}")]
            return parse(json.loads(archive.read(min(names, key=len)))["rewrites"])
    except (ValueError, zipfile.BadZipFile, *MALFORMED):
        return None


def parse(found: Any) -> Rewrites:
    """From Next's own form: a list is asked after the pages."""
    if isinstance(found, list):
        return Rewrites((), _rules(found))
    after = [*found.get("afterFiles", ()), *found.get("fallback", ())]
    return Rewrites(_rules(found.get("beforeFiles", ())), _rules(after))


def destination(rules: Sequence[Rule], path: str) -> str | None:
    """Where a request for `path` goes by the first rule that is for it."""
    for rule in rules:
        match = re.fullmatch(_pattern(rule.source), path)
        if match is not None and not rule.conditional:
            return _filled(rule.destination, match.groupdict(default=""))
    return None


def judge(settings: Settings, rules: Rewrites, wanted: Mapping[str, str], check: str) -> list[Finding]:
    """API calls, pages and static files must go to Outreach, each by a rule of `beforeFiles`."""
    base, static = settings.site.base_path, settings.site.asset_prefix
    fix = commands.retell(settings.site.environment)
    samples = {
        "API": f"{base}/api/outreach/templates",
        "pages": f"{base}/conversations",
        "front page": base,
        "static": f"{static}/_next/static/chunks/main.js",
    }
    return [
        *(_judge_one(f"{check}: {name}", path, rules, wanted, fix) for name, path in samples.items()),
        *_past_outreach(base, rules, wanted, check),
    ]


def misleads(url: str, wanted: Mapping[str, str]) -> str:
    """What an address is that is not Outreach's, in words behind it; empty when that is not known."""
    host = urlsplit(url).hostname
    if _is_gateway(url, wanted):
        return ", the API gateway: past Outreach's routes, which alone add the user's context"
    if host in LOOPBACK and urlsplit(wanted[APP_URL]).hostname not in LOOPBACK:
        return f", which is this machine: {APP_URL} was not set"
    return ""


def _judge_one(check: str, path: str, rules: Rewrites, wanted: Mapping[str, str], fix: str) -> Finding:
    went, expected = destination(rules.before, path), wanted[APP_URL] + path
    if went == expected:
        return ok(check, f"{path} goes to {wanted[APP_URL]}")
    if went is None and destination(rules.later, path) is not None:
        fix = "return { beforeFiles: [...] } from rewrites()"
        return failure(check, f"{path} is passed on after SleepConnect's own pages only", fix)
    if went is None:
        source = "/".join(path.split("/")[:2])
        fix = f"add to beforeFiles: {source}/:path* to ${{{APP_URL}}}{source}/:path*"
        return failure(check, f"{path} is passed on by no rewrite", fix)
    if check.endswith("API") and _is_gateway(went, wanted):
        return _broken_form(check, path, went)
    return failure(check, f"{path} goes to {went}, not to {expected}{misleads(went, wanted)}", fix)


def _broken_form(check: str, path: str, went: str) -> Finding:
    return failure(
        check,
        f"the checklist's broken form: {path} goes straight to the API gateway ({went}), past Outreach's "
        "routes, which alone add the user's context: 502, or 400 for a missing tenant_id",
        f"make its destination ${{{APP_URL}}}{path.rsplit('/', 1)[0]}/:path*, then redeploy",
    )


def _past_outreach(base: str, rules: Rewrites, wanted: Mapping[str, str], check: str) -> list[Finding]:
    """Rules to the gateway that another one hides today."""
    return [
        warning(f"{check}: order", f"{rule.source} to the API gateway is there, though hidden", "remove it")
        for rule in (*rules.before, *rules.later)
        if rule.source.startswith(base)
        and _is_gateway(rule.destination, wanted)
        and not _is_gateway(destination(rules.before, f"{base}/api/outreach/templates") or "", wanted)
    ]


def _is_gateway(url: str, wanted: Mapping[str, str]) -> bool:
    if url.startswith(wanted[APP_URL] + "/"):
        return False
    # With the port: on the local AWS all is at one host.
    place = urlsplit(url).netloc
    return place == urlsplit(wanted[API_URL]).netloc or ".execute-api." in place


def _rules(found: Sequence[Mapping[str, Any]]) -> tuple[Rule, ...]:
    rules = tuple(
        Rule(str(each["source"]), str(each["destination"]), bool(each.get("has") or each.get("missing")))
        for each in found
    )
    for rule in rules:
        re.compile(_pattern(rule.source))
    return rules


def _pattern(source: str) -> str:
    """The regular expression of a source; a slash at the end of the path does not matter, as in Next."""
    parts, at = [], 0
    for found in PARAMETER.finditer(source):
        name, often = found["name"], found["often"]
        one = found["pattern"] or (r"[^/]+?" if often in ("", "?") else r".+?")
        group = f"{found['slash']}(?P<{name}>{one})"
        parts += [re.escape(source[at : found.start()]), f"(?:{group})?" if often in ("*", "?") else group]
        at = found.end()
    return "".join([*parts, re.escape(source[at:]), "/?"])


def _filled(destination: str, values: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        given = values.get(found["name"])
        if given is None:
            return found[0]
        return f"{found['slash']}{given}" if given else ""

    scheme, separator, rest = destination.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host}{PARAMETER.sub(value, slash + path)}"
