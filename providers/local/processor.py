"""How much of the processor a file may take. The kernel keeps count, so no library can be too busy to notice."""

from __future__ import annotations

import math
import resource
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def at_most(seconds: int | None) -> Iterator[None]:
    """Let what is inside take so many seconds of the processor; then SIGXCPU ends this process, a child of the pool.

    A second more may pass: the kernel counts whole ones. With None there is no limit.
    """
    if seconds is None:
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_CPU)
    used = resource.getrusage(resource.RUSAGE_SELF)
    limits = [math.ceil(used.ru_utime + used.ru_stime) + seconds]
    limits += [
        limit for limit in before if limit != resource.RLIM_INFINITY
    ]  # those of whoever started the server
    resource.setrlimit(resource.RLIMIT_CPU, (min(limits), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CPU, before)
