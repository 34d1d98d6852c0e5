"""Every command of the runbook is one that there is, and the parser of its blocks sees them all."""

from __future__ import annotations

import re
import shlex

import botocore.session
import pytest
from botocore import xform_name
from invoke.collection import Collection
from invoke.loader import FilesystemLoader
from invoke.parser import Parser

from outreach_ops.reference import called
from outreach_ops.settings import load_site
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


@pytest.mark.parametrize("environment", ["develop", "staging", "production"])
def test_names_and_addresses_are_those_of_the_inventory(
    environment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCOUNT_ID", "111122223333")
    site = load_site(environment)
    wanted = {
        *(site.lambda_.server_name, site.lambda_.image_name),
        *(site.isr.revalidation_name, site.isr.initialization_name, site.isr.queue_name, site.isr.tag_table),
        *(site.s3.bucket_name, site.dynamodb.ledger_table, site.iam.role_name, site.cloudfront.domain),
        *(f"https://{site.cloudfront.domain}", site.sleepconnect.api_url),
        f"https://{site.sleepconnect.domain}{site.site.base_path}",
    }
    wanted |= {site.cloudfront.distribution_id} - {""}
    text = RUNBOOK.read_text()
    assert {name for name in wanted if f"`{name}`" not in text} == set()


CLI_OWN = {"--query", "--output", "--paths"}
"""Options that are the AWS CLI's and no parameter of the operation; --paths stands for InvalidationBatch."""


@pytest.mark.parametrize("line", [each.text for each in LINES if each.text.startswith("aws ")])
def test_calls_by_hand_are_ones_that_aws_knows(line: str) -> None:
    _, service, operation, *words = shlex.split(line)
    model = botocore.session.get_session().get_service_model(service)
    (name,) = [each for each in model.operation_names if xform_name(each, "-") == operation]
    shape = model.operation_model(name).input_shape
    known = {f"--{xform_name(each, '-')}": each for each in (shape.members if shape else ())}
    given = {word for word in words if word.startswith("--")}
    assert given - CLI_OWN <= set(known)
    required = set(shape.required_members if shape else ()) - {"InvalidationBatch"}
    assert required <= {known[each] for each in given - CLI_OWN}
