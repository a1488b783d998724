"""Executions, their node runs, the calls they make and the events that tell of them."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.actor import MOST_CALLED
from accounts.gathered import change
from accounts.models import ApiKey, Team
from executions.models.batches import Batch
from executions.states import (
    EXECUTION_OVER,
    NODE_OVER,
    ExecutionStatus,
    NodeStatus,
    SubmissionState,
    execution_sources,
    node_sources,
)
from workflows.models import Version, Workflow

if TYPE_CHECKING:
    from accounts.actor import Actor


class Reuse(models.TextChoices):
    """Which stored results a run may take instead of making them anew."""

    NONE = "none"
    LOCAL = "local", "those of nodes that run on this machine"
    ALL = "all"


#: The trigger of a run of another team's app: whoever pays for it may see its results, and nothing else of it.
GUEST = "guest"
#: The trigger of runs that the rows of a table started.
TABLE = "table"
#: The triggers of runs that somebody starts with their own hand, one at a time; the canvas has the same.
BY_HAND = frozenset({"canvas", "again", "resume"})


class ExecutionQuerySet(models.QuerySet["Execution"]):
    def visible_to(self, actor: Actor) -> ExecutionQuerySet:
        """The executions of the actor's team: the only door to a row by id, but for `paid_by`."""
        return self.paid_by(actor).exclude(trigger=GUEST)

    def paid_by(self, actor: Actor) -> ExecutionQuerySet:
        """Those and the team's runs of other teams' apps, of which `executions.guests` shows what may be seen."""
        return self.filter(team=actor.team, deleted_at=None)

    def deleted_by(self, actor: Actor) -> ExecutionQuerySet:
        """What the actor's team threw away and may still bring back."""
        return self.filter(team=actor.team).exclude(deleted_at=None)


class Noted(models.IntegerChoices):
    """What the history has noted of an execution; see `history.listing`."""

    NOT_YET = 0
    WHILE_OPEN = 1
    AT_ITS_END = 2


class Execution(models.Model):
    """One run of one graph, from the snapshot of its version.

    Foreign keys without an index of their own have one below, together with the time. One in the bin (``deleted_at``)
    is nowhere to be seen, and `history.cleaning` takes it away for good.
    ``is_paused``: it waits for people's decisions, or receivers of what it sends, and for nothing else.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, db_index=False)
    workflow = models.ForeignKey(
        Workflow, on_delete=models.SET_NULL, null=True, related_name="executions", db_index=False
    )
    workflow_name = models.CharField(max_length=200)
    version = models.ForeignKey(Version, on_delete=models.PROTECT, db_index=False)
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="executions")
    run_index = models.IntegerField(default=0)
    input_index = models.IntegerField(default=0)
    row_name = models.CharField(max_length=100, blank=True)

    trigger = models.CharField(max_length=20)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, db_index=False
    )
    api_key = models.ForeignKey(ApiKey, on_delete=models.SET_NULL, null=True, db_index=False)
    inputs = models.JSONField(default=dict)
    trigger_data = models.JSONField(default=dict)
    target_node_id = models.CharField(max_length=128, blank=True)
    targets = models.JSONField(default=list, blank=True)
    anew = models.JSONField(default=list, blank=True)
    reuse = models.CharField(max_length=5, choices=Reuse, default=Reuse.LOCAL)

    status = models.CharField(
        max_length=12, choices=[(s.value, s.value) for s in ExecutionStatus], default=ExecutionStatus.PENDING
    )
    error = models.TextField(blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    warnings = models.JSONField(default=list)
    credits_used = models.BigIntegerField(default=0)
    prices = models.JSONField(default=dict)  # node type → the price it was accepted at, see credits.prices
    last_seq = models.IntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    deadline_at = models.DateTimeField()
    is_paused = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True)
    stopped_by = models.CharField(
        max_length=MOST_CALLED, blank=True
    )  # who cancelled it, as they were called then

    noted = models.SmallIntegerField(choices=Noted, default=Noted.NOT_YET)
    deleted_at = models.DateTimeField(null=True)

    objects = ExecutionQuerySet.as_manager()

    class Meta:
        indexes = [
            # the history page: a team's executions, newest first, all of them and by each of its filters
            models.Index(fields=["team", "-created_at", "id"], name="executions_of_a_team"),
            models.Index(fields=["team", "status", "-created_at", "id"], name="executions_by_status"),
            models.Index(fields=["team", "trigger", "-created_at", "id"], name="executions_by_trigger"),
            models.Index(fields=["workflow", "-created_at", "id"], name="executions_by_workflow"),
            models.Index(fields=["version", "-created_at", "id"], name="executions_by_version"),
            models.Index(fields=["started_by", "-created_at", "id"], name="executions_by_person"),
            models.Index(fields=["api_key", "-created_at", "id"], name="executions_by_key"),
            models.Index(
                fields=["team", "-created_at", "id"],
                condition=models.Q(deleted_at__isnull=False),
                name="executions_in_the_bin",
            ),
            # the history's own clerk, and its cleaner
            models.Index(
                fields=["created_at"], condition=models.Q(noted=Noted.NOT_YET), name="executions_to_note"
            ),
            models.Index(
                fields=["deleted_at"],
                condition=models.Q(deleted_at__isnull=False),
                name="executions_thrown_away",
            ),
            # the sweeper: what is still open
            models.Index(
                fields=["deadline_at"],
                condition=models.Q(status__in=[ExecutionStatus.PENDING, ExecutionStatus.RUNNING]),
                name="open_executions",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.workflow_name} {self.id}"

    @staticmethod
    def move(execution_id: uuid.UUID, *, to: ExecutionStatus, **changes: Any) -> bool:
        """Move this one execution; False means it was moved by somebody else first, or is over."""
        where = {"pk": execution_id, "status": execution_sources(to)}
        return change(Execution, where, status=to, **changes)

    @property
    def is_over(self) -> bool:
        return self.status in EXECUTION_OVER

    @property
    def is_guest(self) -> bool:
        return self.trigger == GUEST

    @property
    def all_targets(self) -> tuple[str, ...]:
        """The nodes that are wanted; none means all of them."""
        return (*([self.target_node_id] if self.target_node_id else []), *self.targets)

    @property
    def never_reused(self) -> frozenset[str]:
        """The nodes that are made anew even where there is a stored result."""
        return frozenset([self.target_node_id, *self.anew])


class GoneExecution(models.Model):
    """What stays of an execution that was taken away for good, so that the ledger can still be proved."""

    id = models.UUIDField(primary_key=True, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    workflow_name = models.CharField(max_length=200)
    credits_used = models.BigIntegerField()
    created_at = models.DateTimeField()
    gone_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.workflow_name} {self.id}"


class NodeRunQuerySet(models.QuerySet["NodeRun"]):
    def move_many(self, *, to: NodeStatus, **changes: Any) -> int:
        """Move all of these that may; the count says how many did."""
        return self.filter(status__in=node_sources(to)).update(status=to, **changes)

    def held_by(self, attempt: int) -> NodeRunQuerySet:
        """Only while this attempt still owns it: the fencing token of every later write."""
        return self.filter(attempt=attempt)


class WaitFor(models.TextChoices):
    """What a WAITING node run waits for; with the two places a READY one waits for one, see `executions.places`."""

    RESULT = "result", "the provider's result"
    RETRY = "retry", "the time of the next try"
    PLACE = "place", "a free place at its provider"
    SHARE = "share", "a free place among those that the team's plan allows"
    PERSON = "person", "a person's decision, see `executions.decisions`"
    DELIVERY = "delivery", "a receiver that takes what it sends, see `executions.outbox`"


class NodeRun(models.Model):
    """One node in one execution, once per item where a list fans out.

    ``item_path`` is the item's place as text: "" outside every list, "2" the third item, "0.3" nested.
    ``attempt`` counts claims and is the fencing token; ``tries`` counts failures that use up a try. ``fell_back`` says
    why its own model was given up; since then ``node_type`` is that of the fallback. ``question`` is what a person was
    asked and answered, see `executions.questions`. ``notice`` is a sentence about how it was done, such as that
    pictures were made smaller for the provider.
    """

    execution = models.ForeignKey(Execution, on_delete=models.CASCADE, related_name="node_runs")
    node_id = models.CharField(max_length=128)
    item_path = models.CharField(max_length=40, blank=True)
    node_type = models.CharField(max_length=100)
    label = models.CharField(max_length=200)
    position = models.IntegerField()

    status = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in NodeStatus], default=NodeStatus.PENDING
    )
    attempt = models.IntegerField(default=0)
    tries = models.IntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    wait_for = models.CharField(max_length=10, choices=WaitFor, blank=True)
    due_at = models.DateTimeField(null=True)
    polls = models.IntegerField(default=0)
    progress = models.FloatField(null=True)

    question = models.JSONField(null=True)
    output = models.JSONField(null=True)
    error = models.TextField(blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    skip_reason = models.CharField(max_length=20, blank=True)
    is_cached = models.BooleanField(default=False)
    content_hash = models.CharField(max_length=64, blank=True)
    provider = models.CharField(max_length=30, blank=True)
    request_id = models.CharField(max_length=200, blank=True)
    fell_back = models.TextField(blank=True)
    notice = models.TextField(blank=True)
    price = models.BigIntegerField(default=0)
    credits_used = models.BigIntegerField(default=0)
    ready_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = NodeRunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["execution", "node_id", "item_path"], name="one_run_per_node_and_item"
            )
        ]
        indexes = [
            # the sweeper: work nobody took, leases run out, polls and tries that are due
            models.Index(
                fields=["ready_at"], condition=models.Q(status=NodeStatus.READY), name="ready_node_runs"
            ),
            models.Index(
                fields=["lease_until"], condition=models.Q(status=NodeStatus.RUNNING), name="leased_node_runs"
            ),
            models.Index(
                fields=["due_at"], condition=models.Q(status=NodeStatus.WAITING), name="waiting_node_runs"
            ),
            # what waits for people, the longest first
            models.Index(
                fields=["started_at", "id"],
                condition=models.Q(status=NodeStatus.WAITING, wait_for="person"),
                name="open_questions",
            ),
            # reuse: the newest result with the same content
            models.Index(
                fields=["content_hash", "-id"],
                condition=models.Q(status=NodeStatus.COMPLETED) & ~models.Q(content_hash=""),
                name="results_by_content",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.node_id} {self.item_path}".strip()

    @staticmethod
    def move(node_run_id: int, *, to: NodeStatus, held_by: int | None = None, **changes: Any) -> bool:
        """Move this one node run; with ``held_by`` only while this attempt still owns it.

        False means somebody else moved it first, or owns it now, or it is over. Inside `accounts.gathered.together` it
        is True, and such a one raises `Overtaken` when the changes are sent.
        """
        where: dict[str, Any] = {"pk": node_run_id, "status": node_sources(to)}
        if held_by is not None:
            where["attempt"] = held_by
        return change(NodeRun, where, status=to, **changes)

    @property
    def hold_reference(self) -> str:
        return hold_reference(self.pk)

    @property
    def is_over(self) -> bool:
        return self.status in NODE_OVER

    @property
    def path(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.item_path.split(".")) if self.item_path else ()


def hold_reference(node_run_id: int) -> str:
    """The name under which credits are held for a node run."""
    return f"node-run:{node_run_id}"


class Submission(models.Model):
    """One intended call to a provider, written before it is made.

    The idempotency key belongs to the submission: trying it again sends the same key. ``calls`` counts how
    often it was sent, ``duplicate_possible`` says that an earlier call of this node run may have been carried
    out as well. ``model`` is the one that the chosen route names; ``passed_on`` says that its provider failed and the
    node run went on with the next route. ``own_key``: with the team's own key, by which its job is known there.
    """

    node_run = models.ForeignKey(NodeRun, on_delete=models.CASCADE, related_name="submissions")
    number = models.IntegerField()
    provider = models.CharField(max_length=30)
    model = models.CharField(max_length=200, blank=True)
    idempotency_key = models.CharField(max_length=64, unique=True)
    request_hash = models.CharField(max_length=64)
    state = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in SubmissionState], default=SubmissionState.INTENT
    )
    calls = models.IntegerField(default=1)
    provider_ref = models.CharField(max_length=200, null=True)  # noqa: DJ001  # unique where it is known
    duplicate_possible = models.BooleanField(default=False)
    passed_on = models.BooleanField(default=False)
    own_key = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["node_run", "number"], name="one_submission_per_number"),
            models.UniqueConstraint(fields=["provider", "provider_ref"], name="one_submission_per_reference"),
        ]
        indexes = [
            # the learned latency of a provider's route: its last successes
            models.Index(fields=["provider", "state", "-id"], name="submissions_by_provider"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.number} of {self.node_run_id}"


class Breaker(models.Model):
    """How a provider has been doing; see `executions.breakers`. ``open_until``: not to be called before."""

    provider = models.CharField(max_length=60, primary_key=True)
    faults = models.IntegerField(default=0)
    since = models.DateTimeField(default=timezone.now)
    open_until = models.DateTimeField(null=True)
    openings = models.IntegerField(default=0)
    reason = models.TextField(blank=True)
    code = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return self.provider


class RouteTime(models.Model):
    """How long the last jobs of one way to run a node type took; see `executions.engine.durations`."""

    route = models.CharField(max_length=400, primary_key=True)
    seconds = models.JSONField(default=list)

    def __str__(self) -> str:
        return self.route


class Event(models.Model):
    """What happened in an execution, numbered in the order of commits."""

    execution = models.ForeignKey(Execution, on_delete=models.CASCADE, related_name="events")
    seq = models.IntegerField()
    kind = models.CharField(max_length=30)
    node_run = models.ForeignKey(NodeRun, on_delete=models.CASCADE, null=True)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["execution", "seq"], name="one_event_per_seq")]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"


class IdempotencyKey(models.Model):
    """The stored answer of a call that may be made again with the same key."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE)
    door = models.CharField(max_length=300)  # method and path
    key = models.CharField(max_length=255)
    body_hash = models.CharField(max_length=64)
    status = models.IntegerField()
    body = models.TextField()
    location = models.CharField(max_length=300, blank=True)
    execution = models.ForeignKey(Execution, on_delete=models.CASCADE, null=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "door", "key"], name="one_answer_per_idempotency_key")
        ]

    def __str__(self) -> str:
        return self.key
