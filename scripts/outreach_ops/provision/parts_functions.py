"""Which resources the roles of functions keep, from the inventory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from outreach_ops.aws import iam
from outreach_ops.provision.concurrency import Concurrency
from outreach_ops.provision.event_source import EventSource
from outreach_ops.provision.function import Function
from outreach_ops.provision.function_settings import FunctionSettings
from outreach_ops.provision.function_url import FunctionUrl, Permissions
from outreach_ops.provision.log_group import LogGroup
from outreach_ops.provision.queue import Queue
from outreach_ops.provision.step import Existing, Resource
from outreach_ops.provision.table import BY_PATH, TAGS, Table
from outreach_ops.provision.table_policy import TablePolicy
from outreach_ops.settings.model import Settings


def role(settings: Settings) -> Existing:
    """The execution role; gives its ARN as `role`."""
    name = settings.iam.role_name
    fix = "correct iam_role_name, or have the role made: it is shared, so that this tool only looks it up"
    return Existing("role", f"execution role {name}", fix, lambda aws: iam.role_arn(aws, name))


def lambda_part(settings: Settings) -> Sequence[Resource[Any]]:
    """Both functions, each with its alias, URL and permissions."""
    want = settings.lambda_
    resources: list[Resource[Any]] = [role(settings)]
    for kind, (name, memory, timeout) in _sizes(settings).items():
        resources += [
            Function(name, want.alias, *_shape(settings, memory, timeout), want.architecture, want.tracing),
            # First: a URL that asked for signatures would refuse everybody until it has them.
            Permissions(name, want.alias),
            FunctionUrl(name, want.alias, f"{kind}_domain"),
        ]
    return resources


def lambda_settings_part(settings: Settings) -> Sequence[Resource[Any]]:
    """What the next version of each function will run with."""
    want = settings.lambda_
    return [
        role(settings),
        *(
            FunctionSettings(name, *_shape(settings, memory, timeout), want.tracing)
            for name, memory, timeout in _sizes(settings).values()
        ),
        *_logs(settings, want.server_name, want.image_name),
        *_reserved(settings),
    ]


def _shape(settings: Settings, memory: int, timeout: int) -> tuple[str, str, int, int]:
    return settings.lambda_.runtime, settings.lambda_.handler, memory, timeout


def _logs(settings: Settings, *functions: str) -> list[Resource[Any]]:
    days = settings.lambda_.log_retention_days
    return [] if days is None else [LogGroup(name, days) for name in functions]


def _reserved(settings: Settings) -> list[Resource[Any]]:
    want = settings.lambda_
    asked = ((want.server_name, want.server_concurrency), (want.image_name, want.image_concurrency))
    found = tuple((name, number) for name, number in asked if number is not None)
    return [Concurrency(found)] if found else []


def _sizes(settings: Settings) -> Mapping[str, tuple[str, int, int]]:
    want = settings.lambda_
    return {
        "server": (want.server_name, want.server_memory, want.server_timeout),
        "image": (want.image_name, want.image_memory, want.image_timeout),
    }


def isr_queue_part(settings: Settings) -> Sequence[Resource[Any]]:
    """The queue of pages to renew."""
    return [role(settings), Queue(settings.isr.queue_name, settings.isr.revalidation_timeout)]


def isr_part(settings: Settings) -> Sequence[Resource[Any]]:
    """The tag table, the functions that fill it and renew pages, and what feeds the latter."""
    want, shared, site = settings.isr, settings.lambda_, settings.site
    where = f"{site.region}:{site.account_id}"
    functions: list[Resource[Any]] = []
    for name, memory, timeout in (
        (want.revalidation_name, want.revalidation_memory, want.revalidation_timeout),
        (want.initialization_name, want.initialization_memory, want.initialization_timeout),
    ):
        shape = _shape(settings, memory, timeout)
        functions += [
            Function(name, shared.alias, *shape, shared.architecture, shared.tracing),
            FunctionSettings(name, *shape, shared.tracing),
            *_logs(settings, name),
        ]
    return [
        role(settings),
        Table(want.tag_table, TAGS, BY_PATH, "isr_tag_table"),
        TablePolicy(f"arn:aws:dynamodb:{where}:table/{want.tag_table}"),
        *functions,
        EventSource(f"arn:aws:sqs:{where}:{want.queue_name}", want.revalidation_name, shared.alias),
    ]
