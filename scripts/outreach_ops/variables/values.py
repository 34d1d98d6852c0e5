"""Environment variables as values that never show, and what must hold before they are given to Lambda."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from urllib.parse import quote

from outreach_ops.errors import UsageError
from outreach_ops.roles import served_from
from outreach_ops.settings.model import Settings

LIMIT = 4096
"""Bytes that Lambda takes for all variables of a function together, written as JSON."""


KEY_NAME = "VARIABLES_FINGERPRINT_KEY"
"""The variable of the server function that holds the key of all fingerprints, beside the values."""

ORIGIN_SECRET = "ORIGIN_SECRET"  # noqa: S105 (its name)
"""The variable of the server and image functions with the secrets that they accept, between commas."""

RELEASES_OWN = (KEY_NAME, ORIGIN_SECRET)
"""Secrets that no source names: a release keeps those that live has."""

SHORTEST_PRIVATE = 4
"""A shorter value is no secret, and hiding it would hide parts of words."""

SHORTEST_UNKNOWN = 12
"""The same for a variable that no inventory knows, which may be `development`."""


class Environment(Mapping[str, str]):
    """Variables whose values never show: its text is the names alone."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Environment({', '.join(sorted(self))})"

    def mask(self, text: str) -> str:
        """`text` without any of the values."""
        shapes = {shape for value in self._values.values() for shape in _shapes(value)}
        for shape in sorted(filter(None, shapes), key=len, reverse=True):
            text = text.replace(shape, "***")
        return text

    def over(self, base: Mapping[str, str]) -> Environment:
        """These variables, and those of `base` that these do not name."""
        return Environment({**base, **self._values})

    def of_length(self, least: int) -> Environment:
        """Those of these variables whose values have `least` characters or more."""
        return Environment({name: value for name, value in self._values.items() if len(value) >= least})

    def without(self, names: Collection[str]) -> Environment:
        """These variables, except `names`."""
        return Environment({name: value for name, value in self._values.items() if name not in names})


def _shapes(value: str) -> tuple[str, ...]:
    """A value as it may stand in an answer or a log: plain, in JSON, in an address."""
    return value, json.dumps(value)[1:-1], quote(value, safe="")


def check(
    settings: Settings,
    merged: Mapping[str, str],
    on_real_aws: bool,
    sources: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Raises UsageError for what Lambda would refuse, or that names every required variable missing.

    `sources` are those of the operator's variables: an empty value hides that of an earlier source.
    """
    fit(merged)
    required = [variable.name for variable in settings.variables.runtime if variable.required]
    if missing := [name for name in required if not merged.get(name)]:
        empty = [f"{name} in {sources[name]}" for name in missing if name in sources]
        hidden = f"; set to nothing, which hides every other value: {', '.join(empty)}" if empty else ""
        raise UsageError(
            f"required variables have no value: {', '.join(missing)}",
            f"set them in the application's .env.local or in the environment, then run it again{hidden}",
        )
    loopback = [name for name, value in merged.items() if "://127.0.0.1" in value or "://localhost" in value]
    if on_real_aws and loopback:
        raise UsageError(
            f"{', '.join(loopback)} point to this machine, which no function on AWS can reach",
            "open a new shell, or unset them, then run the command again",
        )


TOO_LARGE = "shorten some of them, or remove one that live has: --unset NAME"


def fit(environment: Mapping[str, str], fix: str = TOO_LARGE) -> None:
    """Raises UsageError, which names the largest, when Lambda would refuse the variables for their size."""
    if (size := _size(environment)) > LIMIT:
        raise UsageError(
            f"the variables take {size} bytes together, Lambda allows {LIMIT}; "
            f"the largest is {max(environment, key=lambda name: len(environment[name].encode()))}",
            fix,
        )


def _size(environment: Mapping[str, str]) -> int:
    # Lambda measures the JSON text, which its refusal quotes behind "String measured".
    return len(json.dumps(dict(environment), separators=(",", ":"), ensure_ascii=False).encode())


def private(settings: Settings, environment: Mapping[str, str]) -> Environment:
    """The values that no output may hold: of variables that the inventory leaves open, or does not know."""
    names = (*settings.variables.secret, KEY_NAME)
    held = {name: environment[name] for name in names if name in environment}
    held |= _strangers(settings, environment)
    # Each by itself, because one alone may show.
    for number, secret in enumerate(environment.get(ORIGIN_SECRET, "").split(",")):
        held[f"{ORIGIN_SECRET} {number}"] = secret
    return Environment(held).of_length(SHORTEST_PRIVATE)


def _strangers(settings: Settings, environment: Mapping[str, str]) -> Environment:
    """What somebody set by hand: it may be a secret, unless the inventory says the same."""
    served = [pair for system in served_from(settings, "").values() for pair in system.items()]
    runtime = [(each.name, each.value or "") for each in settings.variables.runtime]
    told = [*settings.variables.build.items(), *runtime, *served]
    known = {*(name for name, _ in told), *RELEASES_OWN}
    return Environment(
        {
            name: value
            for name, value in environment.items()
            if name not in known and not any(value in said for _, said in told)
        }
    ).of_length(SHORTEST_UNKNOWN)


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The names that are added, changed and removed between two environments."""
    return {
        "added": tuple(sorted(set(after) - set(before))),
        "changed": tuple(sorted(name for name in set(after) & set(before) if after[name] != before[name])),
        "removed": tuple(sorted(set(before) - set(after))),
    }
