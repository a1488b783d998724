"""Who may do what in a team: the one place that knows.

A role contains every role below it: owner > editor > runner > viewer.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.db import models


class Role(models.TextChoices):
    VIEWER = "viewer", "Viewer"
    RUNNER = "runner", "Runner"
    EDITOR = "editor", "Editor"
    OWNER = "owner", "Owner"


RANK: Mapping[str, int] = MappingProxyType({role.value: rank for rank, role in enumerate(Role)})

ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "view": Role.VIEWER.value,  # see workflows, executions, assets, usage
        "run": Role.RUNNER.value,  # start and cancel executions, upload what they need
        "edit": Role.EDITOR.value,  # create and change workflows, delete those they made; create and delete assets
        "manage": Role.OWNER.value,  # members, other people's keys, the team itself
    }
)


def is_at_least(role: str, needed: str) -> bool:
    """Whether ``role`` contains ``needed``; an unknown role contains nothing."""
    return RANK.get(role, -1) >= RANK[needed]


#: What a role may, in words for whoever gives or has it.
MEANING: Mapping[str, str] = MappingProxyType(
    {
        Role.OWNER.value: "Everything: also members, provider keys, limits, other people’s API keys, and deleting "
        "whatever the team has.",
        Role.EDITOR.value: "Draws and changes workflows, publishes and shares them, sets up webhooks and "
        "schedules, deletes assets and the workflows they made. And all that runners may.",
        Role.RUNNER.value: "Starts, stops and answers runs, uploads media for them, labels runs. Cannot change "
        "workflows. And all that viewers may.",
        Role.VIEWER.value: "Looks at workflows, runs, assets and usage. Cannot start a run or change anything.",
    }
)
