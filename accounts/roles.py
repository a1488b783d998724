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
