"""One operator a site: a lease that is renewed while working and checked before each writing call."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from outreach_ops import commands
from outreach_ops.aws.leases import Lease, Leases
from outreach_ops.errors import Exit, OpsError
from outreach_ops.ledger import now, operator

LEASE_SECONDS = 60.0
RENEW_SECONDS = 15.0
FRESH_SECONDS = 10.0
# Clocks of two machines differ: nobody takes a lease over before this has passed as well.
GRACE_SECONDS = 10.0
HEARTBEAT_SECONDS = 10.0
# Names of their own or content that waits to be used: many, and harmless a few seconds late.
ADDITIVE = {("s3", "put_object")}


class LockedError(OpsError):
    """Somebody else holds the lease, or has taken it over."""

    exit_code = Exit.LOCKED


class Held:
    """The lease while it is ours; any method raises LockedError once it is not."""

    def __init__(self, leases: Leases, lease: Lease, environment: str, clock: Callable[[], float]) -> None:
        self._leases, self._lease, self._environment, self._clock = leases, lease, environment, clock
        self._kept, self._lost, self._writing = clock(), False, threading.Lock()

    @property
    def journal(self) -> Mapping[str, Any] | None:
        """The work that is under way, or that the holder before left behind."""
        return self._lease.journal

    def guard(self, service: str, operation: str) -> None:
        """Checks before a writing call that the lease is still ours."""
        fresh = self._clock() - self._kept < FRESH_SECONDS and not self._lost
        if not (fresh and (service, operation) in ADDITIVE):
            self.renew()

    def renew(self) -> None:
        """Makes the lease last again."""
        self._write(journal=self._lease.journal)

    def note(self, journal: Mapping[str, Any]) -> None:
        """Records how far the work is."""
        self._write(journal=journal)

    def conclude(self, number: int, data: Mapping[str, Any]) -> None:
        """Writes the ledger's record and empties the journal, both or neither."""
        with self._writing:
            lease = dataclasses.replace(self._lease, journal=None)
            self._leases.conclude(lease, number, data)
            self._lease = lease

    def drop(self) -> None:
        """Lets the lease expire now; a journal that is left tells the next holder what to do first."""
        with self._writing:
            if not self._lost:
                self._leases.keep(dataclasses.replace(self._lease, expires=0.0))
                self._lost = True

    def _write(self, journal: Mapping[str, Any] | None) -> None:
        with self._writing:
            started = self._clock()
            lease = dataclasses.replace(self._lease, expires=started + LEASE_SECONDS, journal=journal)
            if self._lost or not self._leases.keep(lease):
                self._lost = True
                raise LockedError(
                    "the lease of this site was taken over: nothing more is written here",
                    commands.status(self._environment),
                    step="lock",
                )
            self._lease, self._kept = lease, started


@contextlib.contextmanager
def held(
    leases: Leases,
    environment: str,
    command: str,
    wait_seconds: float,
    say: Callable[[str], None],
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Held]:
    """The lease, for as long as the body runs; raises LockedError when it is not to be had in time."""
    lease = _take(leases, command, wait_seconds, say, clock, sleep)
    holding = Held(leases, lease, environment, clock)
    ended = threading.Event()
    renewing = threading.Thread(target=_renew_until, args=(holding, ended), daemon=True)
    renewing.start()
    try:
        yield holding
    finally:
        ended.set()
        renewing.join()
        with contextlib.suppress(OpsError):
            holding.drop()


def _take(
    leases: Leases,
    command: str,
    wait_seconds: float,
    say: Callable[[str], None],
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> Lease:
    deadline, heard = clock() + wait_seconds, float("-inf")
    while True:
        before, at = leases.read(), clock()
        ours = Lease(
            token=str(uuid.uuid4()),
            expires=at + LEASE_SECONDS,
            owner=operator(),
            command=command,
            since=now(),
            journal=None if before is None else before.journal,
        )
        if (before is None or before.expires + GRACE_SECONDS < at) and leases.take(ours, before, at):
            return ours
        if at >= deadline:
            raise LockedError(describe(before, at), f"{command} --lock-wait=10m", step="lock")
        if at - heard >= HEARTBEAT_SECONDS:
            heard = at
            say(f"{describe(before, at)}; waiting {deadline - at:.0f} s more at most")
        sleep(1.0)


def describe(lease: Lease | None, at: float) -> str:
    """Who holds the lease, in words."""
    if lease is None or (lease.expires < at and lease.journal is None):
        return "nobody changes this site"
    if lease.expires < at:
        return f"{lease.owner} left `{lease.command}` unfinished, begun {lease.since}"
    return (
        f"{lease.owner} changes this site with `{lease.command}` since {lease.since}; "
        f"the lease ends in {lease.expires - at:.0f} s unless it is renewed"
    )


def _renew_until(holding: Held, ended: threading.Event) -> None:
    while not ended.wait(RENEW_SECONDS):
        try:
            holding.renew()
        except OpsError:
            # The guard stops the next writing call; a passing fault is tried again.
            continue
