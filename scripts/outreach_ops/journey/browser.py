"""Navigation as users do it, in a real browser (test 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from outreach_ops.finding import Finding, failure, ok
from outreach_ops.journey.chromium import Tab, screenshot, tab
from outreach_ops.journey.traveller import COOKIE, Journey

PAGE_SECONDS = 20.0
AFTER_SECONDS = 0.5
"""A page that has come is hydrated and fetches what its links lead to: errors of that come a little later."""
CLICK = """(() => {
  const link = [...document.querySelectorAll("a")].find((each) => new URL(each.href).pathname === %r);
  link?.click();
  return Boolean(link);
})()"""

ICONS = "[...document.querySelectorAll('link[rel~=icon]')].map((each) => each.href)"


def navigation(journey: Journey, shots: Path) -> list[Finding]:
    """The first page opens, its links lead to the others, the console is silent; a picture is kept."""
    paths = journey.settings.verify.pages or (journey.settings.site.front,)
    lost: list[str] = []
    icons: set[str] = set()
    with tab() as page:
        _sign_in(page, journey)
        for path in paths:
            if path == paths[0] or not page.evaluate(CLICK % path):
                page.call("Page.navigate", url=f"{journey.enters.base_url}{path}")
            lost += [] if _there(page, path) else [path]
            page.listen(AFTER_SECONDS)
            icons |= set(page.evaluate(ICONS))
        picture = shots / f"{journey.settings.host}{'-through' if journey.through else ''}.png"
        screenshot(page, picture)
        return [judge(len(paths), lost, errors(page.events, icons), picture)]


def judge(pages: int, lost: Sequence[str], wrong: Sequence[str], picture: Path) -> Finding:
    """Every page came, and the console is silent."""
    if lost:
        return failure("navigation", f"did not open in the browser: {', '.join(lost)}", f"look at {picture}")
    if wrong:
        cause = f"{len(wrong)} errors in the console: {'; '.join(wrong[:3])}"
        return failure("navigation", cause, f"look at {picture}, and at the browser's console")
    return ok("navigation", f"{pages} pages in Chromium, no error in the console; picture: {picture}")


def errors(events: Sequence[Mapping[str, Any]], icons: Set[str]) -> list[str]:
    """What a developer would see in red because of the pages, which name these `icons`."""
    found = []
    for event in events:
        params = event.get("params", {})
        match event["method"]:
            case "Runtime.exceptionThrown":
                details = params["exceptionDetails"]
                found.append(str(details.get("exception", {}).get("description") or details["text"]))
            case "Runtime.consoleAPICalled" if params["type"] in ("error", "assert"):
                found.append(" ".join(str(each.get("value", "")) for each in params["args"]))
            case "Log.entryAdded" if params["entry"]["level"] == "error" and _of_page(params["entry"], icons):
                found.append(f"{params['entry']['text']} {params['entry'].get('url', '')}".strip())
    return [text.splitlines()[0][:200] if text else "an error without words" for text in found]


def _of_page(entry: Mapping[str, Any], icons: Set[str]) -> bool:
    """Not what Chromium asks for by itself, now and then, where a page names no icon."""
    url = str(entry.get("url", ""))
    return urlsplit(url).path != "/favicon.ico" or url in icons


def _sign_in(page: Tab, journey: Journey) -> None:
    if not journey.secret:
        return
    value = journey.signed_in()["cookie"].removeprefix(f"{COOKIE}=")
    host = urlsplit(journey.enters.base_url).hostname
    page.call("Network.setCookie", name=COOKIE, value=value, domain=host, path="/", httpOnly=True)


def _there(page: Tab, path: str) -> bool:
    """The address is the page's, and all of it has come."""
    there = f"location.pathname === {path!r} && document.readyState === 'complete'"
    return page.until(f"{there} && document.body.innerText.length > 0", PAGE_SECONDS)
