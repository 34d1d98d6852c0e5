"""What AWS holds for a site, read at once and in parallel, before anything is decided."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor

from outreach_ops import commands
from outreach_ops.aws import queues
from outreach_ops.aws.api import Guard
from outreach_ops.aws.errors import AwsError
from outreach_ops.aws.functions import Alias, Configuration, Function
from outreach_ops.aws.leases import Lease, Leases
from outreach_ops.aws.objects import Objects
from outreach_ops.aws.records import Records
from outreach_ops.aws.session import Aws
from outreach_ops.aws.tags import Tags
from outreach_ops.errors import OpsError
from outreach_ops.roles import GUARDED, ROLES, Role, name_of
from outreach_ops.settings.model import Settings
from outreach_ops.site import ledger, stack
from outreach_ops.site.invalidation import Distribution, find
from outreach_ops.site.ledger import Ledger, Numbered
from outreach_ops.variables import origin
from outreach_ops.variables.values import Environment


@dataclasses.dataclass(frozen=True)
class Live:
    """A function as users meet it: its alias, and the version behind it; `latest` is published next."""

    alias: Alias
    configuration: Configuration
    latest: Configuration


@dataclasses.dataclass(frozen=True)
class Glance:
    """A site as it stands, all but its files."""

    functions: Mapping[Role, Live]
    distribution: Distribution
    ledger: tuple[Numbered, ...]
    lease: Lease | None
    queue: str
    """The address of the queue of pages to renew."""

    @property
    def versions(self) -> dict[Role, str]:
        """Where the aliases point, by role."""
        return {role: function.alias.version for role, function in self.functions.items()}

    @property
    def unfinished(self) -> bool:
        """Whether somebody works on the site, or has left work behind."""
        return self.lease is not None and self.lease.journal is not None

    @property
    def explained(self) -> bool:
        """Whether the ledger's last entry says why the aliases point where they do."""
        return not self.ledger or self.ledger[0].entry.explains(self.versions)

    @property
    def release(self) -> Numbered | None:
        """The ledger's entry that made what is live; None for a placeholder, or what other means made."""
        return ledger.made(self.ledger, self.versions)

    @property
    def half(self) -> Numbered | None:
        """The proven release whose server function alone is live; None when live is whole, or unknown.

        This is what somebody leaves who moves one alias, not all of them, in the console.
        """
        return ledger.partially_live(self.ledger, self.versions)

    @property
    def rollback_candidates(self) -> list[Numbered]:
        """The releases that a rollback without a name tries, in this order; the first is *previous*."""
        return stack.rollback_candidates(self.ledger, self.versions)

    @property
    def previous(self) -> Numbered | None:
        """What a rollback without a name would make live; None when nothing is older."""
        return next(iter(self.rollback_candidates), None)

    @property
    def variables(self) -> dict[Role, Environment]:
        """What each function runs with now, made to accept what CloudFront sends."""
        live = {role: function.configuration.environment for role, function in self.functions.items()}
        if not self.distribution.protects:
            return {role: origin.unguarded(environment) for role, environment in live.items()}
        sent = self.distribution.secret
        return live | {role: origin.current(live[role], sent) for role in GUARDED}

    @property
    def live_label(self) -> str:
        """What is live, in words."""
        live = self.functions["server"].configuration
        return f"{live.description or 'not released'}, version {live.version}"

    def holding(self, objects: Mapping[str, str]) -> World:
        """The world in which the bucket holds `objects`, MD5 by key."""
        return World(self.functions, self.distribution, self.ledger, self.lease, self.queue, objects)


@dataclasses.dataclass(frozen=True)
class World(Glance):
    """Everything that a plan is decided from."""

    objects: Mapping[str, str]


@dataclasses.dataclass(frozen=True)
class Door:
    """The adapters of one site."""

    aws: Aws
    functions: Mapping[Role, Function]
    objects: Objects
    ledger: Ledger
    leases: Leases
    tags: Tags


def door(aws: Aws, settings: Settings) -> Door:
    """The adapters of the site that `settings` describes."""
    api, table = aws.api("lambda"), settings.dynamodb.ledger_table
    return Door(
        aws=aws,
        functions={role: Function(api, name_of(settings, role)) for role in ROLES},
        objects=Objects(aws.api("s3"), settings.s3.bucket_name, aws.bulk),
        ledger=Ledger(Records(aws.api("dynamodb"), table, settings.host), settings.site.environment),
        leases=Leases(aws.api("dynamodb"), table, settings.host),
        tags=Tags(aws.api("dynamodb"), settings.isr.tag_table, aws.sleep),
    )


def guarded(site: Door, settings: Settings, guard: Guard) -> Door:
    """The same adapters, with `guard` before each writing call but those of the lease, which it keeps."""
    return dataclasses.replace(door(site.aws.guarded(guard), settings), leases=site.leases)


PREFIXES = ("_assets/", "_public/", "_cache/", "_code/")


def read(site: Door, settings: Settings) -> World:
    """The world as it is; raises OpsError naming the command that makes what is missing."""
    with ThreadPoolExecutor(max_workers=len(PREFIXES)) as pool:
        listings = [pool.submit(_listing, site, settings, prefix) for prefix in PREFIXES]
        seen = glance(site, settings)
        return seen.holding({key: md5 for listing in listings for key, md5 in listing.result().items()})


def read_objects(site: Door, settings: Settings, keys: Collection[str]) -> World:
    """The world as it is, of whose objects only `keys` are looked at; raises OpsError as `read`."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        hashes = pool.submit(site.objects.hashes, set(keys))
        return glance(site, settings).holding(hashes.result())


def glance(site: Door, settings: Settings) -> Glance:
    """What takes one round trip however many files there are; raises OpsError as `read`."""
    with ThreadPoolExecutor(max_workers=10) as pool:
        live = {role: pool.submit(_live, function, settings) for role, function in site.functions.items()}
        distribution = pool.submit(find, site.aws, settings)
        entries = pool.submit(site.ledger.entries)
        lease = pool.submit(site.leases.read)
        queue = pool.submit(_queue, site, settings)
        functions = {role: future.result() for role, future in live.items()}
        return Glance(
            functions, distribution.result(), tuple(entries.result()), lease.result(), queue.result()
        )


def _listing(site: Door, settings: Settings, prefix: str) -> dict[str, str]:
    try:
        return site.objects.listing(prefix)
    except AwsError as error:
        if error.code != "NoSuchBucket":
            raise
        raise OpsError(
            f"the bucket {site.objects.bucket} does not exist",
            commands.provision(settings.site.environment),
            step="read",
        ) from error


def _queue(site: Door, settings: Settings) -> str:
    address = queues.url(site.aws, settings.isr.queue_name)
    if address is None:
        raise OpsError(
            f"the queue {settings.isr.queue_name} does not exist",
            commands.provision(settings.site.environment),
            step="read",
        )
    return address


def _live(function: Function, settings: Settings) -> Live:
    name = settings.lambda_.alias
    with ThreadPoolExecutor(max_workers=3) as pool:
        pointing, behind = pool.submit(function.alias, name), pool.submit(function.configuration, name)
        latest, alias, configuration = function.configuration(), pointing.result(), behind.result()
    if alias is not None and configuration is not None and configuration.version != alias.version:
        # It was moved between the two.
        configuration = function.configuration(alias.version)
    if alias is None or configuration is None or latest is None:
        raise OpsError(
            f"the function {function.name} has no alias {name}, or does not exist",
            commands.provision(settings.site.environment),
            step="read",
        )
    return Live(alias, configuration, latest)
