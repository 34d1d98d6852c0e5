"""A site's lease from outside: how it stands, and taking it from a holder that is gone."""

from __future__ import annotations

import dataclasses
import time
import uuid

from outreach_ops.aws.leases import Lease, Leases
from outreach_ops.aws.session import connect
from outreach_ops.errors import UsageError
from outreach_ops.settings.model import Settings
from outreach_ops.site import world
from outreach_ops.site.lock import GIVEN_BACK, describe


def look(settings: Settings) -> tuple[Lease | None, float]:
    """The site's lease as it stands, and the time of looking."""
    site = world.door(connect(settings.site.account_id, settings.site.region), settings)
    return site.leases.read(), time.time()


def release(settings: Settings, force: bool) -> str:
    """Takes the lease from its holder; raises UsageError unless `force`."""
    site = world.door(connect(settings.site.account_id, settings.site.region), settings)
    return take_away(site.leases, force, time.time())


def take_away(leases: Leases, force: bool, now: float) -> str:
    """The same through its adapter; what came of it."""
    held = leases.read()
    if held is None or held.expires < now:
        return describe(held, now)
    if not force:
        raise UsageError(describe(held, now), "it ends by itself; to take it all the same, add --force")
    taken = dataclasses.replace(held, token=str(uuid.uuid4()), expires=GIVEN_BACK)
    if not leases.replace(taken, held):
        return "the lease has changed hands meanwhile: look again"
    return f"taken from {held.holder}; what it left unfinished is concluded by the next command"
