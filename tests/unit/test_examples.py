"""The example files are what the inventories make, and hold no value that is not theirs."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest
from dotenv import dotenv_values
from invoke.collection import Collection
from invoke.loader import FilesystemLoader as Loader
from invoke.parser import Parser

from outreach_ops.examples import drift, files
from outreach_ops.settings import environments, load_site
from outreach_ops.settings.load import ROOT


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("AWS_ACCOUNT_ID", "123456789012")
    return files()


def test_the_files_of_the_project_are_up_to_date(made: dict[str, str]) -> None:
    assert drift(ROOT, made) == []


def test_a_file_that_differs_or_is_missing_is_named(made: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "mise.toml").write_text(made["mise.toml"])
    (tmp_path / ".env.example").write_text(made[".env.example"] + "EDITED=1\n")
    assert set(drift(tmp_path, made)) == set(made) - {"mise.toml"}


def test_the_example_names_each_required_secret_without_a_value(made: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(made[".env.example"])
    settings = load_site("staging")
    needed = {each.name: "" for each in settings.variables.runtime if each.value is None and each.required}
    assert dotenv_values(tmp_path / ".env") == needed


def test_every_command_of_mise_is_real(made: dict[str, str]) -> None:
    tasks = tomllib.loads(made["mise.toml"])["tasks"]
    assert {f"deploy:{name}" for name in environments()} <= set(tasks)
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for task in tasks.values():
        program, *arguments = shlex.split(task["run"])
        if program == "invoke":
            # Raises for a command or a flag that there is not.
            parsed = Parser(contexts=_namespace().to_contexts()).parse_argv(arguments)
            assert parsed[0].args["env"].value in environments()
        elif program == "ansible-playbook":
            playbook, _, inventory = arguments
            assert (ROOT / playbook).is_file()
            assert (ROOT / inventory / "hosts.yml").is_file()
        else:
            assert (program, arguments[0] in targets) == ("make", True)


def _namespace() -> Collection:
    return Collection.from_module(Loader(start=str(ROOT)).load("tasks")[0])


def test_mise_knows_the_runbooks_tasks_and_the_example_each_secret(made: dict[str, str]) -> None:
    tasks = tomllib.loads(made["mise.toml"])["tasks"]
    assert tasks["deploy:staging"]["run"] == "invoke deploy --env=staging"
    assert set(tomllib.loads(made["mise.local.toml.example"])["env"].values()) == {""}
    assert "123456789012" not in "".join(made.values())
