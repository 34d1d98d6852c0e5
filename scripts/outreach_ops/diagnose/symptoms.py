"""What somebody sees, by name, and the checks that find its cause, the likeliest first."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

from outreach_ops.checks import edge, permissions, preflight, ready, settings
from outreach_ops.checks.subject import Subject
from outreach_ops.diagnose import building, files, site, trust, written
from outreach_ops.diagnose.scene import Scene
from outreach_ops.errors import UsageError
from outreach_ops.finding import Finding

Look = Callable[[Scene], Finding | list[Finding]]


def _of(check: preflight.Check) -> Look:
    """A check before a deploy, as part of a diagnosis."""
    return lambda scene: check(scene.subject)


def _log(*known: written.Known) -> Look:
    return functools.partial(written.look, check="log", known=known)


INFRASTRUCTURE: Mapping[str, Look] = {"infrastructure": _of(ready.infrastructure)}
TRIO: Mapping[str, Look] = {"auth0": _of(settings.auth0_trio)}
SYMPTOMS: Mapping[str, Mapping[str, Look]] = {
    "502": {
        "log": _log(written.MODULE, written.UPSTREAM, written.SIZE, written.ENDED),
        "parent": site.parent,
        "answers": site.answers,
        **INFRASTRUCTURE,
    },
    "400": {"token": trust.token, "parent": site.parent, "log": _log(written.TENANT), **TRIO},
    "401": {
        **TRIO,
        "token": trust.token,
        "cookies": trust.cookies,
        "log": _log(written.SIGNATURE, written.EXPIRED),
    },
    "404": {"files": files.page, "path pattern": files.pattern, "bucket": files.bucket, **INFRASTRUCTURE},
    "500": {
        "lambda": trust.keys,
        "log": _log(written.MODULE, written.ENDED, written.ERROR),
        "answers": site.answers,
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
    return {f"{name}: {check}": look for name, looks in SYMPTOMS.items() for check, look in looks.items()}


def run(scene: Scene, looks: Mapping[str, Look]) -> list[Finding]:
    """Every check's finding, each once; one that cannot be read is a finding too."""
    checks: dict[str, preflight.Check] = {}
    for name, look in looks.items():
        checks[name] = functools.partial(_on, scene, look)
    return list(dict.fromkeys(preflight.run(scene.subject, checks)))


def _on(scene: Scene, look: Look, _subject: Subject) -> Finding | list[Finding]:
    return look(scene)
