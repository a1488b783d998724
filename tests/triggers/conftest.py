"""The house of the executions' tests: a store, a sandbox and people who call."""

from __future__ import annotations

import pytest

from tests.executions.conftest import api, engine, house, quick_retries, workflow
from tests.triggers.callers import opened
from workflows.models import Workflow

__all__ = ["api", "engine", "house", "quick_retries", "workflow"]


@pytest.fixture
def webhook_id(workflow: Workflow) -> str:
    return opened(workflow)
