"""Who asks: a made-up user of the inventory's tenant, with a token as SleepConnect signs it."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import json
import time
from collections.abc import Mapping

from outreach_ops.aws.functions import Function
from outreach_ops.aws.session import Aws
from outreach_ops.errors import OpsError
from outreach_ops.proof.viewer import Viewer
from outreach_ops.settings.model import Settings

COOKIE = "x-sax-user-context"
SECRET = "AUTH0_CLIENT_SECRET"  # noqa: S105 (the variable's name)
SECONDS = 300


@dataclasses.dataclass(frozen=True)
class Journey:
    """The way that is looked at: where requests enter, Outreach's own edge, and what signs a user in."""

    aws: Aws
    settings: Settings
    enters: Viewer
    outreach: Viewer
    secret: str = dataclasses.field(repr=False)

    @property
    def through(self) -> bool:
        """Whether requests enter through SleepConnect."""
        return self.enters.base_url != self.outreach.base_url

    def signed_in(self, seconds: int = SECONDS, secret: str = "", padding: int = 0) -> dict[str, str]:
        """The Cookie header of a user; `padding` bytes of other cookies come before the token.

        None where the site's variables have nothing that signs a token.
        """
        if not self.secret:
            return {}
        text = token(secret or self.secret, claims(self.settings, seconds))
        other = f"padding={'p' * padding}; " if padding else ""
        return {"cookie": f"{other}{COOKIE}={text}"}


def live_secret(aws: Aws, settings: Settings) -> str:
    """What the live function verifies tokens with, from memory to memory; raises OpsError without one.

    Empty for a site whose inventory has no such variable.
    """
    if SECRET not in (each.name for each in settings.variables.runtime):
        return ""
    server = Function(aws.api("lambda"), settings.lambda_.server_name)
    found = server.configuration(settings.lambda_.alias)
    secret = "" if found is None else found.environment.get(SECRET, "")
    if not secret:
        raise OpsError(
            f"the live function {server.name} has no {SECRET}: nobody can sign in",
            f"invoke auth0.check --env={settings.site.environment}",
            step="verify",
        )
    return secret


def claims(settings: Settings, seconds: int) -> dict[str, object]:
    """What SleepConnect says of the user, ending in `seconds` from now."""
    user = dataclasses.asdict(settings.verify.user) if settings.verify.user else {}
    return {"sub": "outreach-ops|verify", "name": "Verification", "exp": int(time.time()) + seconds, **user}


def token(secret: str, said: Mapping[str, object]) -> str:
    """A JWT, signed HS256."""
    header = _part(b'{"alg":"HS256","typ":"JWT"}')
    text = f"{header}.{_part(json.dumps(said, separators=(',', ':')).encode())}"
    return f"{text}.{_part(hmac.digest(secret.encode(), text.encode(), hashlib.sha256))}"


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
