"""Reads a file of variables in python-dotenv's syntax, and says file and line of what is wrong in it."""

from __future__ import annotations

import dataclasses
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from outreach_ops.errors import Place, UsageError
from outreach_ops.settings.formats import RESERVED, VARIABLE_NAME

NOTHING: Mapping[str, str] = {}


@dataclasses.dataclass(frozen=True)
class File:
    """The variables of one file, and what is strange in it without being wrong.

    `written` are the values that refer to other variables, as they stand there; `dangling` are the places of
    those that refer to one that nobody sets.
    """

    name: str
    values: Mapping[str, str]
    warnings: tuple[str, ...] = ()
    written: Mapping[str, str] = dataclasses.field(default_factory=dict)
    dangling: Mapping[str, Place] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class _Line:
    """One variable of a file; `literal` values stand between single quotes."""

    place: Place
    name: str
    value: str | None = dataclasses.field(repr=False)
    literal: bool


def read(
    path: Path,
    for_lambda: bool = True,
    below: Mapping[str, str] = NOTHING,
    above: Mapping[str, str] = NOTHING,
) -> File:
    """The variables of the file at `path`, none when there is no file; no message shows a value.

    `for_lambda` refuses the names that Lambda takes for no variable. `${NAME}` stands for NAME of `above`, of
    the lines before, or of `below`, whichever has it first; between single quotes for itself.
    """
    lines = list(_lines(path))
    if for_lambda:
        for line in lines:
            if refused := refusal(line.name):
                raise UsageError(f"{line.place}: {refused}", "remove or rename it there")
    values: dict[str, str] = {}
    written: dict[str, str] = {}
    dangling: dict[str, Place] = {}
    for line in lines:
        for held in (values, written, dangling):
            held.pop(line.name, None)
        if line.value is None:
            continue
        known = {**below, **values, **above}
        values[line.name], whole = (line.value, True) if line.literal else _expanded(line.value, known)
        if values[line.name] != line.value:
            written[line.name] = line.value
        if not whole:
            dangling[line.name] = line.place
    return File(path.name, values, tuple(_strange(lines)), written, dangling)


def _strange(lines: Iterable[_Line]) -> Iterator[str]:
    earlier: dict[str, _Line] = {}
    for line in lines:
        if line.name in earlier:
            before = earlier[line.name].place.line
            yield f"{line.place}: {line.name} is set twice; line {before} is not used"
        if line.value is None:
            yield f"{line.place}: {line.name} has no = behind it, and is not set"
        earlier[line.name] = line


def _expanded(value: str, known: Mapping[str, str]) -> tuple[str, bool]:
    """The value with what it refers to, and whether all of that is known."""
    from dotenv.variables import Variable, parse_variables  # noqa: PLC0415  (only releases read these files)

    atoms = list(parse_variables(value))
    needed = [each.name for each in atoms if isinstance(each, Variable) and each.default is None]
    return "".join(each.resolve(known) for each in atoms), all(name in known for name in needed)


def refusal(name: str) -> str | None:
    """Why Lambda takes no variable of this name, None when it does."""
    if name in RESERVED:
        return f"{name} is a name that Lambda sets itself"
    if not re.fullmatch(VARIABLE_NAME, name):
        return f"{name} is no name that Lambda takes: letters, digits and _ after a first letter, two or more"
    return None


def _lines(path: Path) -> Iterator[_Line]:
    from dotenv.parser import parse_stream  # noqa: PLC0415  (only releases read these files)

    for binding in parse_stream(io.StringIO(_text(path))):
        text = binding.original.string
        # A binding begins with the empty lines before it.
        line = binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")
        place = Place(str(path), line)
        if binding.error:
            raise UsageError(f"{place}: this is no line like NAME=value", "correct or remove it")
        if binding.key is None:
            continue
        literal = re.match(r"\s*(export\s+)?('[^']+'|[^=#\s]+)\s*=\s*'", text) is not None
        yield _Line(place, binding.key, binding.value, literal)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        if path.is_symlink():
            raise UsageError(f"{path} links to no file", "make it a readable file, or remove it") from None
        return ""
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}", "make it a readable file, or remove it"
        ) from None
    except UnicodeDecodeError:
        # Its own text holds the bytes around the place.
        raise UsageError(f"{path} is not UTF-8", "save it as UTF-8") from None
