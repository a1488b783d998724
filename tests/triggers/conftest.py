"""The house of the executions' tests: a store, a sandbox and people who call."""

from __future__ import annotations

from tests.executions.conftest import api, engine, house, quick_retries, workflow

__all__ = ["api", "engine", "house", "quick_retries", "workflow"]
