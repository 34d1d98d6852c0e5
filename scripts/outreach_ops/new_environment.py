"""An inventory for one more environment: staging's, with every name by the convention."""

from __future__ import annotations

import dataclasses
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from outreach_ops import commands, convention
from outreach_ops.checks import inventory
from outreach_ops.errors import UsageError
from outreach_ops.settings import environments, load_site
from outreach_ops.settings.load import ROOT
from outreach_ops.settings.model import Settings

MODEL = "staging"
NAME = re.compile(r"[a-z][a-z0-9]{1,19}")
CODE = re.compile(r"[a-z0-9]{1,3}")


def write(name: str, code: str, root: Path = ROOT) -> list[str]:
    """The files written, which load without a complaint; raises UsageError for a taken name or code."""
    known = {each: load_site(each, root) for each in environments(root)}
    _refuse(name, code, known)
    model = known[MODEL]
    changes = replacements(model, name, code)
    made = root / "inventories" / name
    written = []
    try:
        for source in sorted((root / "inventories" / MODEL).rglob("*.yml")):
            target = made / str(source.relative_to(root / "inventories" / MODEL)).replace(MODEL, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(_replaced(source.read_text(), changes))
            written.append(str(target.relative_to(root)))
        _refuse_claims(load_site(name, root), tuple(known.values()))
    except UsageError:
        # Half of an inventory would be an environment to every other command.
        shutil.rmtree(made, ignore_errors=True)
        raise
    return written


def replacements(model: Settings, name: str, code: str) -> dict[str, str]:
    """What stands in the model's files, with what the new environment has instead."""
    site = dataclasses.replace(model.site, environment=name, code=code)
    new = dataclasses.replace(model, site=site)
    named = {
        convention.value(variable, model): convention.name(variable, new) for variable in convention.NAMES
    }
    zone = model.route53.zone
    stage = convention.STAGES[MODEL]
    return {
        **named,
        convention.domain(model): convention.domain(new),
        f"{stage}.{zone}": f"{name}.{zone}",
        f"site_code: {model.site.code}": f"site_code: {code}",
        f"-{model.site.code}-sleep": f"-{code}-sleep",
        MODEL: name,
    }


def _replaced(text: str, changes: Mapping[str, str]) -> str:
    # At once and the longest first: no replacement is replaced again.
    pattern = "|".join(re.escape(old) for old in sorted(changes, key=len, reverse=True))
    return re.sub(pattern, lambda found: changes[found[0]], text)


def _refuse_claims(made: Settings, others: tuple[Settings, ...]) -> None:
    claims = inventory.judge_claims(made, others)
    if claims.level != "ok":
        raise UsageError(claims.cause, "choose another --name: it is a part of the domain")


def _refuse(name: str, code: str, known: Mapping[str, Settings]) -> None:
    if not NAME.fullmatch(name):
        raise UsageError(
            f"--name={name} is no name for an environment", "write 2 to 20 lower-case letters, like qa"
        )
    if not CODE.fullmatch(code):
        raise UsageError(f"--code={code} is no code", "write 1 to 3 lower-case letters, like q")
    if name in known:
        raise UsageError(f"inventories/{name} is there already", commands.env_show(name))
    for other, settings in known.items():
        if settings.site.code == code:
            raise UsageError(f"--code={code} is that of {other}", "choose one that no environment has")
