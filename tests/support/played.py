"""Runs of the playbook: what they said of their steps, and the writing calls that the local AWS saw."""

from __future__ import annotations

import dataclasses
import json

from support.local import LocalAws


@dataclasses.dataclass(frozen=True)
class Run:
    """The calls of the steps that the roles named, those that were made, and how many tasks changed."""

    steps: tuple[str, ...]
    written: tuple[str, ...]
    changed: int


def played(
    aws: LocalAws, inventory: str, *flags: str, host: str = "outreach-staging", **variables: str
) -> Run:
    """A run of the whole playbook, or of what `flags` leave of it; `variables` are of the environment."""
    aws.forget_calls()
    play = ("ansible-playbook", "provision.yml", "-i", inventory)
    done = aws.run(*play, *flags, ANSIBLE_STDOUT_CALLBACK="ansible.posix.json", **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout[done.stdout.index("{") :])
    hosts = [each["hosts"] for each in report["plays"][0]["tasks"]]
    # A play that ends early has a task that no host ran.
    tasks = [each[host] for each in hosts if each]
    steps = tuple(step["call"] for task in tasks for step in task.get("steps", ()))
    return Run(steps, tuple(aws.writes()), report["stats"][host]["changed"])
