"""Every command of the runbook is one that there is, and the parser of its blocks sees them all."""

from __future__ import annotations

import re
import shlex

import pytest
from invoke.collection import Collection
from invoke.loader import FilesystemLoader
from invoke.parser import Parser

from outreach_ops.reference import called
from outreach_ops.settings.load import ROOT
from support.runbook import PROGRAM, RUNBOOK, Line, lines

NAMESPACE = Collection.from_module(FilesystemLoader(start=str(ROOT)).load("tasks")[0])
LINES = lines(RUNBOOK.read_text())


def test_blocks_are_read_with_their_chapter_their_comments_cut_and_their_mark() -> None:
    text = """# One

To do:

    invoke status --env=staging   # look
    aws lambda list-functions \\
      --query 'x'

It prints

    Version | Created

## Two

*Real AWS only.* By hand:

    aws sts get-caller-identity
"""
    assert lines(text) == [
        Line("One", "invoke status --env=staging", False),
        Line("One", "aws lambda list-functions --query 'x'", False),
        Line("Two", "aws sts get-caller-identity", True),
    ]


def test_every_line_of_a_command_block_is_a_command() -> None:
    assert [each.text for each in LINES if not PROGRAM.match(each.text)] == []
    assert len(LINES) > 40


@pytest.mark.parametrize("line", [each.text for each in LINES if re.search(r"\binvoke ", each.text)])
def test_every_command_is_one_that_invoke_understands(line: str) -> None:
    words = shlex.split(line.partition("invoke ")[2].removesuffix(')"'))
    Parser(contexts=NAMESPACE.to_contexts()).parse_argv(words)


def test_every_command_is_named_in_the_runbook() -> None:
    text = RUNBOOK.read_text()
    names = [called(NAMESPACE, name) for name in NAMESPACE.task_names]
    assert [name for name in names if f"invoke {name}" not in text] == []
