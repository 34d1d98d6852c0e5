"""SleepConnect's next.config.js, evaluated in Node: good ones, and each way in which one can be wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fakes.settings import SETTINGS
from outreach_ops.errors import UsageError
from outreach_ops.sleepconnect import rewrites
from outreach_ops.sleepconnect.checkout import API_URL, APP_URL, Checkout
from outreach_ops.sleepconnect.rewrites import Rewrites, Rule
from support.runbook import RUNBOOK

VARIABLES = {"OUTREACH_APP_URL": "https://outreach.example.com", "AUTH0_SECRET": "sentinel-77de"}


def evaluated(folder: Path, text: str, name: str = "next.config.js") -> Rewrites:
    (folder / name).write_text(text)
    (folder / ".env.test").write_text("".join(f"{key}={value}\n" for key, value in VARIABLES.items()))
    where = Checkout(folder, folder / ".env.test")
    return rewrites.evaluate(where, where.variables())


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("next.config.js", "console.log('noise'); module.exports ="),
        ("next.config.mjs", "export default"),
        ("next.config.js", "module.exports = async () =>"),
    ],
)
def test_rules_are_those_of_the_environment_in_every_form_of_a_config(
    tmp_path: Path, name: str, begins: str
) -> None:
    rule = '{ source: "/a/:path*", destination: `${process.env.OUTREACH_APP_URL}/b/:path*` }'
    found = evaluated(tmp_path, f"{begins} ({{ async rewrites() {{ return [{rule}]; }} }});", name)
    assert found == Rewrites((), (Rule("/a/:path*", "https://outreach.example.com/b/:path*"),))


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ("throw new Error('half an edit');", "throws: Error: half an edit"),
        ("module.exports = {", "throws: SyntaxError: Unexpected end of input"),
        ("require('not-installed');", "throws: Error: Cannot find module 'not-installed'"),
        ("process.exit(3);", "throws: it ends with exit code 3"),
        ("throw new Error(process.env.AUTH0_SECRET);", r"throws: Error: \*\*\*"),
        ("module.exports = { rewrites: async () => 5 };", "no rewrites of Next"),
        ("module.exports = { rewrites: async () => [1] };", "no rewrites of Next"),
        ("module.exports = { rewrites: async () => [{ source: '/a' }] };", "no rewrites of Next"),
        (
            "module.exports = { rewrites: async () => [{ source: '/:p([)', destination: '/' }] };",
            "no rewrites of Next",
        ),
    ],
)
def test_what_is_wrong_with_a_config_is_named_and_no_secret(tmp_path: Path, config: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as refused:
        evaluated(tmp_path, config)
    assert str(tmp_path / "next.config.js") in refused.value.cause
    assert refused.value.fix
    assert "sentinel" not in str(refused.value)


def test_a_folder_without_a_config_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"has no next\.config\.js or next\.config\.mjs"):
        rewrites.evaluate(Checkout(tmp_path, tmp_path / ".env.test"), {})


def test_the_runbook_s_rewrites_are_right_and_its_broken_form_is_named(tmp_path: Path) -> None:
    blocks = re.findall(r"(?:^    .*\n|^\n)+", RUNBOOK.read_text(), re.MULTILINE)
    (good,) = [each for each in blocks if "beforeFiles" in each]
    (broken,) = [each for each in blocks if "OUTREACH_API_URL}/" in each]
    wanted = {APP_URL: VARIABLES["OUTREACH_APP_URL"], API_URL: "https://api.example.com/dev"}
    found = evaluated(tmp_path, f"module.exports = {{ async rewrites() {{ {good} }} }};")
    assert {each.level for each in rewrites.judge(SETTINGS, found, wanted, "c")} == {"ok"}
    config = f"process.env.OUTREACH_API_URL ??= '{wanted[API_URL]}'; module.exports = {{ async rewrites() {{"
    found = evaluated(tmp_path, f"{config} return {{ beforeFiles: [{broken}] }}; }} }};")
    assert "the checklist's broken form" in rewrites.judge(SETTINGS, found, wanted, "c")[0].cause
