"""Turns an inventory's variables into typed values, and names file and key of every one that is wrong."""

from __future__ import annotations

import dataclasses
import difflib
import re
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from outreach_ops.errors import Place, UsageError
from outreach_ops.settings.agree import disagreements
from outreach_ops.settings.formats import Format, Range
from outreach_ops.settings.model import Settings

COMMAND_LINE = Place("the command line (-e)")


@dataclasses.dataclass(frozen=True)
class Raw:
    """A templated variable, where it stands, and why it could not be templated."""

    value: Any
    place: Place
    problem: str | None = None


def parse(host: str, variables: Mapping[str, Raw], folder: str) -> Settings:
    """The settings of `host`; raises UsageError that lists every problem, each with file, line and key."""
    problems: list[str] = []
    parts: dict[str, Any] = {}
    hints = typing.get_type_hints(Settings, include_extras=True)
    for field in dataclasses.fields(Settings):
        if field.name != "host":
            role = field.name.rstrip("_")
            parts[field.name] = _section(hints[field.name], role, variables, f"{folder}/{role}.yml", problems)
    problems += _strangers(variables, parts)
    _refuse(problems)
    settings = Settings(host=host, **parts)
    _refuse([f"{variables[key].place}: {key}: {why}" for key, why in disagreements(settings).items()])
    return settings


def _refuse(problems: Sequence[str]) -> None:
    if problems:
        raise UsageError(
            "the inventory is not right:\n  " + "\n  ".join(problems),
            "correct the lines above, then run the command again",
        )


def _strangers(variables: Mapping[str, Raw], parts: Mapping[str, Any]) -> list[str]:
    """The variables of files or the command line that belong to no role: most often a prefix is misspelt."""
    prefixes = (*(f"{part.rstrip('_')}_" for part in parts), "ansible_")
    known = [
        f"{field.name.rstrip('_')}_{each.name}"
        for field in dataclasses.fields(Settings)
        if dataclasses.is_dataclass(cls := typing.get_type_hints(Settings)[field.name])
        for each in dataclasses.fields(cls)
    ]
    return [
        f"{raw.place}: {key} belongs to no role{_hint(key, known)}"
        for key, raw in variables.items()
        if not key.startswith(prefixes)
        and (raw.place == COMMAND_LINE or raw.place.file.startswith("inventories/"))
    ]


def _hint(key: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(key, known, 1)
    return f"; did you mean {near[0]}?" if near else ": begin it with the name of one, or remove it"


def _section(cls: Any, role: str, variables: Mapping[str, Raw], file: str, problems: list[str]) -> Any:
    prefix = f"{role}_"
    hints = typing.get_type_hints(cls, include_extras=True)
    known = {prefix + field.name: field for field in dataclasses.fields(cls)}
    for key in variables:
        if key.startswith(prefix) and key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(known))}"
            problems.append(f"{variables[key].place}: {key} is not known; {hint}")
    values: dict[str, Any] = {}
    for key, field in known.items():
        raw = variables.get(key)
        if raw is None and field.default is not dataclasses.MISSING:
            values[field.name] = field.default
        elif raw is None:
            problems.append(f"{file}: {key} is missing")
        elif raw.problem is not None:
            problems.append(f"{raw.place}: {key}: {raw.problem}")
        else:
            try:
                values[field.name] = convert(raw.value, hints[field.name])
            except ValueError as error:
                problems.append(f"{raw.place}: {key}: {error}")
    return cls(**values) if len(values) == len(known) else None


def convert(value: Any, hint: Any) -> Any:
    """`value` as the type `hint`; raises ValueError that says what is needed."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        return _formatted(convert(value, arguments[0]), arguments[1])
    if origin is Literal:
        if value not in arguments:
            raise ValueError(f"{value!r} is not one of {', '.join(map(str, arguments))}")
        return value
    if origin is tuple:
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise ValueError(f"a list is needed, not {_kind(value)}")
        return tuple(convert(item, arguments[0]) for item in value)
    if origin is Mapping:
        return types.MappingProxyType(_texts(value))
    if origin in (types.UnionType, typing.Union):
        return None if value is None else convert(value, arguments[0])
    if dataclasses.is_dataclass(hint):
        return _record(value, hint)
    if type(value) is not hint:
        raise ValueError(f"{NAMES[hint]} is needed, not {_kind(value)}")
    return value


def _formatted(value: Any, needed: Format | Range) -> Any:
    if isinstance(needed, Range):
        if not needed.least <= value <= needed.most:
            raise ValueError(f"{value} is not between {needed.least} and {needed.most} {needed.unit}")
        return value
    if not re.fullmatch(needed.pattern, value):
        raise ValueError(f"{value!r} is not {needed.meaning}")
    return value


NAMES: Mapping[Any, str] = {str: "a text", int: "a whole number", bool: "true or false"}


def _kind(value: Any) -> str:
    return "nothing" if value is None else f"{NAMES.get(type(value), type(value).__name__)} ({value!r})"


def _texts(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise ValueError(f"a mapping is needed, not {_kind(value)}")
    for key, item in value.items():
        if not isinstance(item, str):
            raise ValueError(f"{key}: a text is needed, not {_kind(item)}: put it in quotes")
    return dict(value)


def _record(value: Any, cls: Any) -> Any:
    if not isinstance(value, Mapping):
        raise ValueError(f"a mapping is needed, not {_kind(value)}")
    fields = {field.name: field for field in dataclasses.fields(cls)}
    if unknown := set(value) - set(fields):
        name = sorted(unknown)[0]
        near = difflib.get_close_matches(name, fields, 1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(fields)}"
        raise ValueError(f"{name} is not known; {hint}")
    needed = [
        name
        for name, field in fields.items()
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
    if absent := [name for name in needed if name not in value]:
        raise ValueError(f"{absent[0]} is missing in {dict(value)!r}")
    hints = typing.get_type_hints(cls, include_extras=True)
    return cls(**{name: convert(item, hints[name]) for name, item in value.items()})
