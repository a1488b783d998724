"""What routes call ``<workflow:…>`` and ``<node:…>``: whoever imports this may write it."""

from __future__ import annotations

from django.urls import register_converter


class WorkflowId:
    """Any text but the words that are routes of their own below ``workflows/``."""

    regex = r"(?!(?:executions|lint|generate)(?:/|$))[^/]+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class NodeId(WorkflowId):
    """A client's own name for a node, which may have slashes in it; no address of the API ends with one."""

    regex = r".*[^/]"


register_converter(WorkflowId, "workflow")
register_converter(NodeId, "node")
