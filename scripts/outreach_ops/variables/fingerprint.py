"""Short keyed fingerprints: what is shown instead of a variable's value."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping

from outreach_ops.variables.values import KEY_NAME, Environment, differences

LENGTH = 8
BYTES = 32

Fingerprint = str


class Fingerprints:
    """Fingerprints of one key; equal ones mean equal values of the same variable."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        held = environment.get(KEY_NAME)
        self.lasting = held is not None
        """Whether they can be compared with those of other commands and machines."""
        self._key = (held or secrets.token_hex(BYTES)).encode()

    def of(self, name: str, value: str) -> Fingerprint:
        """The fingerprint of a variable's value; without the key it tells nothing of the value."""
        # With the name, so that equal values of two variables do not show that they are equal.
        text = f"{name}\0{value}".encode()
        return hmac.digest(self._key, text, hashlib.sha256).hex()[:LENGTH]

    def whole(self, environment: Mapping[str, str]) -> Fingerprint:
        """The fingerprint of all variables of a function together."""
        return self.of("", "\0".join(f"{name}={environment[name]}" for name in sorted(environment)))

    def changes(self, before: Mapping[str, str], after: Mapping[str, str]) -> str:
        """What becomes of the variables, by name and fingerprint."""
        said = []
        for word, names in differences(before, after).items():
            shown = [f"{name} ({self._change(name, before, after)})" for name in names]
            said += [f"{word} {', '.join(shown)}"] if shown else []
        return "; ".join(said) or "unchanged"

    def _change(self, name: str, before: Mapping[str, str], after: Mapping[str, str]) -> str:
        return " -> ".join(self.of(name, found[name]) for found in (before, after) if name in found)


def with_key(wanted: Environment, live: Mapping[str, str]) -> Environment:
    """`wanted` with the key of live, or a new one when live has none: it is made once and stays."""
    return Environment({KEY_NAME: live.get(KEY_NAME) or secrets.token_hex(BYTES)}).over(wanted)
