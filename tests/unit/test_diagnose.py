"""The parts of a diagnosis, each over facts: a known cause, or none."""

from __future__ import annotations

import base64
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from outreach_ops.aws.logs import Event
from outreach_ops.builds import causes
from outreach_ops.checks import edge
from outreach_ops.diagnose import building, files, symptoms, trust, written
from outreach_ops.errors import UsageError

NOW = 1_700_000_000.0
SECRET = "s3cret-of-the-parent"


def token(secret: str = SECRET, **claims: Any) -> str:
    said = {"exp": NOW + 60, "tenant_id": "t", **claims}
    parts = [json.dumps(each).encode() for each in ({"alg": "HS256"}, said)]
    text = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    signed = base64.urlsafe_b64encode(hmac.digest(secret.encode(), text.encode(), "sha256")).decode()
    return f"{text}.{signed.rstrip('=')}"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (token(), ""),
        (token("another"), "signed with another AUTH0_CLIENT_SECRET"),
        (token(exp=NOW), "has expired"),
        (token(exp=None), "has expired"),
        (token(tenant_id=None), "names no tenant_id"),
        ("no.jwt", "holds no token"),
        ("a.b.c", "holds no token"),
        ("é.ü.ß", "holds no token"),
    ],
)
def test_what_is_wrong_with_a_token_and_no_part_of_it(given: str, says: str) -> None:
    found = trust.judge_token(given, {"AUTH0_CLIENT_SECRET": SECRET}, NOW, "test")
    assert found.level == ("failure" if says else "ok")
    assert says in found.cause
    assert not any(part in found.cause + found.fix for part in given.split(".") if len(part) > 3)


def test_a_token_is_not_good_because_the_function_has_no_secret() -> None:
    assert trust.judge_token(token(""), {}, NOW, "test").level == "failure"


@pytest.mark.parametrize(
    ("line", "known", "says"),
    [
        ("Error: Cannot find module '@swc/helpers/_/x'", written.MODULE, "lacks the module @swc/helpers/_/x"),
        ("[TEMPLATES API] FAILED: 503", written.UPSTREAM, "API behind Outreach failed: 503"),
        ("Request must be smaller than 6291456 bytes for the InvokeFunction operation", written.SIZE, "6 MB"),
        ("JWT signature verification failed", written.SIGNATURE, "another AUTH0_CLIENT_SECRET"),
        ('JWTExpired: "exp" claim timestamp check failed', written.EXPIRED, "expired"),
        ("2026-01-31T10:00:00Z id Task timed out after 30.03 seconds", written.ENDED, "ended before"),
        ("2026-01-31T10:00:00.000Z\tid\tERROR\tno such clinic", written.ERROR, "logged an error"),
        ("AccessDenied: User is not authorized to perform: s3:GetObject", written.DENIED, "AWS refuses"),
        ('Error: Could not load the "sharp" module using the linux-x64 runtime', written.SHARP, "no sharp"),
        ("\tERROR\tFailed to optimize image Error: Empty body", written.IMAGE, "image could not be made"),
        ("\tERROR\tFailed to revalidate 1 pages", written.RENEWAL, "could not be renewed"),
    ],
)
def test_a_line_of_the_log_tells_its_cause(line: str, known: written.Known, says: str) -> None:
    others = [Event("1", 0, "7", "START"), Event("2", 0, "7", line), Event("3", 0, "7", "END")]
    found = written.judge("log", [known], others, "test")
    assert (says in found.cause, "1 times, version 7" in found.cause) == (True, True)
    # Nobody is refused anything by a page that is renewed later.
    assert found.level == ("warning" if known is written.RENEWAL else "failure")
    assert "{" not in found.fix
    assert written.judge("log", [known], others[::2], "test").level == "ok"


def test_the_first_known_cause_is_the_one_that_is_named() -> None:
    line = "\tERROR\tRuntime.ImportModuleError: Error: Cannot find module 'styled-jsx'"
    found = written.judge("log", [written.MODULE, written.ENDED], [Event("1", 0, "7", line)], "test")
    assert "styled-jsx" in found.cause


def install(app: Path, *beside: str) -> Path:
    """node_modules as pnpm makes it, with these packages beside Next."""
    store = app / "node_modules" / ".pnpm" / "next@14" / "node_modules"
    for name in ("next", *beside):
        (store / name).mkdir(parents=True)
        (store / name / "package.json").write_text("{}")
    (app / "node_modules" / "next").symlink_to(store / "next")
    return app


def test_modules_that_next_does_not_find_are_named(tmp_path: Path) -> None:
    assert building.judge_modules(tmp_path).level == "ok"
    found = building.judge_modules(install(tmp_path, "styled-jsx"))
    assert found.level == "failure"
    assert "@swc/helpers not found" in found.cause
    assert "styled-jsx" not in found.cause


def test_modules_that_next_finds(tmp_path: Path) -> None:
    assert building.judge_modules(install(tmp_path, "styled-jsx", "@swc/helpers")).level == "ok"


@pytest.mark.parametrize(
    ("options", "machine", "level"),
    [
        ("", 8 * 1024**3, "ok"),
        ("--max-old-space-size=512", 8 * 1024**3, "failure"),
        ("--inspect --max-old-space-size=8192", 8 * 1024**3, "ok"),
        ("", 1024**3, "warning"),
    ],
)
def test_memory(options: str, machine: int, level: str) -> None:
    assert building.judge_memory({"NODE_OPTIONS": options}, machine).level == level


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory", "memory"),
        ("Module not found: Can't resolve 'styled-jsx/style'", "pnpm's folders"),
        ("Error: Cannot find module '@swc/helpers/_/_interop'", "pnpm's folders"),
        (" ERR_PNPM_OUTDATED_LOCKFILE  Cannot install", "pnpm-lock.yaml"),
        ("Error: ENOSPC: no space left on device, write", "disk"),
    ],
)
def test_a_line_of_a_build_tells_its_cause(line: str, says: str) -> None:
    cause = causes.told_by(line)
    assert cause is not None
    assert says in cause.text
    assert causes.told_by("Compiled successfully") is None


def test_a_site_of_before_keeps_its_own_paths_until_the_first_deploy() -> None:
    there = files.judge_adopted("outreach-static/*", ["/reports/*", "/outreach-static/*"], "fix")
    assert (there.level, there.cause) == ("ok", edge.BEFORE)
    lacking = files.judge_adopted("outreach-static/*", ["/reports/*"], "invoke releases.import")
    assert (lacking.level, lacking.fix) == ("failure", "invoke releases.import")


def test_every_symptom_of_the_documents_is_there_and_another_is_refused() -> None:
    assert set(symptoms.SYMPTOMS) == {"502", "400", "401", "404", "500", "6mb", "build", "logout"}
    with pytest.raises(UsageError) as caught:
        symptoms.chosen("403")
    assert "--symptom logout" in caught.value.fix


def test_without_a_symptom_all_are_looked_for_and_each_once() -> None:
    found = list(symptoms.chosen("").values())
    assert set(found) == {look for looks in symptoms.SYMPTOMS.values() for look in looks.values()}
    assert len(found) == len(set(found))
