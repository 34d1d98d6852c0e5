"""The proof that no command shows a secret leaves no command out."""

from __future__ import annotations

from invoke.collection import Collection
from invoke.loader import FilesystemLoader
from invoke.parser import Parser

from outreach_ops.settings.load import ROOT
from support.every_command import CASES, WITHOUT_SECRETS

NAMESPACE = Collection.from_module(FilesystemLoader(start=str(ROOT)).load("tasks")[0])


def test_every_command_has_a_case_in_support_every_command() -> None:
    assert {*CASES, *WITHOUT_SECRETS} == set(NAMESPACE.task_names)


def test_every_case_is_a_command_line_that_invoke_understands() -> None:
    for command, cases in CASES.items():
        for arguments in cases:
            # Raises for a flag that there is not.
            Parser(contexts=NAMESPACE.to_contexts()).parse_argv([command, *arguments.split()])
