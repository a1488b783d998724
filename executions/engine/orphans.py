"""Jobs that run on at a provider for node runs that are over: nobody will take their results."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.utils import timezone

from executions.clock import in_seconds
from executions.models import Submission
from executions.states import NODE_OVER, SubmissionState

#: A provider that cannot be reached is asked to stop a job for so long after the node run's end.
TRIED_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Job:
    """A job to stop."""

    submission_id: int
    provider: str
    ref: str
    team_id: int
    own_key: bool


def of_node_runs(node_run_ids: Collection[int]) -> list[Job]:
    """The jobs still under way for those of the node runs that are over."""
    sent = Submission.objects.filter(
        node_run__in=list(node_run_ids), node_run__status__in=NODE_OVER, state=SubmissionState.SENT
    )
    jobs = sent.values_list("pk", "provider", "provider_ref", "node_run__execution__team", "own_key")
    return [Job(pk, provider, ref, team, own) for pk, provider, ref, team, own in jobs if ref]


def node_runs_with_orphans() -> list[int]:
    """Node runs that ended not long ago and left a job behind."""
    sent = Submission.objects.filter(
        state=SubmissionState.SENT,
        node_run__status__in=NODE_OVER,
        node_run__ended_at__gt=in_seconds(-TRIED_SECONDS),
    )
    return list(sent.values_list("node_run", flat=True))


def close(submission_id: int) -> None:
    """The provider was asked to stop it."""
    Submission.objects.filter(pk=submission_id, state=SubmissionState.SENT).update(
        state=SubmissionState.FAILED, ended_at=timezone.now()
    )
