"""The application's variables, as the inventory has them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Literal

from outreach_ops.settings.formats import Text, VariableName


@dataclasses.dataclass(frozen=True)
class Variable:
    """A variable of the server function: shared ones are always current, release ones roll back.

    `owner` is who makes its value where that is not this site; `about` is for the example files.
    """

    name: VariableName
    kind: Literal["release", "shared"]
    required: bool = True
    value: Text | None = None
    owner: Literal["", "sleepconnect", "twilio"] = ""
    about: str = ""


@dataclasses.dataclass(frozen=True)
class Variables:
    """What the application is built and run with."""

    build: Mapping[str, str]
    runtime: tuple[Variable, ...]
    api_shared_with_develop: bool = False

    @property
    def secret(self) -> tuple[str, ...]:
        """The names of the variables whose values no inventory has."""
        return tuple(variable.name for variable in self.runtime if variable.value is None)

    def of(self, owner: str) -> tuple[str, ...]:
        """The names of the variables whose values `owner` makes."""
        return tuple(variable.name for variable in self.runtime if variable.owner == owner)
