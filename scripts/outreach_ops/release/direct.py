"""Asks published versions by invocation: no visitor meets them yet."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

from outreach_ops import commands
from outreach_ops.behaviours import origin_of, union
from outreach_ops.errors import OpsError
from outreach_ops.proof import event
from outreach_ops.proof.answers import Answer, Response, Silence
from outreach_ops.release.target import Target
from outreach_ops.roles import Role
from outreach_ops.settings.model import Settings
from outreach_ops.settings.verify import Check
from outreach_ops.site.world import Door


class Direct:
    """The published `versions` of a site's functions, each asked what CloudFront would send to it."""

    def __init__(self, site: Door, settings: Settings, versions: Mapping[Role, str], target: Target) -> None:
        self._site, self._settings, self._versions, self._target = site, settings, versions, target
        self._behaviours = union(settings.cloudfront.behaviours, target.artifact.behaviours)

    def answerable(self, check: Check) -> bool:
        """Whether one of the versions answers it: of public files the bucket serves those of before."""
        return self._origin(check) in self._versions

    def ask(self, check: Check) -> Answer:
        """The version's answer to one check."""
        role = self._role(check)
        asked = event.request(self._settings, check, self._target.environment(role))
        try:
            said = self._site.functions[role].invoke(self._versions[role], asked, with_log=True)
        except OpsError as error:
            return Silence(error.cause)
        return event.response(said)

    def file(self, path: str) -> Answer:
        """Whether the bucket has a static file that a page names."""
        try:
            there = self._site.objects.has(f"_assets{unquote(path)}")
        except OpsError as error:
            return Silence(error.cause)
        return Response(200 if there else 404, {}, b"")

    def fix(self, check: Check) -> str:
        """Where the function says more."""
        return commands.logs(self._settings.site.environment, self._role(check))

    def _origin(self, check: Check) -> str:
        return origin_of(check.path, self._behaviours)

    def _role(self, check: Check) -> Role:
        return "image" if self._origin(check) == "image" else "server"
