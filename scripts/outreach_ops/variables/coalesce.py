"""What the operator wants set: the inventory's values, .env, .env.local and the process environment."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from outreach_ops.errors import UsageError
from outreach_ops.settings.model import Settings
from outreach_ops.variables import dotenv_file
from outreach_ops.variables.dotenv_file import File
from outreach_ops.variables.values import Environment

FILES = (".env", ".env.local")
NEXT_FILES = (".env.production", ".env.production.local")
"""Next reads these too when it builds; no function gets anything from them."""

INVENTORY, PROCESS, LOCAL_AWS = "inventory", "environment", "local AWS"


@dataclasses.dataclass(frozen=True)
class Coalesced:
    """The server function's variables that somebody named, where each comes from, and what looks wrong.

    `others` are those of the application's files that no function gets: a build may print them.
    """

    values: Environment
    sources: Mapping[str, str]
    warnings: tuple[str, ...]
    others: Environment


def coalesce(
    settings: Settings, app: Path, local: Mapping[str, str], environ: Mapping[str, str] = os.environ
) -> Coalesced:
    """Later sources win; raises UsageError for what no function may be given, before any call.

    `local` holds what the local AWS serves by itself, and wins there; it is empty on the real AWS.
    """
    constants = {
        variable.name: variable.value for variable in settings.variables.runtime if variable.value is not None
    }
    known = {**settings.variables.build, **constants}
    files, nexts = _read(app, FILES, known, environ), _read(app, NEXT_FILES, known, environ, for_lambda=False)
    process = File(PROCESS, environ)
    _refuse_public(settings, [*files, *nexts, process], [*files, *nexts])
    chosen: dict[str, File] = {}
    for source in (File(INVENTORY, constants), *files, process, File(LOCAL_AWS, local)):
        chosen |= {each.name: source for each in settings.variables.runtime if each.name in source.values}
    for name, source in chosen.items():
        _refuse(name, source)
    values = {name: source.values[name] for name, source in chosen.items()}
    sources = {name: source.name for name, source in chosen.items()}
    warnings = (
        *_doubles(files),
        *_unknown(settings, files),
        *_overriding(constants, values, sources),
        *_unread(settings, nexts, values),
    )
    return Coalesced(Environment(values), sources, warnings, _others(settings, [*files, *nexts]))


def _read(
    app: Path,
    names: Iterable[str],
    known: Mapping[str, str],
    environ: Mapping[str, str],
    for_lambda: bool = True,
) -> list[File]:
    files = []
    for name in names:
        files.append(dotenv_file.read(app / name, for_lambda, known, environ))
        known = {**known, **files[-1].values}
    return files


def _refuse(name: str, source: File) -> None:
    if name in source.dangling:
        raise UsageError(
            f"{source.dangling[name]}: {name} refers to a variable that nobody sets",
            "set that one too, or write the value in single quotes, where ${...} stands for itself",
        )
    refuse_value(name, source.values[name], source.name)


def refuse_value(name: str, value: str, source: str) -> None:
    """Raises UsageError, which does not show the value, for one that is more than a line of text."""
    for character, what in (("\n", "a newline"), ("\r", "a carriage return"), ("\0", "a NUL")):
        if character in value:
            raise UsageError(f"{name} in {source} holds {what}", "give it a value of one line of text")
    try:
        value.encode()
    except UnicodeEncodeError:
        # Its own text holds a part of the value.
        raise UsageError(
            f"{name} in {source} holds bytes that are no UTF-8", "give it a value of one line of text"
        ) from None


def _doubles(files: Iterable[File]) -> tuple[str, ...]:
    return tuple(warning for file in files for warning in file.warnings)


def _unknown(settings: Settings, files: Iterable[File]) -> tuple[str, ...]:
    known = {variable.name for variable in settings.variables.runtime} | set(settings.variables.build)
    return tuple(
        f"{file.name}: {name} is in no inventory and is not set"
        for file in files
        for name in sorted(set(file.values) - known)
    )


def _overriding(
    constants: Mapping[str, str], values: Mapping[str, str], sources: Mapping[str, str]
) -> Iterator[str]:
    """What stands in the inventory and is set otherwise here: often it is left from local development."""
    for name, value in constants.items():
        if values[name] != value and sources[name] != LOCAL_AWS:
            yield f"{sources[name]}: {name} is set to another value than the inventory's {value!r}, and wins"


def _unread(settings: Settings, nexts: Iterable[File], values: Mapping[str, str]) -> Iterator[str]:
    """Variables of a function in a file that a deploy does not read, unless they came by another way."""
    for file in nexts:
        names = [each.name for each in settings.variables.runtime if each.name in file.values]
        if lost := [name for name in names if file.values[name] not in ("", values.get(name))]:
            yield (
                f"{file.name}: {', '.join(lost)} of this file reach no function: "
                f"load it into the environment with `set -a; . {file.name}; set +a`"
            )


def _others(settings: Settings, files: Iterable[File]) -> Environment:
    public = settings.variables.build
    return Environment(
        {
            f"{file.name} {name}{how}": value
            for file in files
            for how, held in (("", file.values), (" as written", file.written))
            for name, value in held.items()
            if name not in public
        }
    )


def _refuse_public(settings: Settings, sources: Iterable[File], files: Iterable[File]) -> None:
    """The inventory alone fixes what is baked into the bundle; Next would read the files by itself."""
    build = settings.variables.build
    problems = [
        f"{name} is set in {source.name} to another value than the inventory's {value!r}"
        for source in sources
        for name, value in build.items()
        if source.values.get(name, value) != value
    ]
    problems += [
        f"{name} is set in {file.name}, and the inventory does not have it"
        for file in files
        for name in sorted(file.values)
        if name.startswith("NEXT_PUBLIC_") and name not in build
    ]
    if problems:
        raise UsageError(
            "; ".join(problems),
            "remove them there: variables_build of the inventory fixes what is baked into the bundle",
        )
