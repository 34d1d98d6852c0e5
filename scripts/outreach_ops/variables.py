"""Environment variables: where each comes from, and how they are merged over what is live."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from outreach_ops.errors import UsageError
from outreach_ops.settings.model import Settings

LIMIT = 4096
"""Bytes that Lambda takes for all names and values of a function together."""

FILES = (".env", ".env.local")


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
        """`text` without any of the values, and without what Lambda quotes of them."""
        text = text.split("String measured", 1)[0]
        for value in sorted(filter(None, self._values.values()), key=len, reverse=True):
            text = text.replace(value, "***")
        return text

    def over(self, base: Mapping[str, str]) -> Environment:
        """These variables, and those of `base` that these do not name."""
        return Environment({**base, **self._values})


def coalesce(
    settings: Settings, app: Path, local: Mapping[str, str], environ: Mapping[str, str] = os.environ
) -> Environment:
    """What the operator wants set: the inventory's values, `.env`, `.env.local`, the process environment.

    `local` holds what the local AWS serves by itself, and wins there; it is empty on the real AWS.
    """
    files = [_read(app / name) for name in FILES]
    _refuse_public(settings, [*files, environ])
    wanted: dict[str, str] = {}
    for variable in settings.variables.runtime:
        for source in ({variable.name: variable.value}, *files, environ, local):
            value = source.get(variable.name)
            if value is not None:
                wanted[variable.name] = value
    return Environment(wanted)


def check(settings: Settings, merged: Mapping[str, str], on_real_aws: bool) -> None:
    """Raises UsageError that names every required variable that is missing, or what Lambda would refuse."""
    required = [variable.name for variable in settings.variables.runtime if variable.required]
    if missing := [name for name in required if not merged.get(name)]:
        raise UsageError(
            f"required variables have no value: {', '.join(missing)}",
            "set them in the application's .env.local or in the environment, then run the command again",
        )
    size = sum(len(name.encode()) + len(value.encode()) for name, value in merged.items())
    if size > LIMIT:
        raise UsageError(
            f"the variables take {size} bytes together, Lambda allows {LIMIT}",
            "shorten or remove some of them",
        )
    loopback = [name for name, value in merged.items() if "://127.0.0.1" in value or "://localhost" in value]
    if on_real_aws and loopback:
        raise UsageError(
            f"{', '.join(loopback)} point to this machine, which no function on AWS can reach",
            "open a new shell, or unset them, then run the command again",
        )


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The names that are added, changed and removed between two environments."""
    return {
        "added": tuple(sorted(set(after) - set(before))),
        "changed": tuple(sorted(name for name in set(after) & set(before) if after[name] != before[name])),
        "removed": tuple(sorted(set(before) - set(after))),
    }


def _read(path: Path) -> Mapping[str, str | None]:
    from dotenv import dotenv_values  # noqa: PLC0415  (only releases read these files)

    return dotenv_values(path, interpolate=False) if path.is_file() else {}


def _refuse_public(settings: Settings, sources: Iterable[Mapping[str, str | None]]) -> None:
    for source in sources:
        for name, value in settings.variables.build.items():
            if source.get(name) not in (None, value):
                raise UsageError(
                    f"{name} is set here to another value than the inventory's {value!r}",
                    f"remove {name} from .env, .env.local and the environment: the inventory fixes it",
                )
