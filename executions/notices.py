"""Whom a run is told to when nobody watches it: when it fails, and when it waits for a decision."""

from __future__ import annotations

from collections.abc import Sequence

from accounts import notices
from accounts.models import Member
from accounts.roles import RANK, Role
from executions.captions import caption_of
from executions.models import Execution, NodeRun
from executions.states import ExecutionStatus

#: What starts runs with nobody there.
UNATTENDED = ("webhook", "schedule")
MOST_CAPTION = 80


def tell_of_end(execution: Execution) -> None:
    """A run that nobody started by hand has failed: its team's editors are told, once an hour for a workflow."""
    failed = execution.status in (ExecutionStatus.FAILED, ExecutionStatus.TIMEOUT)
    if not failed or execution.trigger not in UNATTENDED or execution.ended_at is None:
        return
    notices.tell(
        team_id=execution.team_id,
        kind="failed",
        key=f"failed:{execution.workflow_id}:{execution.ended_at:%Y%m%d%H}",
        text=f"A run of {_named(execution)} that a {execution.trigger} started has failed: "
        f"{execution.error[:160] or 'no reason was told'}",
        link=f"/executions/{execution.pk}",
        users=notices.members_of(execution.team_id, Role.EDITOR),
    )


def tell_of_questions(execution: Execution, rows: Sequence[NodeRun]) -> None:
    """Nodes ask: whoever may decide is told, once for each node of a run."""
    for row in rows:
        if row.question is None:
            continue
        approvers = str(row.question["approvers"]).lower()
        if approvers in RANK or not approvers:
            users = notices.members_of(execution.team_id, approvers or Role.RUNNER)
        else:
            one = Member.objects.filter(team=execution.team_id, user__email=approvers)
            users = list(one.values_list("user", flat=True))
        notices.tell(
            team_id=execution.team_id,
            kind="approval",
            key=f"approval:{execution.pk}:{row.node_id}"[:120],
            text=f"“{row.label[:100]}” of {_named(execution)} waits for a decision.",
            link=f"/executions/{execution.pk}",
            users=users,
        )


def _named(execution: Execution) -> str:
    """By its workflow, and by what tells it apart from others of that."""
    caption = caption_of(execution)
    if len(caption) > MOST_CAPTION:
        caption = f"{caption[: MOST_CAPTION - 1].rstrip()}…"
    return f"“{execution.workflow_name[:80]}”" + (f" ({caption})" if caption else "")
