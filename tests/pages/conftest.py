"""The house of the engine's tests: runs that pages show are carried out at once."""

from __future__ import annotations

from tests.executions.conftest import house

__all__ = ["house"]
