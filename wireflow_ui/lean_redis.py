"""Imports the Redis client without what it would load of OpenTelemetry.

Where OpenTelemetry is installed, redis-py imports its metrics, some sixty modules, for a feature that we do not use:
45 ms of every start. Told that there is none, it goes on without.
"""

from __future__ import annotations

import sys
from typing import Any


def import_redis() -> None:
    """Must come before anything else imports it; does nothing when something has."""
    if "redis" in sys.modules or "opentelemetry" in sys.modules:
        return
    modules: dict[str, Any] = sys.modules
    modules["opentelemetry"] = None  # Python's own way to say that a module cannot be imported
    try:
        import redis  # noqa: F401
    finally:
        del modules["opentelemetry"]
