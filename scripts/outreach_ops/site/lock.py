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
from outreach_ops.aws.errors import AwsError
from outreach_ops.aws.leases import CANCELED, Lease, Leases
from outreach_ops.errors import Exit, OpsError
from outreach_ops.interrupt import uninterrupted
from outreach_ops.site.ledger import machine, now, user

LEASE_SECONDS = 60.0
RENEW_SECONDS = 15.0
FRESH_SECONDS = 10.0
# Clocks of two machines differ: nobody takes a lease over before this has passed as well.
GRACE_SECONDS = 10.0
HEARTBEAT_SECONDS = 10.0
GIVEN_BACK = 0.0
"""When a lease ends that nobody holds any more."""
# Harmless a few seconds late: new names that nobody asks for, and what AWS itself refuses when somebody
# has changed what it was decided on.
LATE = {("s3", "put_object"), ("lambda", "update_alias")}


class LockedError(OpsError):
    """Somebody else holds the lease, or has taken it over."""

    exit_code = Exit.LOCKED


class Held:
    """The lease while it is ours; any method raises LockedError once it is not."""

    def __init__(
        self,
        leases: Leases,
        lease: Lease,
        before: Lease | None,
        environment: str,
        clock: Callable[[], float],
    ) -> None:
        self._leases, self._lease, self._environment, self._clock = leases, lease, environment, clock
        self._kept, self._lost, self._writing = clock(), False, threading.Lock()
        self._left = None if before is None else before.journal
        self.took_over = None if before is None or before.expires == GIVEN_BACK else _whose(before)
        """Whose lease this was, if it expired before it was given back."""

    @property
    def left(self) -> Mapping[str, Any] | None:
        """The journal of the work that the holder before left behind, until that is concluded."""
        return self._left

    @property
    def since(self) -> str:
        """When the lease was taken."""
        return self._lease.since

    def guard(self, service: str, operation: str) -> None:
        """Checks before a writing call that the lease is still ours."""
        # A clock that was set back says nothing of how long ago that was.
        fresh = 0 <= self._clock() - self._kept < FRESH_SECONDS and not self._lost
        if not (fresh and (service, operation) in LATE):
            self.renew()

    def renew(self) -> None:
        """Makes the lease last again."""
        self._write(journal=self._lease.journal)

    def note(self, journal: Mapping[str, Any]) -> None:
        """Records how far the work is; what the journal says already is not written again."""
        if journal != self._lease.journal:
            self._write(journal=journal)

    def conclude(self, number: int, data: Mapping[str, Any]) -> None:
        """Writes the ledger's record and empties the journal, both or neither."""
        try:
            with self._writing:
                lease = dataclasses.replace(self._lease, journal=None)
                self._leases.conclude(lease, number, {**data, "took_over": self.took_over})
                self._lease, self._left = lease, None
        except AwsError as error:
            if error.code == CANCELED:
                # Because of the lease, or of the record's number?
                self.renew()
            raise

    def drop(self) -> None:
        """Lets the lease expire now; a journal that is left tells the next holder what to do first."""
        with self._writing:
            if not self._lost:
                self._leases.keep(dataclasses.replace(self._lease, expires=GIVEN_BACK))
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
    seen: Lease | None,
    environment: str,
    command: str,
    wait_seconds: float,
    say: Callable[[str], None],
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
    commit: str = "",
    every: float = RENEW_SECONDS,
) -> Iterator[Held]:
    """The lease, for as long as the body runs; raises LockedError when it is not to be had in time.

    `seen` is the lease as it was read last, `commit` what is released.
    """
    wanted = Lease("", 0.0, user(), machine(), commit, command)
    lease, before = _take(leases, seen, wanted, wait_seconds, say, clock, sleep)
    holding = Held(leases, lease, before, environment, clock)
    if holding.took_over is not None:
        say(f"taken over, for it had expired: {holding.took_over}")
    ended = threading.Event()
    renewing = threading.Thread(target=_renew_until, args=(holding, ended, every), daemon=True)
    renewing.start()
    try:
        yield holding
    finally:
        with uninterrupted():
            ended.set()
            renewing.join()
            with contextlib.suppress(OpsError):
                holding.drop()


def _take(
    leases: Leases,
    before: Lease | None,
    wanted: Lease,
    wait_seconds: float,
    say: Callable[[str], None],
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> tuple[Lease, Lease | None]:
    """The lease as it is ours, and as it was before."""
    deadline, heard, again = clock() + wait_seconds, float("-inf"), False
    while True:
        at, left = clock(), None if before is None else before.journal
        ours = dataclasses.replace(
            wanted, token=str(uuid.uuid4()), expires=at + LEASE_SECONDS, since=now(), journal=left
        )
        free = before is None or before.expires + GRACE_SECONDS < at
        if free and leases.take(ours, before, at):
            return ours, before
        if again and at >= deadline:
            raise LockedError(describe(before, at), f"{wanted.command} --lock-wait=10m", step="lock")
        if again and at - heard >= HEARTBEAT_SECONDS:
            heard = at
            say(f"{describe(before, at)}; waiting {deadline - at:.0f} s more at most")
        if again:
            sleep(1.0)
        before, again = leases.read(), True


def describe(lease: Lease | None, at: float) -> str:
    """Who holds the lease, in words."""
    if lease is None:
        return "nobody changes this site"
    rest = lease.expires + GRACE_SECONDS - at
    if lease.expires < at and lease.journal is None:
        return f"{_whose(lease)}, has ended; free in {rest:.0f} s" if rest > 0 else "nobody changes this site"
    if lease.expires < at:
        return f"{lease.holder} left `{lease.command}` unfinished, begun {lease.since}"
    what = f"`{lease.command}`{f' of {lease.commit[:7]}' if lease.commit else ''}"
    return (
        f"{lease.holder} changes this site with {what} since {lease.since}; "
        f"the lease ends in {lease.expires - at:.0f} s unless it is renewed"
    )


def _whose(lease: Lease) -> str:
    return f"the lease of {lease.holder} for `{lease.command}`, begun {lease.since}"


def _renew_until(holding: Held, ended: threading.Event, every: float) -> None:
    while not ended.wait(every):
        try:
            holding.renew()
        except OpsError:
            # The guard stops the next writing call; a passing fault is tried again.
            continue
