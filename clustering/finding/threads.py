"""Work cut into parts that threads take from one queue.

Two halves for two threads would wait for the slower one, as on a busy machine one is. The parts
are the same however many threads there are, and each is computed by one alone, so that rounding
owes nothing to their number either.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from threading import current_thread
from typing import ParamSpec, TypeVar

from threadpoolctl import threadpool_limits

Part = TypeVar("Part")
Result = TypeVar("Result")
P = ParamSpec("P")

THREADS = os.cpu_count() or 1
NAME = "finding"


def blas_on_one_thread(function: Callable[P, Result]) -> Callable[P, Result]:
    """While it runs, BLAS starts no threads of its own, which would wait for one another."""

    @wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> Result:
        with threadpool_limits(1, user_api="blas"):
            return function(*args, **kwargs)

    return limited


def in_parts(function: Callable[[Part], Result], parts: Sequence[Part]) -> list[Result]:
    """``function`` of each part, in order; for numpy's and scipy's work, which needs no GIL.

    What it calls is not divided further.
    """
    if min(THREADS, len(parts)) < 2 or current_thread().name.startswith(NAME):
        return [function(part) for part in parts]
    with ThreadPoolExecutor(THREADS, NAME) as pool:
        return list(pool.map(function, parts))


def slices(n: int, size: int) -> list[slice]:
    return [slice(start, min(start + size, n)) for start in range(0, n, size)]
