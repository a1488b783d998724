"""The tables of the workflows, by what they are about."""

from workflows.models.graphs import Edge, Node, Reason, Snapshot, Version
from workflows.models.keeping import Component, ComponentVersion, TeamTemplate
from workflows.models.workflows import (
    NEWEST_FIRST,
    Edit,
    LinkPermission,
    Listed,
    PieceEdit,
    Workflow,
    listed_for,
    now_in_milliseconds,
)

__all__ = [
    "NEWEST_FIRST",
    "Component",
    "ComponentVersion",
    "Edge",
    "Edit",
    "LinkPermission",
    "Listed",
    "Node",
    "PieceEdit",
    "Reason",
    "Snapshot",
    "TeamTemplate",
    "Version",
    "Workflow",
    "listed_for",
    "now_in_milliseconds",
]
