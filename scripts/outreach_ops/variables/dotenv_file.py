"""Reads a file of variables in python-dotenv's syntax, and says file and line of what is wrong in it."""

from __future__ import annotations

import dataclasses
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from outreach_ops.errors import Place, UsageError
from outreach_ops.settings.formats import VARIABLE_NAME

RESERVED = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    }
)
"""Names that Lambda sets itself and refuses to be given."""


@dataclasses.dataclass(frozen=True)
class File:
    """The variables of one file, and what is strange in it without being wrong."""

    name: str
    values: Mapping[str, str]
    warnings: tuple[str, ...] = ()


def read(path: Path, for_lambda: bool = True) -> File:
    """The variables of the file at `path`, none when there is no file; no message shows a value.

    `for_lambda` refuses the names that Lambda takes for no variable.
    """
    values: dict[str, str] = {}
    lines: dict[str, int] = {}
    warnings = []
    for line, name, value in _bindings(path):
        if for_lambda and (refused := refusal(name)):
            raise UsageError(f"{Place(str(path), line)}: {refused}", "remove or rename it there")
        if name in lines:
            warnings.append(f"{path}:{line}: {name} is set twice; line {lines[name]} is not used")
        lines[name] = line
        if value is not None:
            values[name] = value
    return File(path.name, values, tuple(warnings))


def refusal(name: str) -> str | None:
    """Why Lambda takes no variable of this name, None when it does."""
    if name in RESERVED:
        return f"{name} is a name that Lambda sets itself"
    if not re.fullmatch(VARIABLE_NAME, name):
        return f"{name} is no name that Lambda takes: letters, digits and _ after a first letter, two or more"
    return None


def _bindings(path: Path) -> Iterator[tuple[int, str, str | None]]:
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
        yield line, binding.key, binding.value


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
