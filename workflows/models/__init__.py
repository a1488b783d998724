"""The tables of the workflows, by what they are about."""

from workflows.models.graphs import Edge, Node, Reason, Snapshot, Version
from workflows.models.keeping import Component, ComponentVersion, TeamTemplate
from workflows.models.workflows import (
    NEWEST_FIRST,
    Author,
    Edit,
    LinkPermission,
    Listed,
    Workflow,
    listed_for,
    now_in_milliseconds,
)

__all__ = [
    "NEWEST_FIRST",
    "Author",
    "Component",
    "ComponentVersion",
    "Edge",
    "Edit",
    "LinkPermission",
    "Listed",
    "Node",
    "Reason",
    "Snapshot",
    "TeamTemplate",
    "Version",
    "Workflow",
    "listed_for",
    "now_in_milliseconds",
]
