"""What a local AWS is made of; the settings are an inventory's, the account is made up."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

DOCUMENTATION_ACCOUNT = "111122223333"
"""The account id of AWS's own documentation: nobody's, so nothing real is ever named by it."""


@dataclasses.dataclass(frozen=True)
class SiteSpec:
    """One site: its inventory host, and the alternate domain name that its distribution carries."""

    name: str
    domain: str
    own_name: bool = False
    """Its distribution tells the application this domain, so what a browser says of itself must agree."""


@dataclasses.dataclass(frozen=True)
class ParentSpec:
    """One SleepConnect: its function, the names of the variables that it shares, and its domain if any."""

    function_name: str
    shared: tuple[str, ...]
    domain: str = ""

    @property
    def bucket(self) -> str:
        """Where its own static files are."""
        return f"assets.{self.domain}"


@dataclasses.dataclass(frozen=True)
class SandboxSpec:
    """One local AWS: an account in a region, the sites that get a port, and what AWS already holds."""

    account_id: str = DOCUMENTATION_ACCOUNT
    region: str = "us-east-1"
    sites: tuple[SiteSpec, ...] = ()
    execution_roles: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    parents: tuple[ParentSpec, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The same as JSON types."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> SandboxSpec:
        """The inverse of `to_json`."""
        return cls(
            account_id=data["account_id"],
            region=data["region"],
            sites=tuple(SiteSpec(**site) for site in data["sites"]),
            execution_roles=tuple(data["execution_roles"]),
            zones=tuple(data["zones"]),
            parents=tuple(
                ParentSpec(each["function_name"], tuple(each["shared"]), each["domain"])
                for each in data.get("parents", ())
            ),
        )
