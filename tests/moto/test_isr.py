"""What renews cached pages, as far as moto is right about it: check, do, check, do; what is foreign stays."""

from __future__ import annotations

import json

from fakes.settings import SETTINGS
from outreach_ops.provision.event_source import EventSource
from outreach_ops.provision.queue import ACTIONS, RETENTION, Queue
from outreach_ops.provision.step import Lookup
from outreach_ops.provision.table import BY_PATH, TAGS, Table
from outreach_ops.provision.table_policy import TablePolicy
from support.account import ACCOUNT, Account

WANT = SETTINGS.isr
ROLE = f"arn:aws:iam::{ACCOUNT}:role/made-up-role"
QUEUE_ARN = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{WANT.queue_name}"
TABLE_ARN = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{WANT.tag_table}"
KNOWN = Lookup("role", "role", "", lambda _aws: ROLE)
TABLE = Table(WANT.tag_table, TAGS, BY_PATH, "isr_tag_table")
QUEUE = Queue(WANT.queue_name, WANT.revalidation_timeout)


def attributes(account: Account) -> dict[str, str]:
    sqs = account.client("sqs")
    url = sqs.get_queue_url(QueueName=WANT.queue_name)["QueueUrl"]
    found: dict[str, str] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return found


def follow(account: Account) -> None:
    """Writes what the queue's last step asks for, as the stock module does."""
    sqs, step = account.client("sqs"), account.converge(KNOWN, QUEUE).left[-1]
    url = sqs.create_queue(QueueName=WANT.queue_name, Attributes={"FifoQueue": "true"})["QueueUrl"]
    texts = {name: json.dumps(value) if name == "Policy" else value for name, value in step.after.items()}
    sqs.set_queue_attributes(QueueUrl=url, Attributes=texts)


def test_a_missing_queue_is_left_to_the_stock_module_and_a_right_one_alone(account: Account) -> None:
    found = account.converge(KNOWN, QUEUE, check=True)
    assert [step.call for step in found.left] == ["sqs:CreateQueue", "sqs:SetQueueAttributes"]
    follow(account)
    assert account.converge(KNOWN, QUEUE).left == ()
    assert account.written == []
    assert attributes(account)["VisibilityTimeout"] == str(6 * WANT.revalidation_timeout)
    assert attributes(account)["MessageRetentionPeriod"] == str(RETENTION)


def test_the_queue_lets_the_shared_role_in_and_keeps_what_others_granted(account: Account) -> None:
    follow(account)
    sqs, policy = account.client("sqs"), json.loads(attributes(account)["Policy"])
    (mine,) = policy["Statement"]
    assert (mine["Principal"], mine["Action"]) == ({"AWS": ROLE}, list(ACTIONS))
    theirs = {"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": "sqs:PurgeQueue"}
    policy["Statement"] = [{**theirs, "Resource": QUEUE_ARN}]
    url = sqs.get_queue_url(QueueName=WANT.queue_name)["QueueUrl"]
    sqs.set_queue_attributes(
        QueueUrl=url, Attributes={"Policy": json.dumps(policy), "VisibilityTimeout": "30"}
    )
    (step,) = account.converge(KNOWN, QUEUE, check=True).left
    assert set(step.after) == {"Policy", "VisibilityTimeout"}
    assert [each["Sid"] for each in step.after["Policy"]["Statement"]] == ["Theirs", "OutreachRevalidation"]


def test_the_tag_table_has_the_index_that_opennext_asks(account: Account) -> None:
    account.check_do_check_do(TABLE)
    found = account.client("dynamodb").describe_table(TableName=WANT.tag_table)["Table"]
    (index,) = found["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "revalidate"
    assert [each["AttributeName"] for each in index["KeySchema"]] == ["path", "revalidatedAt"]
    types = {each["AttributeName"]: each["AttributeType"] for each in found["AttributeDefinitions"]}
    assert types == {"tag": "S", "path": "S", "revalidatedAt": "N"}


def test_a_tag_table_without_its_index_gets_it(account: Account) -> None:
    account.check_do_check_do(Table(WANT.tag_table, TAGS))
    (step,) = account.check_do_check_do(TABLE).steps
    assert (step.call, step.before) == ("dynamodb:UpdateTable", {"index": None})


def test_the_tag_table_lets_the_shared_role_in_and_keeps_what_others_granted(account: Account) -> None:
    account.converge(TABLE)
    dynamodb, policy = account.client("dynamodb"), TablePolicy(TABLE_ARN)
    theirs = {"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": "dynamodb:DeleteTable"}
    document = {"Version": "2012-10-17", "Statement": [{**theirs, "Resource": TABLE_ARN}]}
    dynamodb.put_resource_policy(ResourceArn=TABLE_ARN, Policy=json.dumps(document))
    account.check_do_check_do(KNOWN, policy)
    found = json.loads(dynamodb.get_resource_policy(ResourceArn=TABLE_ARN)["Policy"])["Statement"]
    assert [each["Sid"] for each in found] == ["Theirs", "OutreachTags"]
    assert f"{TABLE_ARN}/index/*" in found[1]["Resource"]


def test_the_event_source_is_made_once_and_one_that_is_off_is_put_right(account: Account) -> None:
    source = EventSource(QUEUE_ARN, WANT.revalidation_name, "live")
    (step,) = account.converge(source, check=True).steps
    assert (step.call, step.before) == ("lambda:CreateEventSourceMapping", None)
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{WANT.revalidation_name}:live"
    right = {
        "UUID": "1",
        "FunctionArn": arn,
        "State": "Enabled",
        "BatchSize": 5,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
    }
    assert source.decide(right, {}) == ()
    for wrong in ({"State": "Disabled"}, {"BatchSize": 10}, {"FunctionResponseTypes": []}):
        (step,) = source.decide({**right, **wrong}, {})
        assert step.call == "lambda:UpdateEventSourceMapping" and len(step.after) == 1
    assert "Updating" in (source.pending({**right, "State": "Updating"}) or "")
