from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from tests.factories import actor_for
from tests.workflows.graphs import PICTURE_GRAPH
from workflows import actions
from workflows.models import Workflow


@pytest.fixture
def workflow(alice: User) -> Workflow:
    """Alice's workflow: a text, a picture made of it, and an output."""
    return make_workflow(alice)


def make_workflow(user: User, name: str = "Lighthouse", **settings: Any) -> Workflow:
    return actions.create_workflow(actor=actor_for(user), name=name, **PICTURE_GRAPH, **settings).workflow
