"""One execution as a socket tells it: how it stands, then every event after that, each once and in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from accounts.statements import AtLeast, select
from executions.events import OVER_KINDS, event_object
from executions.models import Event, Execution, NodeRun
from executions.runs import ended_just_now, graph_of
from executions.wire import execution_object
from workflows.graph import Graph

MOST_EVENTS = 500

Frame = dict[str, Any]


class Story:
    """How much of an execution one listener was told. ``within`` are conditions that its row must meet."""

    def __init__(self, execution_id: UUID, within: Mapping[str, Any]) -> None:
        self.execution_id = execution_id
        self.is_over = False
        self._within = within
        self._seen: int | None = None

    def frames(self) -> list[Frame]:
        """What there is to tell since the last call, read from the database: at first a snapshot, then events.

        Empty when there is nothing new; without an execution to tell of, the story is over.
        """
        if self.is_over:
            return []
        if self._seen is None:
            return self._snapshot()
        after = {"execution": self.execution_id, "seq": AtLeast(self._seen + 1)}
        events = [event_object(event) for event in select(Event, after)]
        if events:
            self._seen = events[-1]["seq"]
            self.is_over = any(event["kind"] in OVER_KINDS for event in events)
        parts = [events[start : start + MOST_EVENTS] for start in range(0, len(events), MOST_EVENTS)]
        return [
            {"type": "events", "executionId": str(self.execution_id), "events": part, "seq": part[-1]["seq"]}
            for part in parts
        ]

    def at_hand(self) -> list[Frame] | None:
        """`frames`, where they can be told without a question to the database: of a run that ended here just now."""
        run = ended_just_now(self.execution_id) if self._seen is None else None
        if run is None or self.is_over:
            return None
        if any(getattr(run.execution, f"{name}_id") != value for name, value in self._within.items()):
            return None
        return self._told_whole(run.execution, run.graph, run.rows.values())

    def _snapshot(self) -> list[Frame]:
        # The execution first: events that commit meanwhile carry a higher number and are sent after it.
        for execution in select(Execution, {"pk": self.execution_id, **self._within}):
            runs = select(NodeRun, {"execution": self.execution_id})
            return self._told_whole(execution, graph_of(execution), runs)
        self.is_over = True
        return []

    def _told_whole(self, execution: Execution, graph: Graph, runs: Iterable[NodeRun]) -> list[Frame]:
        if execution.is_guest:  # `executions.guests` alone shows what may be seen of it
            self.is_over = True
            return []
        self._seen, self.is_over = execution.last_seq, execution.is_over
        in_order = sorted(runs, key=lambda run: (run.position, run.pk))
        return [
            {"type": "snapshot", "execution": execution_object(execution, graph, in_order), "seq": self._seen}
        ]
