"""The child processes of this process that open untrusted files."""

from __future__ import annotations

from functools import cache
from threading import Lock

from django.conf import settings

from providers.local.pool import ChildPool

_making = Lock()


@cache
def _pool() -> ChildPool:
    return ChildPool(settings.LOCAL_CHILDREN, settings.LOCAL_CHILD_MEMORY_MB)


def pool() -> ChildPool:
    """The one `ChildPool` of this process, made on first use."""
    with _making:  # `cache` alone may call twice when two threads come first together
        return _pool()


def close_pool() -> None:
    """End the children, when there are any; who needs one afterwards gets a refusal that may be retried."""
    with _making:
        if _pool.cache_info().currsize:
            _pool().close()
