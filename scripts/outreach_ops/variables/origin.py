"""The secret that CloudFront sends to the functions, and the ones that the functions accept."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping

from outreach_ops.variables.values import ORIGIN_SECRET, Environment

HEADER = "x-origin-secret"
"""The header of CloudFront's requests; guard.mjs looks for it."""

BYTES = 32


def new() -> str:
    """A secret that nobody can guess."""
    return secrets.token_hex(BYTES)


def accepted(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The secrets that a function with these variables accepts, oldest first; none when it is not guarded."""
    return tuple(each for each in environment.get(ORIGIN_SECRET, "").split(",") if each)


def shown(environment: Mapping[str, str]) -> dict[str, str]:
    """The header that a function with these variables must be shown; none when it is not guarded."""
    known = accepted(environment)
    return {HEADER: known[0]} if known else {}


def accepting(environment: Environment, secrets_: Iterable[str]) -> Environment:
    """The variables of a function that accepts just these."""
    value = ",".join(dict.fromkeys(secrets_))
    return Environment({ORIGIN_SECRET: value}).over(environment) if value else unguarded(environment)


def unguarded(environment: Environment) -> Environment:
    """The variables of a function that answers everybody."""
    return environment.without([ORIGIN_SECRET])


def current(environment: Environment, sent: str | None) -> Environment:
    """What live has, made to accept what CloudFront sends: a rotation that is under way goes on."""
    there = accepted(environment)
    return environment if sent is None or sent in there else accepting(environment, (*there, sent))
