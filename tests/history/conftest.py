"""The house of the engine's tests: a store, a scratch folder and a sandbox of its own for every test."""

from __future__ import annotations

from tests.executions.conftest import house

__all__ = ["house"]
