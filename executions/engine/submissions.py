"""The calls of a node run: which one to make now, or to go on with, after those that were made before."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.rows import new
from accounts.statements import Plus, select, update
from executions.models import NodeRun, Submission
from executions.providers import Choice, takes_keys
from executions.states import SubmissionState
from providers.errors import ProviderError

#: A call in one of these states may have been made, or its job goes on.
UNDER_WAY = (SubmissionState.INTENT, SubmissionState.SENT, SubmissionState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Sent:
    """The submission behind a call: its number, its key, and once the provider took it its reference and when."""

    id: int
    key: str
    ref: str = ""
    sent_at: datetime | None = None
    is_told: bool = False  # the provider told that its job is over


class TwiceUnknown(ProviderError):
    """Two calls were made, and of neither is it known what became of it."""

    code = "unknown_outcome"


def calls_of(node_run_ids: Collection[int]) -> Mapping[int, Sequence[Submission]]:
    """The submissions of node runs, in their order; a node run without any is not among them."""
    calls: defaultdict[int, list[Submission]] = defaultdict(list)
    if node_run_ids:
        for one in select(Submission, {"node_run": node_run_ids}, order=("node_run", "number")):
            calls[one.node_run_id].append(one)
    return calls


def submission_for(
    row: NodeRun, request_hash: str, choice: Choice, calls: Sequence[Submission]
) -> Sent | Submission:
    """The submission to go on with, or a new one that is to be stored before the call is made.

    An earlier one in INTENT or UNKNOWN was made, or not, by a process that died: with a provider that takes keys the
    same one is sent again; with another one once more, marked as a possible duplicate; a second time it fails. None of
    the providers can be asked for a job by a reference of ours.
    """
    last = calls[-1] if calls else None
    if last is not None and last.state == SubmissionState.SENT:
        is_told = last.told_at is not None
        return Sent(last.pk, last.idempotency_key, last.provider_ref or "", last.sent_at, is_told)
    if last is not None and last.state in (SubmissionState.INTENT, SubmissionState.UNKNOWN):
        if takes_keys(row.provider):
            update(Submission, {"pk": last.pk}, calls=Plus(1), state=SubmissionState.INTENT)
            return Sent(last.pk, last.idempotency_key)
        if last.duplicate_possible:
            raise TwiceUnknown(
                "The provider was called twice without an answer reaching us. The credits were given back; "
                "check there before running it again."
            )
        update(Submission, {"pk": last.pk}, state=SubmissionState.UNKNOWN)
    number = last.number + 1 if last is not None else 1
    return new(
        Submission,
        node_run_id=row.pk,
        number=number,
        provider=row.provider,
        model=choice.model[:200],
        own_key=choice.own_key,
        idempotency_key=hashlib.sha256(f"node-run:{row.pk}:{number}:{row.execution_id}".encode()).hexdigest(),
        request_hash=request_hash,
        duplicate_possible=last is not None and last.state != SubmissionState.FAILED,
    )
