"""OpenNext's output becomes an artifact: the same bytes for the same input, or a refusal with its reason."""

from __future__ import annotations

import os
import shutil
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fakes import opennext
from fakes.settings import SETTINGS
from outreach_ops.builds import artifact
from outreach_ops.builds.artifact import Artifact
from outreach_ops.builds.flatten import layout
from outreach_ops.builds.package import Built, package, zip_function
from outreach_ops.errors import OpsError
from outreach_ops.settings.cloudfront import Behaviour

BUILT = Built("0.1.7", "abc1234def", False, "0" * 64)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """An application with a finished build."""
    return opennext.write(tmp_path / "app")


def pack(app: Path, name: str = "artifact") -> tuple[Artifact, Path]:
    """Packages the application; the artifact and its folder."""
    folder = app.parent / "store" / name
    return package(app, SETTINGS.site, BUILT, folder), folder


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below `folder`."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_artifact_holds_both_functions_the_files_and_its_description(app: Path) -> None:
    made, folder = pack(app)
    assert artifact.load(folder) == made
    assert (made.build_id, made.label) == ("build-1", "v0.1.7 (abc1234)")
    with zipfile.ZipFile(folder / "server.zip") as archive:
        assert sorted(archive.namelist()) == ["index.mjs", "opennext.mjs"]
        assert b"x-origin-secret" in archive.read("index.mjs")
    with zipfile.ZipFile(folder / "image.zip") as archive:
        assert sorted(archive.namelist()) == ["index.mjs", "node_modules/sharp/index.js", "opennext.mjs"]
        assert b"x-origin-secret" in archive.read("index.mjs")


def test_a_function_that_has_a_file_with_the_guards_name_for_opennext_is_refused(app: Path) -> None:
    (app / ".open-next/server-functions/default/opennext.mjs").write_text("theirs")
    with pytest.raises(OpsError, match=r"opennext\.mjs"):
        pack(app)


def test_the_same_input_gives_the_same_bytes_in_another_folder_at_another_time(app: Path) -> None:
    _, folder = pack(app)
    other = app.parent / "another" / "place" / "app"
    before = os.umask(0o027)
    try:
        shutil.copytree(app, other, copy_function=shutil.copyfile)
    finally:
        os.umask(before)
    for path in other.rglob("*"):
        os.utime(path, (time.time() - 10**6, time.time() - 10**6))
    _, again = pack(other)
    assert contents(folder) == contents(again)


def test_another_input_gives_other_bytes(app: Path) -> None:
    first, _ = pack(app)
    (app / ".open-next/server-functions/default/index.mjs").write_text("other code")
    second, _ = pack(app)
    assert first.server.sha256 != second.server.sha256
    assert first.image == second.image


def test_files_that_can_be_run_stay_so(tmp_path: Path) -> None:
    folder = tmp_path / "function"
    folder.mkdir()
    for name, mode in {"run": 0o755, "read": 0o600}.items():
        (folder / name).write_text(name)
        (folder / name).chmod(mode)
    zip_function(layout(folder), tmp_path / "function.zip")
    with zipfile.ZipFile(tmp_path / "function.zip") as archive:
        modes = {entry.filename: entry.external_attr >> 16 for entry in archive.infolist()}
    assert modes == {"read": 0o100644, "run": 0o100755}


def test_a_planted_secret_is_in_no_file_of_the_artifact(app: Path) -> None:
    _, folder = pack(app)
    for name, data in contents(folder).items():
        assert b"planted" not in data
        assert ".env" not in name
    for name in ("server.zip", "image.zip"):
        with zipfile.ZipFile(folder / name) as archive:
            for member in archive.namelist():
                assert ".env" not in member
                assert b"planted" not in archive.read(member)


def test_an_older_artifact_of_the_same_name_is_replaced_whole(app: Path) -> None:
    _, folder = pack(app)
    (folder / "files" / "left-over").write_text("old")
    pack(app)
    assert not (folder / "files" / "left-over").exists()


def test_a_package_that_fails_leaves_nothing_behind_and_the_older_artifact_as_it_was(app: Path) -> None:
    _, folder = pack(app)
    before = contents(folder)
    (app / ".open-next/image-optimization-function/index.mjs").unlink()
    with pytest.raises(OpsError, match=r"has no index\.mjs"):
        pack(app)
    assert contents(folder) == before
    assert [path.name for path in folder.parent.iterdir()] == ["artifact"]


def test_a_missing_sharp_is_named_with_what_to_set(app: Path) -> None:
    shutil.rmtree(app / ".open-next/image-optimization-function/node_modules/sharp")
    with pytest.raises(OpsError, match="the image function has no sharp") as caught:
        pack(app)
    assert "sharp@0.33.5" in caught.value.fix


def test_a_missing_build_id_is_named(app: Path) -> None:
    (app / ".open-next/assets/BUILD_ID").unlink()
    with pytest.raises(OpsError, match="BUILD_ID"):
        pack(app)


def test_a_function_over_250_mb_is_refused_with_its_largest_files(app: Path) -> None:
    large = app / ".open-next/server-functions/default/large.bin"
    with large.open("wb") as file:
        file.truncate(250 * 1024 * 1024)
    with pytest.raises(OpsError, match="server is 250 MB unzipped; Lambda takes 250 MB") as caught:
        pack(app)
    assert "its largest files are large.bin, index.mjs" in caught.value.fix


def test_paths_of_the_build_are_mapped_and_the_default_is_left_to_the_distribution(app: Path) -> None:
    made, _ = pack(app)
    assert made.behaviours == (
        Behaviour("/outreach/_next/image*", "image", "images"),
        Behaviour("/outreach/_next/*", "assets", "static"),
        Behaviour("/outreach/notes.txt", "assets", "static"),
        Behaviour("/outreach/_next/data/*", "server", "pages"),
    )


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("{{7*7}}.txt", "{{7*7}}.txt"),
        ("{{ lookup('pipe','touch PWNED') }}", "{{ lookup('pipe','touch PWNED') }}"),
        ("logo (1).png", "logo (1).png"),
        ("bilder ä/*", "bilder ä"),
        ("a\nb", "a\nb"),
        ("a" * 250, "a" * 250),
    ],
)
def test_a_public_name_that_cloudfront_takes_no_path_for_is_refused_by_its_name(
    app: Path, name: str, shown: str
) -> None:
    described = opennext.output()
    described["behaviors"].append({"pattern": f"outreach/{name}", "origin": "s3"})
    opennext.describe(app, described)
    with pytest.raises(OpsError, match="CloudFront cannot serve") as caught:
        pack(app)
    assert caught.value.fix.startswith(f"give public/{shown} another name")


@pytest.mark.parametrize("origin", ["default", "imageOptimizer"])
@pytest.mark.parametrize("bundle", ["/etc", "../elsewhere", ".open-next/../../elsewhere", "link", 5])
def test_a_bundle_outside_of_the_application_is_refused(
    app: Path, tmp_path: Path, origin: str, bundle: object
) -> None:
    shutil.copytree(app / ".open-next/server-functions/default", tmp_path / "elsewhere")
    (app / "link").symlink_to(tmp_path / "elsewhere")
    described = opennext.output()
    described["origins"][origin]["bundle"] = bundle
    opennext.describe(app, described)
    with pytest.raises(OpsError, match=r"has such a path|leads out of"):
        pack(app)


def without(*keys: str) -> Callable[[dict[str, Any]], object]:
    """Damages the description by leaving one value out."""

    def damage(described: dict[str, Any]) -> object:
        inner: Any = described
        for key in keys[:-1]:
            inner = inner[int(key) if key.isdigit() else key]
        del inner[keys[-1]]
        return described

    return damage


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: None,
        lambda _: [],
        lambda _: {},
        lambda described: {**described, "origins": []},
        lambda described: {**described, "origins": {"default": None, "imageOptimizer": None}},
        lambda described: {**described, "behaviors": None},
        lambda described: {**described, "behaviors": [1]},
        without("origins"),
        without("origins", "default"),
        without("origins", "imageOptimizer"),
        without("origins", "default", "bundle"),
        without("behaviors"),
        without("behaviors", "0", "pattern"),
        without("behaviors", "0", "origin"),
    ],
)
def test_a_damaged_description_is_refused(app: Path, damage: Callable[[dict[str, Any]], object]) -> None:
    opennext.describe(app, damage(opennext.output()) or "null")
    with pytest.raises(OpsError) as caught:
        pack(app)
    assert "--rebuild" in caught.value.fix


@pytest.mark.parametrize("text", ["", "{", "\x00"])
def test_a_description_that_is_no_json_is_refused(app: Path, text: str) -> None:
    (app / ".open-next/open-next.output.json").write_text(text)
    with pytest.raises(OpsError, match="is not OpenNext's output as we know it"):
        pack(app)


def test_an_application_that_was_not_built_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OpsError, match="is not OpenNext's output as we know it"):
        pack(tmp_path / "app")


def split(described: dict[str, Any]) -> None:
    described["behaviors"].append({"pattern": "admin/*", "origin": "admin"})


def edge(described: dict[str, Any]) -> None:
    described["edgeFunctions"] = {"middleware": {"bundle": ".open-next/middleware"}}


def streaming(described: dict[str, Any]) -> None:
    described["origins"]["default"]["streaming"] = True


@pytest.mark.parametrize(
    ("change", "named"), [(split, "admin"), (edge, "middleware"), (streaming, "the default function streams")]
)
def test_split_edge_and_streaming_functions_are_refused_by_name(
    app: Path, change: Callable[[dict[str, Any]], None], named: str
) -> None:
    described = opennext.output()
    change(described)
    opennext.describe(app, described)
    with pytest.raises(OpsError, match=named) as caught:
        pack(app)
    assert "open-next.config.ts" in caught.value.fix
