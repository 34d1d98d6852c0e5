"""Turns an inventory's variables into typed values, and names file and key of every one that is wrong."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence, Set
from typing import Annotated, Any, Literal

from outreach_ops.errors import Place, UsageError
from outreach_ops.settings.agree import disagreements
from outreach_ops.settings.cloudfront import NO_VARIABLE
from outreach_ops.settings.formats import Format, Range
from outreach_ops.settings.model import Settings

COMMAND_LINE = Place("the command line (-e)")
SHOWN = 200
"""So much of a value is shown: a description of a build has thousands of lines."""


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
        for each in variable_fields(cls)
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


def variable_fields(cls: Any) -> tuple[dataclasses.Field[Any], ...]:
    """Return the fields of a role's dataclass that variables set."""
    return tuple(field for field in dataclasses.fields(cls) if field.metadata != NO_VARIABLE)


def _section(cls: Any, role: str, variables: Mapping[str, Raw], file: str, problems: list[str]) -> Any:
    prefix = f"{role}_"
    hints = typing.get_type_hints(cls, include_extras=True)
    known = {prefix + field.name: field for field in variable_fields(cls)}
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
    return _converter(hint)(value)


@functools.cache
def _converter(hint: Any) -> Callable[[Any], Any]:
    """Return what converts to `hint`, made once: a description of a build has thousands of values."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Mapping:
        return lambda value: types.MappingProxyType(_texts(value))
    if origin is Literal:
        return functools.partial(_literal, arguments)
    if dataclasses.is_dataclass(hint):
        return functools.partial(_record, hint)
    if not arguments:
        return functools.partial(_plain, hint)
    inner = _converter(arguments[0])
    if origin is Annotated:
        return lambda value: _formatted(inner(value), arguments[1])
    if origin is tuple:
        return functools.partial(_list, inner)
    return lambda value: None if value is None else inner(value)


def _literal(choices: tuple[Any, ...], value: Any) -> Any:
    if value not in choices:
        raise ValueError(f"{_shown(value)} is not one of {', '.join(map(str, choices))}")
    return value


def _plain(hint: Any, value: Any) -> Any:
    if type(value) is not hint:
        raise ValueError(f"{NAMES[hint]} is needed, not {_kind(value)}")
    return value


def _list(inner: Callable[[Any], Any], value: Any) -> tuple[Any, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise ValueError(f"a list is needed, not {_kind(value)}")
    return tuple(inner(item) for item in value)


def _formatted(value: Any, needed: Format | Range) -> Any:
    if isinstance(needed, Range):
        if not needed.least <= value <= needed.most:
            raise ValueError(f"{value} is not between {needed.least} and {needed.most} {needed.unit}")
        return value
    if not re.fullmatch(needed.pattern, value):
        raise ValueError(f"{_shown(value)} is not {needed.meaning}")
    return value


NAMES: Mapping[Any, str] = {str: "a text", int: "a whole number", bool: "true or false"}


def _kind(value: Any) -> str:
    return "nothing" if value is None else f"{NAMES.get(type(value), type(value).__name__)} ({_shown(value)})"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _texts(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise ValueError(f"a mapping is needed, not {_kind(value)}")
    for key, item in value.items():
        if not isinstance(item, str):
            raise ValueError(f"{key}: a text is needed, not {_kind(item)}: put it in quotes")
    return dict(value)


def _record(cls: Any, value: Any) -> Any:
    if not isinstance(value, Mapping):
        raise ValueError(f"a mapping is needed, not {_kind(value)}")
    fields, needed = _shape(cls)
    if unknown := value.keys() - fields.keys():
        name = sorted(unknown)[0]
        near = difflib.get_close_matches(name, fields, 1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(fields)}"
        raise ValueError(f"{name} is not known; {hint}")
    if absent := needed - value.keys():
        raise ValueError(f"{min(absent)} is missing in {_shown(dict(value))}")
    values = {}
    for name, item in value.items():
        try:
            values[name] = fields[name](item)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
    return cls(**values)


@functools.cache
def _shape(cls: Any) -> tuple[Mapping[str, Callable[[Any], Any]], Set[str]]:
    """Return what converts each field, and the names of those that must be there."""
    hints = typing.get_type_hints(cls, include_extras=True)
    fields = dataclasses.fields(cls)
    needed = frozenset(
        field.name
        for field in fields
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    )
    return {field.name: _converter(hints[field.name]) for field in fields}, needed
