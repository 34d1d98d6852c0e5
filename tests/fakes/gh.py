#!/usr/bin/env python3
"""Stands in for GitHub's gh: knows the calls that the toolkit makes, and refuses any other.

Run as a program named gh; GH_STATE names a JSON file: logged_in, calls; runs, conclusion, hangs, log, pid;
secrets (names of secrets by GitHub environment; those of "" are the repository's).
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

REPOSITORY = "example/sleepconnect"
LIST = [
    *("run", "list", "--repo", REPOSITORY, "--workflow", "deploy.yml", "--branch", "main"),
    *("--event", "workflow_dispatch", "--json", "databaseId", "--limit", "20"),
]
START = ["workflow", "run", "deploy.yml", "--repo", REPOSITORY, "--ref", "main"]


def main(arguments: list[str], file: Path) -> int:
    """What gh would answer, as its exit code."""
    state: dict[str, Any] = json.loads(file.read_text())
    state["calls"].append(arguments)
    state["pid"] = os.getpid()
    code = answer(arguments, state)
    file.write_text(json.dumps(state))
    if code is None:
        return watch(state)
    return code


def answer(arguments: list[str], state: dict[str, Any]) -> int | None:
    if arguments == ["auth", "status"]:
        return 0 if state["logged_in"] else said("You are not logged into any GitHub hosts.", 1)
    if not state["logged_in"]:
        return said("To get started with GitHub CLI, please run:  gh auth login", 4)
    if arguments[:4] == ["secret", "list", "--json", "name"]:
        return secrets(arguments[4:], state["secrets"])
    if arguments == LIST:
        print(json.dumps([{"databaseId": identity} for identity in state["runs"]]))
        # As GitHub's: a run is listed a moment after it was started.
        state["runs"] += state.pop("started", [])
        return 0
    if arguments == START:
        state["started"] = [max(state["runs"], default=0) + 1]
        return 0
    where = [str(max(state["runs"], default=0)), "--repo", REPOSITORY]
    if arguments == ["run", "watch", *where, "--exit-status", "--interval", "10"]:
        return None
    if arguments == ["run", "view", *where, "--log-failed"]:
        print(state["log"])
        return 0
    return said(f"unknown command {arguments}", 1)


def secrets(flags: list[str], known: dict[str, list[str]]) -> int:
    """Their names alone: GitHub gives nobody a value back."""
    if flags and (len(flags) != 2 or flags[0] != "--env"):
        return said(f"unknown flags {flags}", 1)
    environment = flags[1] if flags else ""
    if environment not in known:
        return said("failed to get secrets: HTTP 404: Not Found", 1)
    print(json.dumps([{"name": name} for name in known[environment]]))
    return 0


def watch(state: dict[str, Any]) -> int:
    print("* main deploy", flush=True)
    while state["hangs"]:
        time.sleep(0.1)
    return 0 if state["conclusion"] == "success" else 1


def said(text: str, code: int) -> int:
    print(text, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path(os.environ["GH_STATE"])))
