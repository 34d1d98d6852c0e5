"""What somebody sees, by name, and the checks that find its cause, the likeliest first."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Mapping

from outreach_ops.checks import edge, permissions, preflight, ready, settings
from outreach_ops.checks.subject import Subject
from outreach_ops.diagnose import building, files, site, trust, written
from outreach_ops.diagnose.scene import Scene
from outreach_ops.errors import UsageError
from outreach_ops.finding import Finding
from outreach_ops.roles import Role

Look = Callable[[Scene], Finding | list[Finding]]


def _of(check: preflight.Check) -> Look:
    """A check before a deploy, as part of a diagnosis."""
    return lambda scene: check(scene.subject)


def _log(*known: written.Known, of: Role = "server") -> Look:
    return functools.partial(
        written.look, check="log" if of == "server" else f"{of} log", known=known, role=of
    )


INFRASTRUCTURE: Mapping[str, Look] = {"infrastructure": _of(ready.infrastructure)}
TRIO: Mapping[str, Look] = {"auth0": _of(settings.auth0_trio)}
PARENT: Mapping[str, Look] = {"parent": site.parent}
OTHERS: Mapping[str, Look] = {
    "image log": _log(written.SHARP, written.DENIED, written.SIZE, written.ENDED, written.IMAGE, of="image"),
    "revalidation log": _log(written.DENIED, written.ENDED, written.RENEWAL, of="revalidation"),
}
SYMPTOMS: Mapping[str, Mapping[str, Look]] = {
    "502": {
        "log": _log(written.MODULE, written.UPSTREAM, written.SIZE, written.ENDED),
        **PARENT,
        "answers": site.answers,
        **OTHERS,
        **INFRASTRUCTURE,
    },
    "400": {"token": trust.token, **PARENT, "log": _log(written.TENANT), **TRIO},
    "401": {
        **TRIO,
        "token": trust.token,
        "cookies": trust.cookies,
        "log": _log(written.SIGNATURE, written.EXPIRED),
        **PARENT,
    },
    "404": {
        "files": files.page,
        "path pattern": files.pattern,
        "bucket": files.bucket,
        **PARENT,
        **INFRASTRUCTURE,
    },
    "500": {
        "lambda": trust.keys,
        "log": _log(written.MODULE, written.DENIED, written.ENDED, written.ERROR),
        "answers": site.answers,
        **OTHERS,
        "permissions": _of(permissions.permissions),
        **INFRASTRUCTURE,
    },
    "6mb": {"log": _log(written.SIZE), "cloudfront": _of(edge.distribution)},
    "build": {
        "application": building.versions,
        "modules": building.modules,
        "memory": building.memory,
        "disk": building.disk,
    },
    "logout": {**TRIO, "callback": trust.callback, "token": trust.token, "log": _log(written.SIGNATURE)},
}
"""The names are those of the documents' troubleshooting sections."""


def chosen(symptom: str) -> dict[str, Look]:
    """The checks of one symptom, or of all; raises UsageError that lists what there is."""
    if symptom and symptom not in SYMPTOMS:
        there = ", ".join(f"--symptom {name}" for name in SYMPTOMS)
        raise UsageError(f"--symptom={symptom} is no symptom", f"choose one: {there}")
    if symptom:
        return dict(SYMPTOMS[symptom])
    # What several symptoms have in common is looked at once.
    once: dict[Look, str] = {}
    for name, looks in SYMPTOMS.items():
        for check, look in looks.items():
            once.setdefault(look, f"{name}: {check}")
    return {name: look for look, name in once.items()}


def run(scene: Scene, looks: Mapping[str, Look]) -> list[Finding]:
    """Every check's finding, each once; one that cannot be read is a finding too. Says how many on stderr."""
    print(f"  {len(looks)} checks ...", file=sys.stderr, flush=True)
    checks: dict[str, preflight.Check] = {}
    for name, look in looks.items():
        checks[name] = functools.partial(_on, scene, look)
    return list(dict.fromkeys(preflight.run(scene.subject, checks)))


def _on(scene: Scene, look: Look, _subject: Subject) -> Finding | list[Finding]:
    return look(scene)
