"""Pages: their files, RSC kept apart from HTML, redirects and server actions (test 3 and more)."""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

from outreach_ops import commands
from outreach_ops.finding import Finding, failure, ok
from outreach_ops.journey.traveller import Journey
from outreach_ops.parallel import each
from outreach_ops.proof.answers import Response, assets_named

RSC = {"rsc": "1"}
TURNS = 3
PAGES_ROUTER = 'id="__NEXT_DATA__"'
"""In every page of Next's older router, which has no RSC."""

NOTE = "outreach-ops verify"
BOUNDARY = "----outreach-ops-verify"


def pages(journey: Journey) -> list[Finding]:
    """Each page answers 200 with HTML, and every static file that any of them names is there."""
    paths = journey.settings.verify.pages or (journey.settings.site.front,)
    answers = {path: journey.enters.fetch(path, headers=journey.signed_in()) for path in paths}
    found = [judge_page(journey, path, answer) for path, answer in answers.items()]
    return [*found, _assets(journey, answers)]


def judge_page(journey: Journey, path: str, answer: Response) -> Finding:
    """A page of Outreach, not one of SleepConnect or of CloudFront."""
    kind = answer.headers.get("content-type", "nothing")
    if answer.status == 200 and kind.startswith("text/html"):
        return ok("page", f"{path} answers 200")
    fix = f"curl -v {journey.enters.base_url}{path}"
    if journey.through and answer.status == 404 and journey.outreach.fetch(path).status == 200:
        fix = f"add to SleepConnect's beforeFiles a rule for {path} alone: OpenNext 3.9.12 passes `:path*` "
        fix += "that matches nothing on as it is written"
    return failure("page", f"{path} answers {answer.status} with {kind}", fix)


def _assets(journey: Journey, answers: dict[str, Response]) -> Finding:
    named = sorted({path for answer in answers.values() for path in assets_named(answer.text)})
    if not named:
        return failure("static files", "no page names any", f"curl {journey.enters.base_url}")
    wrong = [
        f"{path} ({answer.status})"
        for path, answer in each(journey.enters.fetch, named, workers=8)
        if not _whole(answer)
    ]
    if wrong:
        cause = f"{len(wrong)} of {len(named)} are missing: {', '.join(wrong[:5])}: issue 4"
        prefix = f"{journey.settings.site.static}/_next"
        fix = f"{commands.diagnose(journey.settings.site.environment)} --symptom 404"
        if journey.through:
            fix = f"pass {prefix}/:path* on in SleepConnect, or check assetPrefix and S3"
        return failure("static files", cause, fix)
    return ok("static files", f"all {len(named)} that the pages name answer 200")


def _whole(answer: Response) -> bool:
    return answer.status == 200 and not answer.headers.get("content-type", "").startswith("text/html")


def rsc(journey: Journey) -> list[Finding]:
    """The same address asked for HTML and for RSC by turns always gives what was asked for."""
    path = (journey.settings.verify.pages or (journey.settings.site.front,))[0]
    if PAGES_ROUTER in journey.enters.fetch(path, headers=journey.signed_in()).text:
        return []
    for _ in range(TURNS):
        for headers, wanted in ((RSC, "text/x-component"), ({}, "text/html")):
            kind = journey.enters.fetch(path, headers=headers).headers.get("content-type", "nothing")
            if not kind.startswith(wanted):
                asked = "RSC" if headers else "HTML"
                check = f"invoke pre-deploy-check --env={journey.settings.site.environment}"
                fix = f"put RSC and the Next-Router headers into the cache key: {check}"
                return [failure("RSC", f"{path} asked for {asked} is {kind}", fix)]
    return [ok("RSC", f"{path} is RSC or HTML as asked, {TURNS} times by turns")]


def redirect(journey: Journey) -> list[Finding]:
    """A redirect of Outreach keeps the host that the user sees."""
    path = journey.settings.verify.redirect
    if not path:
        return []
    return [judge_redirect(path, journey.enters.fetch(path), _hosts(journey))]


def judge_redirect(path: str, answer: Response, hosts: set[str]) -> Finding:
    """Relative, or to the host where the request entered."""
    to = answer.headers.get("location", "")
    if not 300 <= answer.status < 400 or not to:
        fix = 'let no proxy on the way follow redirects, as OpenNext\'s proxyExternalRequest "fetch" does'
        return failure("redirect", f"{path} answers {answer.status} and no redirect", fix)
    host = urlsplit(to).netloc
    if host and host not in hosts:
        fix = "add the parent's domain to cloudfront_forwarded_hosts, then provision"
        return failure("redirect", f"{path} leads users away to {to}", fix)
    return ok("redirect", f"{path} leads to {to}")


def _hosts(journey: Journey) -> set[str]:
    return {urlsplit(journey.enters.base_url).netloc}


def action(journey: Journey) -> list[Finding]:
    """A server action, posted as a form without JavaScript, runs and its answer comes back."""
    path = journey.settings.verify.form
    if not path:
        return []
    page = journey.enters.fetch(path, headers=journey.signed_in())
    body = form(page.text)
    headers = {
        **journey.signed_in(),
        "content-type": f"multipart/form-data; boundary={BOUNDARY}",
        "origin": journey.enters.base_url,
    }
    answer = journey.enters.fetch(path, "POST", headers, body)
    if answer.status == 200 and NOTE in answer.text:
        return [ok("server action", f"{path} ran it and answered with what was sent")]
    fix = "x-forwarded-host must be the host of Origin: add the parent's domain to cloudfront_forwarded_hosts"
    return [failure("server action", f"POST {path} answers {answer.status} without what was sent", fix)]


def form(page: str) -> str:
    """The body that a browser posts for the first form: hidden fields as they are, text fields filled."""
    fields: dict[str, str] = {}
    inside = re.search(r"<form\b.*?</form>", page, re.DOTALL)
    for tag in re.findall(r"<(?:input|textarea)\b[^>]*>", inside[0] if inside else ""):
        name, value = (re.search(rf'\b{key}="([^"]*)"', tag) for key in ("name", "value"))
        if name:
            fields[name[1]] = html.unescape(value[1] if value else "") if 'type="hidden"' in tag else NOTE
    parts = [
        f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    return "".join([*parts, f"--{BOUNDARY}--\r\n"])
