"""What the roles document is what the inventory may hold: names, what is needed, and which values."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

import pytest
import yaml

from outreach_ops.settings.load import ROOT
from outreach_ops.settings.model import Settings
from outreach_ops.settings.parse import variable_fields

PARTS = {
    field.name: typing.get_type_hints(Settings, include_extras=True)[field.name]
    for field in dataclasses.fields(Settings)
}
ROLES = ("site", "s3", "iam", "lambda", "acm", "route53", "cloudfront", "dynamodb", "isr")


def specified(role: str) -> Mapping[str, Any]:
    text = (ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text()
    options: Mapping[str, Any] = yaml.safe_load(text)["argument_specs"]["main"]["options"]
    return options


def defaults(role: str) -> Mapping[str, Any]:
    path = ROOT / "roles" / role / "defaults" / "main.yml"
    return yaml.safe_load(path.read_text()) if path.is_file() else {}


def bare(hint: Any) -> Any:
    """The type without what it must look like and without None."""
    if typing.get_origin(hint) is Annotated:
        return bare(typing.get_args(hint)[0])
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        return bare(typing.get_args(hint)[0])
    return hint


def compared(prefix: str, cls: Any, options: Mapping[str, Any]) -> Iterator[tuple[str, object, object]]:
    """Each fact about each field, as the dataclass has it and as the role documents it."""
    hints = typing.get_type_hints(cls, include_extras=True)
    fields = {prefix + field.name: field for field in variable_fields(cls)}
    yield prefix, set(fields), set(options)
    for name, field in fields.items():
        spec, hint = options[name], bare(hints[field.name])
        yield f"{name}: required", field.default is dataclasses.MISSING, spec.get("required", False)
        if not spec.get("required"):
            default = list(field.default) if isinstance(field.default, tuple) else field.default
            yield f"{name}: default", default, spec.get("default")
        if typing.get_origin(hint) is Literal:
            yield f"{name}: choices", list(typing.get_args(hint)), spec.get("choices")
        inner = bare(typing.get_args(hint)[0]) if typing.get_origin(hint) is tuple else hint
        if dataclasses.is_dataclass(inner):
            yield from compared("", inner, spec["options"])


@pytest.mark.parametrize("role", ROLES)
def test_a_role_documents_what_its_inventory_may_hold(role: str) -> None:
    part = PARTS.get(role) or PARTS[f"{role}_"]
    for what, kept, documented in compared(f"{role}_", part, specified(role)):
        assert (what, kept) == (what, documented)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_has_the_defaults_that_it_documents(role: str) -> None:
    documented = {name: spec["default"] for name, spec in specified(role).items() if "default" in spec}
    assert defaults(role) == documented
