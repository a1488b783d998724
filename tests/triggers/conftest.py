"""The house of the executions' tests: a store, a sandbox and people who call."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from credits.actions import grant
from tests.executions.conftest import api, engine, house, quick_retries, workflow
from tests.executions.doors import Api
from tests.factories import team_of
from tests.operations.conftest import counting
from tests.triggers.callers import opened
from tests.triggers.guests import EXPOSED, publish
from tests.triggers.timed import timed
from triggers.models import Schedule
from workflows.models import Workflow

__all__ = ["api", "counting", "engine", "house", "quick_retries", "workflow"]


@pytest.fixture
def webhook_id(workflow: Workflow) -> str:
    return opened(workflow)


@pytest.fixture
def slug(api: Api, workflow: Workflow) -> str:
    """Where the workflow is published."""
    answer = publish(api, workflow, slug="words", name="Words app", exposedInputs=[EXPOSED])
    assert answer.status_code == 200
    return answer.json()["data"]["slug"]


@pytest.fixture
def guest(client: Client, charlie: User) -> Api:
    """A caller of another team, who has credits of his own."""
    grant(team=team_of(charlie), amount=50, reason="test")
    return Api(client, charlie)


@pytest.fixture
def schedule(alice: User, workflow: Workflow) -> Schedule:
    return timed(alice, workflow)
