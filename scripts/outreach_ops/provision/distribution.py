"""The distribution: found by its id or its domain, made once, and then only added to and put right."""

from __future__ import annotations

import contextlib
import dataclasses
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from outreach_ops.aws import cloudfront, lambda_shell
from outreach_ops.aws.errors import AwsError
from outreach_ops.aws.session import Aws
from outreach_ops.errors import OpsError
from outreach_ops.provision import adoption
from outreach_ops.provision.distribution_config import merged
from outreach_ops.provision.distribution_functions import refuse_functions
from outreach_ops.provision.distribution_options import refuse_pages
from outreach_ops.provision.distribution_update import update
from outreach_ops.provision.distribution_view import view
from outreach_ops.provision.distribution_wanted import KINDS, Wanted, resolve
from outreach_ops.provision.origin_secret import GUARDED, keep, origin_id
from outreach_ops.provision.quantities import Config
from outreach_ops.provision.step import KNOWN_LATER, Act, MissingError, Resource, Step, Values, appear
from outreach_ops.settings.model import Settings
from outreach_ops.variables import origin


@dataclasses.dataclass(frozen=True)
class SeenDistribution:
    """The distribution as GetDistribution gives it, and the id of the one that carries the domain.

    `latest` are the hosts of URLs on `$LATEST`, by the function that they belong to.
    """

    found: Mapping[str, Any] | None
    etag: str | None
    holder: str | None
    latest: Mapping[str, str] = dataclasses.field(default_factory=dict)
    accepted: tuple[str, ...] = dataclasses.field(default=(), repr=False)
    """The secrets that both live functions accept."""

    @property
    def config(self) -> Mapping[str, Any] | None:
        return None if self.found is None else self.found["DistributionConfig"]


@dataclasses.dataclass(frozen=True)
class Distribution(Resource[SeenDistribution]):
    settings: Settings
    patience: ClassVar[int] = 900

    def read(self, aws: Aws) -> SeenDistribution:
        carrier = cloudfront.holder(aws, self.settings.cloudfront.domain)
        holder = None if carrier is None else carrier["Id"]
        identity = self.settings.cloudfront.distribution_id or holder
        answer = None if identity is None else cloudfront.distribution(aws, identity)
        accepted = self._accepted(aws) if self._guarded else ()
        if answer is None:
            return SeenDistribution(None, None, holder, accepted=accepted)
        found = answer["Distribution"]
        if adoption.ours(found["DistributionConfig"], self.settings.site.project):
            return SeenDistribution(found, answer["ETag"], holder, accepted=accepted)
        names = {"server": self.settings.lambda_.server_name, "image": self.settings.lambda_.image_name}
        hosts = {role: lambda_shell.latest_url_domain(aws, name) for role, name in names.items()}
        latest = {role: host for role, host in hosts.items() if host is not None}
        return SeenDistribution(found, answer["ETag"], holder, latest, accepted)

    def decide(self, seen: SeenDistribution, known: Values) -> tuple[Step, ...]:
        self._refuse(seen)
        secret = self._secret(seen) or (KNOWN_LATER if self._guarded else None)
        names, secrets = policy_names(known), {} if self._waits(seen) else self._secrets(secret)
        after = view(self._config(seen, known, KNOWN_LATER, secret), names, secrets)
        if seen.found is None or seen.config is None:
            resource = f"distribution for {self.settings.cloudfront.domain}"
            return (Step("cloudfront:CreateDistribution", resource, None, after),)
        before = view(seen.config, names, secrets)
        if before == after:
            return ()
        return (Step("cloudfront:UpdateDistribution", f"distribution {seen.found['Id']}", before, after),)

    def values(self, seen: SeenDistribution) -> Values:
        found = seen.found or {}
        names = {"distribution_id": "Id", "distribution_arn": "ARN", "distribution_domain": "DomainName"}
        return {name: found.get(attribute, KNOWN_LATER) for name, attribute in names.items()}

    def pending(self, seen: SeenDistribution) -> str | None:
        if seen.found is None or seen.found["Status"] == "Deployed":
            return None
        return f"CloudFront brings the distribution {seen.found['Id']} to its edges"

    def acts(self) -> Mapping[str, Act]:
        return {
            "cloudfront:CreateDistribution": self._create,
            "cloudfront:UpdateDistribution": self._update,
        }

    def _config(
        self, seen: SeenDistribution, known: Values, reference: str, secret: str | None
    ) -> dict[str, Any]:
        """What the distribution is to be; one that waits for its first release keeps all but the hosts."""
        wanted = self.wanted(known, secret)
        # Also before the first release, which would be too late to learn of it.
        refuse_functions(seen.config, wanted)
        if seen.config is not None and self._waits(seen):
            moves = {host: str(known[f"{role}_domain"]) for role, host in seen.latest.items()}
            return adoption.kept(seen.config, moves)
        config = merged(seen.config, wanted, reference)
        refuse_pages(config, wanted)
        return config

    def _waits(self, seen: SeenDistribution) -> bool:
        return seen.config is not None and adoption.waits(seen.config, self.settings)

    def wanted(self, known: Values, secret: str | None = None) -> Wanted:
        """The inventory's distribution with the ids of all that it refers to."""
        return resolve(self.settings, known, secret)

    @property
    def _guarded(self) -> bool:
        return self.settings.cloudfront.origin_protection == "secret_header"

    def _accepted(self, aws: Aws) -> tuple[str, ...]:
        names = self.settings.lambda_
        both = [
            origin.accepted(lambda_shell.live_environment(aws, name, names.alias))
            for name in (names.server_name, names.image_name)
        ]
        return tuple(each for each in both[0] if each in both[1])

    def _secret(self, seen: SeenDistribution) -> str | None:
        """The secret to go on with; a new one is made when it is written, and never shown."""
        return keep(seen.config, self.settings.site.project, seen.accepted) if self._guarded else None

    def _secrets(self, secret: str | None) -> dict[str, str]:
        """By origin."""
        return {origin_id(self.settings.site.project, each): secret for each in GUARDED} if secret else {}

    def _new_or_kept(self, seen: SeenDistribution) -> str | None:
        return self._secret(seen) or (origin.new() if self._guarded else None)

    def _refuse(self, seen: SeenDistribution) -> None:
        cloudfront_id, domain = self.settings.cloudfront.distribution_id, self.settings.cloudfront.domain
        if cloudfront_id and seen.found is None:
            raise MissingError(
                f"there is no distribution {cloudfront_id} in this account",
                'correct cloudfront_distribution_id, or make it "" for one that is found by its domain',
            )
        if cloudfront_id and seen.holder not in (None, cloudfront_id):
            raise OpsError(
                f"{domain} belongs to the distribution {seen.holder}, not to {cloudfront_id}",
                f"make cloudfront_distribution_id {seen.holder}, or take the domain off it first",
            )

    def _create(self, aws: Aws, step: Step, seen: SeenDistribution, known: Values) -> None:
        reference = f"{self.settings.cloudfront.domain} {uuid.uuid4()}"
        config = self._config(seen, known, reference, self._new_or_kept(seen))
        with self._domain_of_others():
            cloudfront.cloudfront(aws).call("create_distribution", DistributionConfig=config)
        appear(lambda: self.read(aws).found, step.resource)

    def _update(self, aws: Aws, _step: Step, seen: SeenDistribution, known: Values) -> None:
        made = self._new_or_kept(seen)

        def change(config: Config) -> Config:
            now = dataclasses.replace(seen, found={"DistributionConfig": config})
            return self._config(now, known, "", self._secret(now) or made)

        with self._domain_of_others():
            update(aws, (seen.found or {})["Id"], change)

    @contextlib.contextmanager
    def _domain_of_others(self) -> Iterator[None]:
        """A domain that no distribution of this account carries may be taken all the same."""
        try:
            yield
        except AwsError as error:
            if error.code != "CNAMEAlreadyExists":
                raise
            raise OpsError(
                f"{self.settings.cloudfront.domain} belongs to a distribution of another account",
                "take the domain off that distribution, or use the credentials of its account",
            ) from error


def policy_names(known: Values) -> dict[str, str]:
    """The kind of each policy id, as diffs show it."""
    names = {known[f"{kind}_policy"]: kind for kind in KINDS}
    names |= {known["request_policy"]: "all but the host"}
    names |= {known["headers_policy"]: "the inventory's"} if "headers_policy" in known else {}
    names.pop(KNOWN_LATER, None)
    return names
