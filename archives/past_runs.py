"""The executions of an archive, as history: what was under way when it was made ends here as cancelled."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from accounts.models import Team
from archives import shape
from archives.shape import CHANGED, Row, Unfit
from archives.spool import Spool
from executions.events import NODE_KINDS, event_about
from executions.models import GUEST, Batch, Event, Execution, NodeRun
from executions.states import ExecutionStatus, NodeStatus
from executions.wire import execution_summary, node_run_object
from history.models import Mark, MarkKind

ENDED = (
    "The run was under way when its team was exported, and ends here. What was held for it was given back."
)
CODE = "exported"


class PastRuns:
    def __init__(
        self,
        team: Team,
        flows: Collection[str],
        versions: Mapping[int, int],
        person: Callable[[object, str], int | None],
        now: datetime,
        spool: Spool,
    ) -> None:
        self._team = team
        self._flows = flows
        self._versions = versions
        self._person = person
        self._now = now
        self._spool = spool
        #: Number of a node run in the archive → its number here, of those that credits were held for.
        self.priced: dict[int, int] = {}
        self.unfinished = 0
        #: The newest mark of each label.
        self.labels: dict[str, Mark] = {}
        self._batches: set[uuid.UUID] = set()

    def take(self, where: str, row: Row) -> None:
        """The next execution, with all that belongs to it. Raises `Unfit`."""
        version = self._versions.get(row["version"]) if isinstance(row.get("version"), int) else None
        flow_id = row.get("workflow")
        if version is None or (flow_id is not None and flow_id not in self._flows):
            raise Unfit(f"{where} is of a graph that is not in the archive. {CHANGED}")
        execution = Execution(
            team=self._team,
            workflow_id=flow_id,
            version_id=version,
            batch_id=self._batch(row.get("batch"), where),
            started_by_id=self._person(row.get("started_by"), where),
            **shape.values(Execution, shape.EXECUTION, {"row_name": "", "stopped_by": "", **row}, where),
        )
        if execution.trigger == GUEST:
            raise Unfit(f"{where} is of another team's app. {CHANGED}")
        runs: dict[int, NodeRun] = {}
        for one in shape.objects(row, "node_runs", where):
            runs[self._number(one, runs, where)] = self._node_run(execution, one, where)
        events = [self._event(execution, one, runs, where) for one in shape.objects(row, "events", where)]
        if not execution.is_over:
            events += self._end(execution, list(runs.values()), where)
        elif any(not run.is_over for run in runs.values()):
            raise Unfit(f"{where} is over, and a node of it is not. {CHANGED}")
        self._spool.put(execution, *runs.values(), *events)
        self.priced |= {number: run.pk for number, run in runs.items() if run.price or run.credits_used}
        for label in row.get("labels") or ():
            if not isinstance(label, str) or not 1 <= len(label) <= 100:
                raise Unfit(f"{where} has a label that none can be. {CHANGED}")
            mark = Mark(execution=execution, team=self._team, kind=MarkKind.LABEL, value=label)
            mark.created_at = execution.created_at
            self._spool.put(mark)
            newest = self.labels.setdefault(label, mark)
            if newest.created_at < mark.created_at:
                self.labels[label] = mark

    def _batch(self, row: object, where: str) -> uuid.UUID:
        if not isinstance(row, dict):
            raise Unfit(f"{where} is of no batch. {CHANGED}")
        values = shape.values(Batch, ("id", "created_at"), row, where)
        batch_id: uuid.UUID = values["id"]
        if batch_id not in self._batches:
            self._batches.add(batch_id)
            self._spool.put(Batch(team=self._team, **values))
        return batch_id

    def _number(self, row: Row, beside: Collection[int], where: str) -> int:
        number = row.get("id")
        if not isinstance(number, int) or number in beside or number in self.priced:
            raise Unfit(f"{where} has a node run without a number of its own. {CHANGED}")
        return number

    def _node_run(self, execution: Execution, row: Row, where: str) -> NodeRun:
        run = NodeRun(execution=execution, **shape.values(NodeRun, shape.NODE_RUN, row, where))
        _shown(run, where)
        self._spool.number(run)
        return run

    def _event(self, execution: Execution, row: Row, runs: Mapping[int, NodeRun], where: str) -> Event:
        number = row.get("node_run")
        if number is not None and number not in runs:
            raise Unfit(f"{where} has an event of a node run that is not its own. {CHANGED}")
        values = shape.values(Event, shape.EVENT, row, where)
        return Event(execution=execution, node_run=None if number is None else runs[number], **values)

    def _end(self, execution: Execution, runs: list[NodeRun], where: str) -> list[Event]:
        """End a run that was under way; the events that tell of it."""
        self.unfinished += 1
        seq = execution.last_seq
        events = []
        for run in runs:
            if not run.is_over:
                run.status, run.ended_at = NodeStatus.CANCELLED, self._now
                seq += 1
                kind, data = NODE_KINDS[NodeStatus.CANCELLED], _shown(run, where)
                events.append(
                    Event(
                        execution=execution, seq=seq, kind=kind, node_run=run, data=data, created_at=self._now
                    )
                )
        execution.status, execution.ended_at = ExecutionStatus.CANCELLED, self._now
        execution.error, execution.error_code = ENDED, CODE
        execution.last_seq = seq + 1
        last = event_about(execution, execution.last_seq)
        last.execution, last.created_at = execution, self._now
        last.data = execution_summary(execution)
        return [*events, last]


def _shown(run: NodeRun, where: str) -> Row:
    """A node run as pages show it: one that they could not show is refused. Raises `Unfit`."""
    try:
        return node_run_object(run)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise Unfit(f"{where}: what it says of node {run.node_id} cannot be shown. {CHANGED}") from error
