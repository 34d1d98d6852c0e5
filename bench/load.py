"""Visitors through deploys and rollbacks: nobody may meet a failure, or a file of another release."""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from bench import measure, report
from bench.aws import succeed
from outreach_ops.builds.artifact import Artifact
from support import application, local
from support.application import Application
from support.local import LocalAws
from support.visitors import Seen, Visitors, files

SETTINGS = {"requests": 10_000, "visits_a_second": 3, "limit_minutes": 20}
VERSIONS = ("0.1.0", "0.1.1", "0.1.2")
CHANGES = (
    ("deploy", "0.1.1"),
    ("rollback", "0.1.0"),
    ("deploy", "0.1.2"),
    ("rollback", "0.1.1"),
    ("deploy", "0.1.2"),
)


def main() -> None:
    """Lets visitors come while releases change, and writes the results and the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--requests", type=int, default=SETTINGS["requests"], help="how many, for a quick look"
    )
    wanted = parser.parse_args().requests
    settings, machine = {**SETTINGS, "requests": wanted}, measure.machine()
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch, local.fresh(Path(scratch) / "aws") as aws:
        app = application.make(Path(scratch) / "outreach")
        succeed(aws, "ansible-playbook", "provision.yml", "-i", "inventories/staging")
        print("building three versions, releasing the first", flush=True)
        built = prepared(aws, app)
        print("visitors", flush=True)
        seen, changes = visited(aws, app, built, wanted)
    report.keep("load", settings, machine, [], words=words(seen, changes))
    if seen.failures or seen.requests < wanted:
        raise SystemExit("\n".join([f"{seen.requests} requests; failures:", *seen.failures[:20]]))
    if not all(seen.own.values()):
        raise SystemExit("the pages of two releases name the same files: nothing was proven")


def prepared(aws: LocalAws, app: Application) -> dict[str, Artifact]:
    """Each version, built, and the first released: while visitors come files arrive, but none is built."""
    found = {}
    for version in VERSIONS:
        if version != VERSIONS[0]:
            app.change(version)
        app.git("tag", f"bench-{version}")
        succeed(aws, *change(app, "deploy", version), *(["--plan"] if found else []))
        found[version] = app.built()
    return found


def visited(
    aws: LocalAws, app: Application, built: Mapping[str, Artifact], wanted: int
) -> tuple[Seen, list[tuple[str, float]]]:
    """All changes, evenly among the requests; each with the seconds that it took."""
    visitors = Visitors(aws.site, {version: files(made) for version, made in built.items()})
    took = []
    limit = SETTINGS["limit_minutes"] * 60
    with visitors.coming(SETTINGS["visits_a_second"], wanted, limit) as seen:
        deadline = time.monotonic() + limit
        for number, (kind, version) in enumerate((*CHANGES, ("", ""))):
            while seen.requests < wanted * (number + 1) / (len(CHANGES) + 1) and time.monotonic() < deadline:
                time.sleep(0.2)
            if kind:
                began = time.monotonic()
                succeed(aws, *change(app, kind, version))
                took.append((f"{kind} to v{version}", time.monotonic() - began))
                print(f"{seen.requests} of {wanted} requests, {took[-1][0]}", flush=True)
    return seen, took


def change(app: Application, kind: str, version: str) -> list[str]:
    """The command that makes a version live."""
    if kind == "rollback":
        return ["invoke", "rollback", "--env=staging", "--tag", f"v{version}"]
    app.git("checkout", "--quiet", f"bench-{version}")
    return ["invoke", "deploy", "--env=staging", f"--app={app.path}"]


def words(seen: Seen, changes: list[tuple[str, float]]) -> list[str]:
    """The result as a table."""
    rank = statistics.quantiles(seen.seconds, n=100)
    pages = ", ".join(f"v{name}: {count}" for name, count in sorted(seen.pages.items()))
    meanwhile = ", ".join(f"{what} in {seconds:.1f} s" for what, seconds in changes)
    met = "met" if not seen.failures else "missed"
    return [
        "The example application on the local AWS. Each visitor opens a page and then every file that it",
        "names, through CloudFront; each file has to be of the release that the page says it is of.",
        "A release's files arrive while visitors come; those that its pages name and no other's do: "
        + f"{min(map(len, seen.own.values()), default=0)}.",
        "",
        "| requests | pages, by release | changes meanwhile | failures | wanted | |",
        "| --- | --- | --- | --- | --- | --- |",
        f"| {seen.requests} | {pages} | {meanwhile} | {len(seen.failures)} | none | {met} |",
        "",
        f"An answer took {rank[49] * 1000:.0f} ms, {rank[98] * 1000:.0f} ms the 99th of 100;",
        f"a visit began {seen.latest:.1f} s after its time at most.",
        "",
    ]


if __name__ == "__main__":
    main()
