"""The same call for many things at once, ended at the first failure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

from outreach_ops import interrupt

Item = TypeVar("Item")
Result = TypeVar("Result")


def each(
    call: Callable[[Item], Result], items: Iterable[Item], workers: int = 16
) -> Iterator[tuple[Item, Result]]:
    """Every item with its result, as they come; after a failure or Ctrl-C no further call is begun."""
    pool = ThreadPoolExecutor(workers)
    try:
        # A pool does not wait for a thread whose start was interrupted: it could still write.
        with interrupt.deferred() as release:
            begun = {pool.submit(call, item): item for item in items}
            release()
        for done in as_completed(begun):
            yield begun[done], done.result()
    finally:
        # Nor must a second signal leave the calls under way behind.
        with interrupt.deferred() as release:
            pool.shutdown(cancel_futures=True)
            release()
