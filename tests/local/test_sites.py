"""Two applications that have nothing in common but this toolkit, side by side in one account."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes import opennext
from outreach_ops.proof.answers import assets_named
from outreach_ops.proof.viewer import Viewer
from outreach_ops.settings import Settings, load_site
from outreach_ops.settings.load import ROOT
from support import application as example
from support import local, project
from support.application import Application
from support.local import LocalAws

# It knows how a deploy calls pnpm, and refuses any other call.
PNPM = """#!/bin/sh
case "$*" in
  "install --frozen-lockfile") ;;
  "exec open-next build") cp -r PREPARED/.open-next . ;;
  *) echo "unknown command: $*" >&2; exit 64 ;;
esac
"""
HANDBOOK, OUTREACH = "handbook_staging", "staging"


def with_handbook(path: Path) -> Path:
    """The project at `path`, as the runbook adds the handbook to it."""
    project.copy(path)
    shutil.copytree(ROOT / "examples" / "handbook" / "inventory", path / "inventories" / HANDBOOK)
    return path


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """The local AWS of a project that has the handbook's inventory too."""
    root = with_handbook(tmp_path_factory.mktemp("sites") / "project")
    with local.fresh(tmp_path_factory.mktemp("local-aws"), root) as aws:
        for name in (HANDBOOK, OUTREACH):
            done = aws.run("ansible-playbook", "provision.yml", "-i", f"inventories/{name}")
            assert done.returncode == 0, done.stdout + done.stderr
        yield aws


@pytest.fixture(scope="module")
def handbook(aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Application:
    """The handbook's checkout; it is live as v1.0.0, beside Outreach."""
    outreach = example.make(tmp_path_factory.mktemp("outreach") / "app")
    app = example.make_handbook(tmp_path_factory.mktemp("handbook") / "app")
    for name, checkout in ((OUTREACH, outreach), (HANDBOOK, app)):
        done = aws.run("invoke", "deploy", f"--env={name}", f"--app={checkout.path}")
        assert done.returncode == 0, done.stdout + done.stderr
    return app


@pytest.fixture
def site(aws: LocalAws, handbook: Application) -> Viewer:
    """The handbook through its CloudFront."""
    return Viewer(aws.running.site_url("handbook-staging"))


def version_at(site: Viewer, path: str) -> str:
    """The version that a page ends with."""
    return str(re.findall(r'data-version="[^"]*">v([^<]*)<', site.fetch(path).text)[0])


def state(aws: LocalAws, settings: Settings) -> dict[str, Any]:
    """All that a release of the site writes, as AWS has it."""
    functions, dynamodb, objects = aws.client("lambda"), aws.client("dynamodb"), aws.client("s3")
    names = (settings.lambda_.server_name, settings.lambda_.image_name, settings.isr.revalidation_name)
    pages = objects.get_paginator("list_objects_v2").paginate(Bucket=settings.s3.bucket_name)
    cloudfront, identity = aws.client("cloudfront"), aws.distribution(settings.cloudfront.domain)
    return {
        "aliases": [functions.get_alias(FunctionName=each, Name="live")["RevisionId"] for each in names],
        "latest": [functions.get_function_configuration(FunctionName=each)["RevisionId"] for each in names],
        "objects": {each["Key"]: each["ETag"] for page in pages for each in page["Contents"]},
        "ledger": dynamodb.scan(TableName=settings.dynamodb.ledger_table)["Items"],
        "tags": dynamodb.scan(TableName=settings.isr.tag_table)["Count"],
        "distribution": cloudfront.get_distribution(Id=identity)["ETag"],
        "invalidations": cloudfront.list_invalidations(DistributionId=identity)["InvalidationList"],
    }


def test_both_are_ready_and_live_at_their_own_addresses(aws: LocalAws, site: Viewer) -> None:
    for name in (HANDBOOK, OUTREACH):
        ready = aws.run("invoke", "infra.check", f"--env={name}")
        assert (ready.returncode, json.loads(ready.stdout)) == (0, {"ready": True, "missing": []})
    assert version_at(site, "/") == "1.0.0"
    assert version_at(aws.site, "/outreach") == "0.1.0"
    assert site.fetch("/outreach").status == aws.site.fetch("/today").status == 404


def test_each_way_of_the_pages_router_to_make_a_page_answers_at_the_root(site: Viewer) -> None:
    build = site.fetch("/BUILD_ID").text
    assert "How a mask should sit" in site.fetch("/articles/masks").text
    assert "Sleeping away from home" in site.fetch("/articles/travel").text
    assert site.fetch("/articles/none").status == 404
    data = json.loads(site.fetch(f"/_next/data/{build}/articles/noise.json").body)
    assert data["pageProps"]["title"] == "A quiet room"
    today = site.fetch("/today")
    assert 'data-host="' in today.text
    assert today.headers["cache-control"] == "private, no-store"
    assert json.loads(site.fetch("/api/health").body)["version"] == "1.0.0"


def test_files_and_images_of_the_root_come_from_the_bucket(site: Viewer) -> None:
    named = assets_named(site.fetch("/").text)
    assert named
    assert all(each.startswith("/_next/static/") for each in named)
    answers = [site.fetch(each) for each in named]
    assert {each.headers["cache-control"] for each in answers} == {"public,max-age=31536000,immutable"}
    assert site.fetch("/robots.txt").headers["cache-control"] == "public,max-age=0,must-revalidate"
    image = site.fetch("/_next/image?url=%2Fcover.png&w=640&q=75", headers={"accept": "image/webp"})
    assert (image.status, image.headers["content-type"]) == (200, "image/webp")


def test_a_page_that_its_first_visitor_made_is_kept_in_the_sites_own_bucket(
    aws: LocalAws, site: Viewer
) -> None:
    rendered = [
        re.findall(r'data-rendered-at="([^"]+)"', site.fetch("/articles/travel").text)[0] for _ in range(2)
    ]
    assert rendered[0] == rendered[1]
    kept = state(aws, load_site(HANDBOOK, aws.root))["objects"]
    assert any(key.startswith("_cache/") and key.endswith("/articles/travel.cache") for key in kept)


@pytest.mark.parametrize("command", ["pre-deploy-check", "verify", "diagnose"])
def test_no_check_fails_for_want_of_what_the_first_site_has(
    aws: LocalAws, handbook: Application, command: str
) -> None:
    flags = () if command == "verify" else (f"--app={handbook.path}",)
    done = aws.run("invoke", command, f"--env={HANDBOOK}", *flags, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["passed"] is True


def test_a_release_and_a_rollback_of_one_write_nothing_of_the_other(
    aws: LocalAws, handbook: Application, site: Viewer
) -> None:
    outreach = load_site(OUTREACH, aws.root)
    before = state(aws, outreach)
    handbook.change("1.1.0")
    released = aws.run("invoke", "deploy", f"--env={HANDBOOK}", f"--app={handbook.path}")
    assert released.returncode == 0, released.stdout + released.stderr
    assert {version_at(site, path) for path in ("/", "/articles/masks", "/today")} == {"1.1.0"}
    assert "1.1.0" in site.fetch("/robots.txt").text

    back = aws.run("invoke", "rollback", f"--env={HANDBOOK}")
    assert back.returncode == 0, back.stdout + back.stderr
    assert {version_at(site, path) for path in ("/", "/articles/masks", "/today")} == {"1.0.0"}
    assert "1.0.0" in site.fetch("/robots.txt").text
    tags = [f"deploy-handbook_staging-v{each}" for each in ("1.0.0", "1.1.0")]
    assert handbook.git("tag", "--list").split() == tags

    assert state(aws, outreach) == before
    assert version_at(aws.site, "/outreach") == "0.1.0"


def streaming(described: dict[str, Any]) -> None:
    described["origins"]["default"]["streaming"] = True


def split(described: dict[str, Any]) -> None:
    described["behaviors"].append({"pattern": "admin/*", "origin": "admin"})


def edge(described: dict[str, Any]) -> None:
    described["edgeFunctions"]["middleware"] = {"bundle": ".open-next/middleware"}


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (streaming, "the default function streams, which is not supported"),
        (split, "the application has split or edge functions, unsupported: admin"),
        (edge, "the application has split or edge functions, unsupported: middleware"),
    ],
)
def test_what_is_not_supported_yet_is_refused_before_anything_is_written(
    aws: LocalAws, tmp_path: Path, change: Callable[[dict[str, Any]], None], cause: str
) -> None:
    root = with_handbook(tmp_path / "project")
    tools = root / "scripts" / "node"
    tools.unlink()
    (tools / "bin").mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "node" / "package-lock.json", tools)
    pnpm = tools / "bin" / "pnpm"
    pnpm.write_text(PNPM.replace("PREPARED", str(tmp_path / "built")))
    pnpm.chmod(0o755)
    described = opennext.output()
    change(described)
    opennext.write(tmp_path / "built", described)
    app = example.make_handbook(tmp_path / "app")
    app.make_unique(change.__name__)
    aws.forget_calls()
    refused = dataclasses.replace(aws, root=root).run(
        "invoke", "deploy", f"--env={HANDBOOK}", f"--app={app.path}"
    )
    assert refused.returncode == 4, refused.stdout + refused.stderr
    assert cause in refused.stderr
    assert "fix:   remove " in refused.stderr
    assert aws.writes() == []


def test_nothing_is_left_to_do_for_either(aws: LocalAws, handbook: Application) -> None:
    aws.forget_calls()
    for name in (HANDBOOK, OUTREACH):
        done = aws.run("ansible-playbook", "provision.yml", "-i", f"inventories/{name}")
        assert re.search(r"changed=0 .*failed=0", done.stdout), done.stdout
    assert aws.writes() == []
