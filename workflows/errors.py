"""The refusals of this app. Texts in the API contract are fixed by it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wireflow_ui.errors import Conflict, NotFound, WireflowError
from workflows.problems import Problem


class WorkflowNotFound(NotFound):
    """There is no such workflow for whoever asks."""

    def __init__(self) -> None:
        super().__init__("Workflow not found")


class VersionNotFound(NotFound):
    """The workflow has no such version."""

    def __init__(self) -> None:
        super().__init__("Version not found")


class ComponentNotFound(NotFound):
    """The team has no such component, or not this version of it."""

    def __init__(self) -> None:
        super().__init__("Component not found")


class NodeNotFound(NotFound):
    """The workflow has no such node."""

    def __init__(self) -> None:
        super().__init__("Node not found")


class EmptyGraph(WireflowError):
    """Nodes and edges would be lost by this save."""

    code = "empty_graph"

    def __init__(self) -> None:
        super().__init__(
            "Cannot save workflow with 0 nodes and 0 edges. "
            "This appears to be a frontend bug. Reload the page."
        )


class InvalidField(WireflowError):
    """A field that may not be written here."""

    code = "invalid_field"


class StaleWrite(Conflict):
    """Somebody saved since the caller loaded; nothing was written."""

    code = "stale_write"

    def __init__(self, *, updated_at: str | None, base: str | None, **context: Any) -> None:
        super().__init__(
            "Workflow changed since you loaded it",
            currentUpdatedAt=updated_at,
            yourBaseUpdatedAt=base,
            **context,
        )


class InvalidGraph(WireflowError):
    """The graph has errors that stop a save or an execution."""

    code = "invalid_graph"
    status = 422

    def __init__(
        self,
        violations: Sequence[Problem],
        warnings: Sequence[Problem] = (),
        migrations: Sequence[dict[str, str]] = (),
    ) -> None:
        count = len(violations)
        super().__init__(
            f"Workflow graph failed validation ({count} error{'s' if count != 1 else ''}).",
            violations=[problem.as_wire() for problem in violations],
            warnings=[problem.as_wire() for problem in warnings],
            migrations=list(migrations),
            diagnostics=envelope([*violations, *warnings]),
        )


def envelope(problems: Sequence[Problem], *further: dict[str, Any]) -> dict[str, Any]:
    """The diagnostics of the contract: lint findings as ``graph.<rule>``, and what is given further."""
    diagnostics = [
        {
            "code": f"graph.{problem.rule}",
            "severity": problem.severity,
            "message": problem.message,
            "target": {"nodeId": problem.node_id or None, "sceneIndex": None, "path": problem.field or None},
            "hint": problem.fix or None,
            "docs": None,
        }
        for problem in problems
    ]
    diagnostics += further
    counts = dict.fromkeys(("error", "warning", "info"), 0)
    for diagnostic in diagnostics:
        counts[str(diagnostic["severity"])] += 1
    return {"version": 1, "counts": counts, "diagnostics": diagnostics}
