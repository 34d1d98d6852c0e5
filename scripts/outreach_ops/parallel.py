"""The same call for many things at once, ended at the first failure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def each(
    call: Callable[[Item], Result], items: Iterable[Item], workers: int = 16
) -> Iterator[tuple[Item, Result]]:
    """Every item with its result, as they come; after a failure or Ctrl-C no further call is begun."""
    pool = ThreadPoolExecutor(workers)
    try:
        begun = {pool.submit(call, item): item for item in items}
        for done in as_completed(begun):
            yield begun[done], done.result()
    finally:
        pool.shutdown(cancel_futures=True)
