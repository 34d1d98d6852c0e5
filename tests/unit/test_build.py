"""Builds run once per input, and show what a reader needs and nothing else."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import sys
import threading
import types
from pathlib import Path

import pytest

from fakes.builds import build as make_artifact
from fakes.settings import SETTINGS
from outreach_ops import git
from outreach_ops.builds.opennext import Options, build, input_hash, one_at_a_time, run
from outreach_ops.builds.output import KEPT_LINES, Output, progress, useful
from outreach_ops.errors import OpsError
from support import checkouts

EXPECTED = """\
[CONVERSATIONS API] FAILED 3 [Error]: Dynamic server usage: Route /api/x couldn't be rendered statically \
because it used `headers`. See more info here: https://nextjs.org/docs/messages/dynamic-server-error
    at staticGenerationBailout (/app/.next/server/chunks/276.js:38:18)
    at Object.get (/app/node_modules/next/dist/server/web/spec-extension/adapters/headers.js:30:21)
    at p (/app/.next/server/app/api/x/route.js:1:1265)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)
    at async /app/node_modules/next/dist/compiled/next-server/app-route.runtime.prod.js:6:38411 {
  description: "Route /api/x couldn't be rendered statically because it used `headers`.",
  digest: 'DYNAMIC_SERVER_USAGE'
}
""".splitlines()

REAL = """\
[CONVERSATIONS API] FAILED 4 [Error]: connect ECONNREFUSED
    at internalConnect (node:net:1100:16)
    at async handler (/app/route.js:6:38411) {
  description: "the upstream is down",
  digest: '12345',
  code: 'ECONNREFUSED'
}
""".splitlines()

STEPS = ["   Collecting page data ...", " ✓ Generating static pages (9/9)"]


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        (EXPECTED, []),
        (REAL, REAL),
        ([*REAL, *EXPECTED], REAL),
        ([*EXPECTED, *REAL], REAL),
        ([*EXPECTED, *REAL, *EXPECTED, *REAL], [*REAL, *REAL]),
        ([*EXPECTED, "", *EXPECTED], []),
        ([*STEPS, *EXPECTED, *STEPS], [*STEPS, *STEPS]),
        ([*EXPECTED, *REAL[1:]], REAL[1:]),
        ([EXPECTED[0], *REAL], REAL),
        ([EXPECTED[0], *STEPS], STEPS),
        (["one", "", "   ", "two"], ["one", "two"]),
    ],
    ids=[
        "expected",
        "real",
        "real before",
        "real after",
        "mixed",
        "repeated",
        "between steps",
        "a real error's rest after the closing brace",
        "without stack before a real one",
        "without stack before steps",
        "blank lines",
    ],
)
def test_only_the_expected_reports_are_left_out_and_those_whole(lines: list[str], kept: list[str]) -> None:
    assert list(useful(f"{line}\n" for line in lines)) == [line.rstrip() for line in kept]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (" ▲ Creating an optimized production build ...", "Creating an optimized production build"),
        (" ✓ Compiled successfully", "Compiled successfully"),
        ("   Generating static pages (2/9)", None),
        (" ✓ Generating static pages (9/9)", "Generating static pages (9/9)"),
        ("Bundling server function: default...", "Bundling server function: default"),
        ("warn - something", None),
    ],
)
def test_progress_is_told_by_known_words(line: str, shown: str | None) -> None:
    assert progress(line) == shown


def python(code: str, folder: Path, verbose: bool = False, hidden: str = "nothing") -> list[str]:
    """Runs Python as a step of a build, whose output is kept in build.log; what was said."""
    said: list[str] = []
    output = Output(said.append, verbose, folder / "build.log", lambda text: text.replace(hidden, "***"))
    run([sys.executable, "-c", code], folder, SETTINGS, output)
    return said


def test_a_step_that_fails_ends_with_its_last_useful_lines(tmp_path: Path) -> None:
    code = "for i in range(40): print('line', i)\nprint()\nraise SystemExit(3)"
    with pytest.raises(OpsError, match="ended with 3") as caught:
        python(code, tmp_path)
    lines = caught.value.cause.splitlines()[1:]
    shown = [line.strip() for line in lines if line.strip().startswith("line")]
    assert shown[-1] == "line 39"
    assert len(shown) <= KEPT_LINES


def test_the_line_that_tells_the_cause_is_shown_however_long_ago_it_was(tmp_path: Path) -> None:
    code = "print('ENOSPC: no space left')\nfor i in range(40): print('line', i)\nraise SystemExit(1)"
    with pytest.raises(OpsError, match="because the disk is full") as caught:
        python(code, tmp_path)
    assert "\n  ENOSPC: no space left\n  ...\n  line 15\n" in caught.value.cause


def test_all_of_the_output_is_kept_without_secrets_and_the_file_is_named(tmp_path: Path) -> None:
    code = "print('Dynamic server usage: /a')\nprint('key s3cret')\nraise SystemExit(1)"
    with pytest.raises(OpsError) as caught:
        python(code, tmp_path, hidden="s3cret")
    file = tmp_path / "build.log"
    assert str(file) in caught.value.cause
    assert file.read_text() == "Dynamic server usage: /a\nkey ***\n"


def test_verbose_shows_every_useful_line(tmp_path: Path) -> None:
    assert python("print('one'); print(); print('two')", tmp_path, verbose=True) == ["one", "two"]


def test_a_build_sees_the_public_variables_and_no_credentials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "never")
    monkeypatch.setenv("AUTH_SECRET", "never")
    shown = "\n".join(python("import os; print(dict(os.environ))", tmp_path, verbose=True))
    assert "never" not in shown
    assert "https://outreach.example.com" in shown


def test_a_missing_tool_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(OpsError, match="no-such-tool could not be started") as caught:
        run(["no-such-tool"], tmp_path, SETTINGS, Output(lambda _line: None, False, tmp_path / "build.log"))
    assert caught.value.fix == "make setup"


def test_the_input_hash_is_the_same_for_the_same_input() -> None:
    assert input_hash("content", SETTINGS) == input_hash("content", SETTINGS)


def test_each_input_of_a_build_changes_the_input_hash() -> None:
    site, variables = SETTINGS.site, SETTINGS.variables
    other = types.MappingProxyType({"NEXT_PUBLIC_BASE_URL": "https://other.example.com"})
    hashes = [
        input_hash("content", SETTINGS),
        input_hash("other content", SETTINGS),
        *(
            input_hash("content", dataclasses.replace(SETTINGS, **changed))
            for changed in (
                {"site": dataclasses.replace(site, base_path="/other")},
                {"site": dataclasses.replace(site, asset_prefix="/other")},
                {"lambda_": dataclasses.replace(SETTINGS.lambda_, architecture="arm64")},
                {"variables": dataclasses.replace(variables, build=other)},
            )
        ),
    ]
    assert len(set(hashes)) == len(hashes)


def test_tools_that_are_installed_later_than_they_were_pinned_change_the_input_hash(tmp_path: Path) -> None:
    (tmp_path / "package-lock.json").write_text("pinned: 10.2.0")
    installed = tmp_path / "node_modules" / "pnpm" / "package.json"
    hashes = {input_hash("content", SETTINGS, tmp_path)}
    installed.parent.mkdir(parents=True)
    for version in ("10.1.0", "10.2.0"):
        installed.write_text(version)
        hashes.add(input_hash("content", SETTINGS, tmp_path))
    assert len(hashes) == 3


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """An application that can be built, committed."""
    return checkouts.make(tmp_path).app


def inputs_of(app: Path) -> str:
    """The input hash of a build of the application as it is now."""
    content = git.inspect(app).content
    assert content is not None
    return input_hash(content, SETTINGS)


def test_the_second_of_two_builds_waits_and_finds_what_the_first_has_built(app: Path, tmp_path: Path) -> None:
    inputs = inputs_of(app)
    store, said, waits = tmp_path / ".artifacts" / SETTINGS.host, list[str](), threading.Event()

    def say(line: str) -> None:
        said.append(line)
        waits.set()

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        with one_at_a_time(store, said.append):
            second = pool.submit(build, SETTINGS, app, Options(), say, tmp_path)
            assert waits.wait(timeout=10)
            stored = make_artifact(store / inputs[:16], "0.1.0")
        assert second.result(timeout=10).folder == stored.folder
    assert said == ["waiting: another command builds for this site"]


def test_skip_build_releases_what_was_used_last_for_this_application_alone(app: Path, tmp_path: Path) -> None:
    inputs = inputs_of(app)
    stored = make_artifact(tmp_path / ".artifacts" / SETTINGS.host / inputs[:16], "0.1.0")
    build(SETTINGS, app, Options(), lambda _line: None, tmp_path)
    (app / "page.tsx").write_text("changed since")
    ready = build(SETTINGS, app, Options(skip=True), lambda _line: None, tmp_path)
    assert ready.artifact == stored.artifact
    assert ready.note.startswith("skipped")
    with pytest.raises(OpsError, match=r"no artifact of .*/other for this site yet"):
        build(SETTINGS, tmp_path / "other", Options(skip=True), lambda _line: None, tmp_path)


def test_skip_build_releases_nothing_from_outside_of_the_sites_artifacts(app: Path, tmp_path: Path) -> None:
    inputs = input_hash(git.inspect(app).content, SETTINGS)
    store = tmp_path / ".artifacts" / SETTINGS.host
    make_artifact(store / inputs[:16], "0.1.0")
    build(SETTINGS, app, Options(), lambda _line: None, tmp_path)
    (newest,) = store.glob("newest-*")
    for name in (f"../{SETTINGS.host}/{inputs[:16]}", str(store / inputs[:16])):
        newest.write_text(name)
        with pytest.raises(OpsError, match="there is no artifact of"):
            build(SETTINGS, app, Options(skip=True), lambda _line: None, tmp_path)


def test_a_damaged_artifact_is_not_reused(app: Path, tmp_path: Path) -> None:
    inputs = inputs_of(app)
    stored = make_artifact(tmp_path / ".artifacts" / SETTINGS.host / inputs[:16], "0.1.0")
    (stored.folder / "server.zip").write_bytes(b"damaged")
    with pytest.raises(OpsError, match=r"server\.zip is damaged"):
        build(SETTINGS, app, Options(), lambda _line: None, tmp_path)
