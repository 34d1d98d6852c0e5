"""The site as a browser meets it: what the account holds, behind an edge that keeps what it may."""

from __future__ import annotations

from collections.abc import Mapping

from fakes import application
from fakes.aws import FakeAws
from fakes.cloudfront import matches
from outreach_ops.proof.answers import Response
from outreach_ops.proof.viewer import Viewer
from outreach_ops.settings.model import Settings
from outreach_ops.variables import origin


class Edge(Viewer):
    """Answers from its copies until they are invalidated; only the API is asked each time."""

    def __init__(self, aws: FakeAws, settings: Settings) -> None:
        self.base_url = f"https://{settings.cloudfront.domain}"
        self._aws, self._settings = aws, settings
        self._copies: dict[str, Response] = {}
        aws.cloudfront.on_invalidation = self._invalidate

    def fetch(
        self,
        path: str,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: str | bytes | None = None,
    ) -> Response:
        """The answer to one request."""
        base = self._settings.site.base_path
        if method != "GET" or path.startswith(f"{base}/api/"):
            return self._server(path)
        if path not in self._copies:
            answer = self._server(path) if path.split("?")[0] == base else self._object(path)
            if answer.status != 200:
                return answer
            self._copies[path] = answer
        return self._copies[path]

    def image(self) -> Response:
        """What the image function answers."""
        return self._guarded("image") or Response(200, {}, b"an image")

    def _guarded(self, role: str) -> Response | None:
        """What the guard answers by itself, to the edge with the oldest configuration too."""
        names = self._settings.lambda_
        name = names.server_name if role == "server" else names.image_name
        accepted = origin.accepted(self._aws.lambda_.functions[name].behind(names.alias).variables)
        sent = self._aws.cloudfront.distribution("ESITE").sent(f"outreach-{role}")
        if accepted and any(each.get(origin.HEADER) not in accepted for each in sent):
            return Response(403, {}, b"Forbidden")
        return None

    def _server(self, path: str) -> Response:
        names = self._settings.lambda_
        live = self._aws.lambda_.functions[names.server_name].behind(names.alias)
        if (refused := self._guarded("server")) is not None:
            return refused
        if live.version in self._aws.lambda_.crashing:
            return Response(502, {}, b"Internal Server Error")
        status, text = application.answer(live.code, path)
        return Response(status, {}, text.encode())

    def _object(self, path: str) -> Response:
        stored = self._aws.s3.objects.get(f"_assets{path}")
        if stored is None:
            return Response(404, {}, b"")
        headers = {"content-type": stored.content_type, "cache-control": stored.cache_control}
        return Response(200, headers, stored.body)

    def _invalidate(self, patterns: tuple[str, ...]) -> None:
        for path in [path for path in self._copies if any(matches(each, path) for each in patterns)]:
            del self._copies[path]
