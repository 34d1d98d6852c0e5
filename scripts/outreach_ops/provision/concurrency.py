"""How many requests a function may work on at a time, which no other function of the account then takes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from outreach_ops.aws.lambda_shell import MISSING
from outreach_ops.aws.session import Aws
from outreach_ops.errors import OpsError
from outreach_ops.provision.step import Act, Resource, Step, Values

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
LEFT_TO_OTHERS = 100
"""What AWS never lets be reserved."""


@dataclasses.dataclass(frozen=True)
class SeenConcurrency:
    """What each function has reserved, None where it has nothing; and what nobody has reserved."""

    reserved: Mapping[str, int | None]
    unreserved: int


@dataclasses.dataclass(frozen=True)
class Concurrency(Resource[SeenConcurrency]):
    """By function, together: they are taken from one account's number."""

    wanted: tuple[tuple[str, int], ...]

    def read(self, aws: Aws) -> SeenConcurrency:
        limit = aws.api("lambda").call("get_account_settings")["AccountLimit"]
        reserved = {}
        for name, _ in self.wanted:
            found = aws.api("lambda").find("get_function_concurrency", MISSING, FunctionName=name) or {}
            reserved[name] = found.get("ReservedConcurrentExecutions")
        return SeenConcurrency(reserved, limit["UnreservedConcurrentExecutions"])

    def decide(self, seen: SeenConcurrency, _known: Values) -> tuple[Step, ...]:
        changed = {name: number for name, number in self.wanted if seen.reserved[name] != number}
        more = sum(number - (seen.reserved[name] or 0) for name, number in changed.items())
        if more > 0 and seen.unreserved - more < LEFT_TO_OTHERS:
            room = max(0, seen.unreserved - LEFT_TO_OTHERS)
            raise OpsError(
                f"{more} more requests at a time cannot be reserved: {room} are free in this account and "
                f"region, because AWS leaves {LEFT_TO_OTHERS} to all other functions",
                "lower lambda_server_concurrency or lambda_image_concurrency, or ask Service Quotas for more",
            )
        return tuple(
            Step(
                "lambda:PutFunctionConcurrency",
                f"function {name}",
                None if seen.reserved[name] is None else {"reserved": seen.reserved[name]},
                {"reserved": number},
            )
            for name, number in changed.items()
        )

    def acts(self) -> Mapping[str, Act]:
        return {"lambda:PutFunctionConcurrency": self._reserve}

    def _reserve(self, aws: Aws, step: Step, _seen: SeenConcurrency, _known: Values) -> None:
        aws.api("lambda").call(
            "put_function_concurrency",
            FunctionName=step.resource.removeprefix("function "),
            ReservedConcurrentExecutions=step.after["reserved"],
        )
