"""Functions at the edge that somebody else gave a path of ours: CloudFront has room for one. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from outreach_ops.behaviours import key
from outreach_ops.errors import OpsError
from outreach_ops.provision.distribution_wanted import ORIGINS, Wanted
from outreach_ops.provision.quantities import Config, items

VIEWER_REQUEST = "viewer-request"
# No behaviour has a CloudFront Function and Lambda@Edge for the same side.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html
VIEWER = (VIEWER_REQUEST, "viewer-response")


def refuse_functions(found: Config | None, wanted: Wanted) -> None:
    """Raises OpsError for a function that ours would replace, or that CloudFront takes none beside."""
    for path, behaviour in _taken(found or {}, wanted):
        theirs = [each["FunctionARN"] for each in _replaced(behaviour, wanted)]
        lambdas = items(behaviour.get("LambdaFunctionAssociations"))
        theirs += [each["LambdaFunctionARN"] for each in lambdas if each["EventType"] in VIEWER]
        if theirs:
            raise OpsError(
                f"visitors of {path} pass {', '.join(theirs)}, and CloudFront takes no second function there "
                f"beside {wanted.host_function_arn.rpartition('/')[2]}",
                "bring what it does into the application, take it off that path in the console, "
                "then run the command again",
            )


def _taken(found: Config, wanted: Wanted) -> Iterator[tuple[str, Config]]:
    """The behaviours that there are and that go to the server function, or will."""
    ours = {key(each.path) for each in wanted.behaviours if each.origin == "server"}
    if "DefaultCacheBehavior" in found:
        yield "every other path (*)", found["DefaultCacheBehavior"]
    for each in items(found.get("CacheBehaviors")):
        if key(each["PathPattern"]) in ours:
            yield each["PathPattern"], each


def _replaced(behaviour: Config, wanted: Wanted) -> list[Config]:
    """At a path that is ours already another function is a change by hand, which is put right."""
    if behaviour["TargetOriginId"] in {wanted.origin_id(origin) for origin in ORIGINS}:
        return []
    there = items(behaviour.get("FunctionAssociations"))
    host = wanted.host_function_arn
    return [each for each in there if each["EventType"] == VIEWER_REQUEST and each["FunctionARN"] != host]
