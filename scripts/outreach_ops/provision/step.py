"""Plans as data: each resource is read, decided on without I/O, and acted on by a list of calls."""

from __future__ import annotations

import abc
import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, Generic, TypeVar

from outreach_ops.aws.errors import CHANGED_MEANWHILE, AwsError
from outreach_ops.aws.session import Aws
from outreach_ops.errors import OpsError

KNOWN_LATER = "(known after creation)"
"""Stands for a value that AWS makes up at creation, in every prediction made before that."""

APPEAR_SECONDS = 90
ATTEMPTS = 3
"""How often something is read and decided on anew because somebody else changes it too."""

Seen = TypeVar("Seen")
Found = TypeVar("Found")
Values = Mapping[str, Any]
Act = Callable[[Aws, "Step", Any, Values], Values | None]
"""Makes one step, from what was read and what is known; returns the values that only the answer has."""


@dataclasses.dataclass(frozen=True)
class Step:
    """One writing call in the user's terms; `before` is None for what does not exist. Holds no secret."""

    call: str
    resource: str
    before: Any
    after: Any


class MissingError(OpsError):
    """Something that this tool uses and does not make is not there."""


class Resource(abc.ABC, Generic[Seen]):
    """Something in AWS that is kept as the inventory says; a frozen dataclass of what is wanted."""

    patience: ClassVar[int] = 0
    """Seconds that `pending` is waited for."""
    stock: ClassVar[bool] = False
    """True when the role acts on the steps with a stock module, and no act stands here."""

    @abc.abstractmethod
    def read(self, aws: Aws) -> Seen:
        """What AWS has now; makes reading calls only."""

    @abc.abstractmethod
    def decide(self, seen: Seen, known: Values) -> tuple[Step, ...]:
        """The writing calls that are needed, in order; pure. `known` has the values of earlier resources."""

    def acts(self) -> Mapping[str, Act]:
        """What makes each call that `decide` may name."""
        return {}

    def values(self, _seen: Seen) -> Values:
        """What later resources and roles need to know; KNOWN_LATER for what is not there yet."""
        return {}

    def require(self, _seen: Seen) -> None:
        """Raises MissingError when a run (not a check) cannot go on without it."""

    def pending(self, _seen: Seen) -> str | None:
        """What AWS still works on, in words; None when it has settled."""
        return None

    def gone(self, _seen: Seen) -> OpsError | None:
        """Why nothing is left to wait for, when AWS has given up; None while it has not."""
        return None


@dataclasses.dataclass(frozen=True)
class Lookup(Resource[Any]):
    """A value that another role makes: unknown in a check before that, required in a run."""

    name: str
    what: str
    fix: str
    find: Callable[[Aws], Any]

    def read(self, aws: Aws) -> Any:
        return self.find(aws)

    def decide(self, _seen: Any, _known: Values) -> tuple[Step, ...]:
        return ()

    def values(self, seen: Any) -> Values:
        return {self.name: KNOWN_LATER if seen is None else seen}

    def require(self, seen: Any) -> None:
        if seen is None:
            raise MissingError(f"there is no {self.what}", self.fix)


class Existing(Lookup):
    """A value that must be there before anything else, in a check too."""

    def decide(self, seen: Any, _known: Values) -> tuple[Step, ...]:
        self.require(seen)
        return ()


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What was done, or in a check would be; `left` are the steps for the role's stock module."""

    steps: tuple[Step, ...]
    left: tuple[Step, ...]
    values: Values
    pending: str | None


def converge(
    aws: Aws,
    resources: Sequence[Resource[Any]],
    *,
    check: bool,
    wait: bool = True,
    notify: Callable[[str], None] = print,
    sleep: Callable[[float], None] = time.sleep,
) -> Outcome:
    """Brings `resources` to what is wanted; in a check makes no writing call and predicts each."""
    reader = aws.read_only()
    # Together, because no read depends on another: a role takes as long as its slowest read.
    with ThreadPoolExecutor(max_workers=8) as pool:
        read = list(pool.map(lambda resource: resource.read(reader), resources))
    if not check:
        for resource, seen in zip(resources, read, strict=True):
            resource.require(seen)
    steps: list[Step] = []
    left: list[Step] = []
    known: dict[str, Any] = {}
    waiting = None
    for resource, seen in zip(resources, read, strict=True):
        planned = resource.decide(seen, known)
        (left if resource.stock else steps).extend(planned)
        if not check:
            if planned and not resource.stock:
                seen = _make(aws, resource, planned, seen, known)
            if wait:
                seen = _settle(reader, resource, seen, notify, sleep)
        waiting = waiting or resource.pending(seen)
        known |= resource.values(seen)
    return Outcome(tuple(steps), tuple(left), known, waiting)


def _make(aws: Aws, resource: Resource[Any], steps: Sequence[Step], seen: Any, known: Values) -> Any:
    for attempt in range(ATTEMPTS):
        try:
            _act(aws, resource, steps, seen, known)
            break
        except AwsError as error:
            if error.code not in CHANGED_MEANWHILE or attempt == ATTEMPTS - 1:
                raise
        seen = resource.read(aws.read_only())
        steps = resource.decide(seen, known)
    return resource.read(aws.read_only())


def _act(aws: Aws, resource: Resource[Any], steps: Sequence[Step], seen: Any, known: Values) -> None:
    acts, learnt = resource.acts(), dict(known)
    for step in steps:
        learnt |= acts[step.call](aws, step, seen, learnt) or {}


def _settle(
    reader: Aws,
    resource: Resource[Any],
    seen: Any,
    notify: Callable[[str], None],
    sleep: Callable[[float], None],
) -> Any:
    waited, delay = 0, 5
    while (reason := resource.pending(seen)) is not None:
        if (gone := resource.gone(seen)) is not None:
            raise gone
        if waited >= resource.patience:
            raise OpsError(
                f"after {waited} seconds still: {reason}",
                "run the command again: it goes on waiting where this one stopped",
            )
        notify(f"{reason} ({waited} s of at most {resource.patience} s; Ctrl-C is safe)")
        sleep(delay)
        waited += delay
        seen = resource.read(reader)
    return seen


def appear(look: Callable[[], Found | None], what: str, sleep: Callable[[float], None] = time.sleep) -> Found:
    """What `look` finds, once it does: AWS's lists lag behind what it has just made."""
    for _ in range(APPEAR_SECONDS // 2):
        if (found := look()) is not None:
            return found
        sleep(2)
    raise OpsError(
        f"{what} was made, but AWS does not show it after {APPEAR_SECONDS} seconds",
        "run the command again: it goes on with what was made",
    )


def call_name(service: str, operation: str) -> str:
    """A boto3 operation as steps and permissions name it: s3, put_bucket_policy -> s3:PutBucketPolicy."""
    return f"{service}:{operation.title().replace('_', '')}"
