"""Doors besides the canvas and REST: webhooks, published apps, schedules. And what is delivered, or written to us."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from accounts.models import Member, Team
from executions.letters import MOST_ADDRESS_LETTERS
from executions.models import Execution, NodeRun
from triggers.timetable import Timetable, read_times
from workflows.models import Version, Workflow

if TYPE_CHECKING:
    from accounts.actor import Actor

MOST_CREDITS_PER_DAY = 1_000_000
MOST_CALLS_PER_MINUTE = 600
MOST_LATE_MINUTES = 24 * 60


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def visible_to(self, actor: Actor) -> WebhookQuerySet:
        """Those of the actor's team, for whoever may set them up."""
        mine = self.filter(workflow__team=actor.team, workflow__deleted_at=None)
        return mine if actor.may("edit") else mine.none()


class WebhookCallQuerySet(models.QuerySet["WebhookCall"]):
    def visible_to(self, actor: Actor) -> WebhookCallQuerySet:
        return self.filter(webhook__in=Webhook.objects.visible_to(actor))


class Webhook(models.Model):
    """Lets whoever knows its address start the workflow, within limits of its own.

    The id, and with it whether the webhook is on, lives on the workflow (`workflows.webhook_ids`). This row is the
    lock: calls and changes of one webhook take turns. ``takes_workflow_id`` lets the workflow's id stand for it.
    """

    workflow = models.OneToOneField(Workflow, on_delete=models.CASCADE, related_name="webhook")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    takes_workflow_id = models.BooleanField(default=True)
    credits_per_day = models.PositiveIntegerField(
        default=1_000, validators=[MinValueValidator(0), MaxValueValidator(MOST_CREDITS_PER_DAY)]
    )
    calls_per_minute = models.PositiveIntegerField(
        default=60, validators=[MinValueValidator(1), MaxValueValidator(MOST_CALLS_PER_MINUTE)]
    )

    objects = WebhookQuerySet.as_manager()

    def __str__(self) -> str:
        return f"webhook of {self.workflow_id}"


class WebhookCall(models.Model):
    """What became of a call of a webhook, for the people who set it up. Only the last ones are kept.

    Calls that its limits refuse in one minute are one row: ``times`` says how many they were.
    """

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="calls")
    at = models.DateTimeField(default=timezone.now)
    status = models.PositiveSmallIntegerField()
    error = models.CharField(max_length=300, blank=True)
    times = models.PositiveIntegerField(default=1)
    execution = models.ForeignKey(Execution, on_delete=models.SET_NULL, null=True, related_name="+")

    objects = WebhookCallQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.status} at {self.at:%Y-%m-%d %H:%M:%S}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def visible_to(self, actor: Actor) -> DeliveryQuerySet:
        """Those of executions that the actor's team may see."""
        seen = Execution.objects.visible_to(actor).filter(pk=models.OuterRef("execution"))
        return self.filter(models.Exists(seen))


class DeliveryState(models.TextChoices):
    OPEN = "open", "being delivered"
    DELIVERED = "delivered", "delivered"
    FAILED = "failed", "not delivered"
    STOPPED = "stopped", "stopped with its run"


class Delivery(models.Model):
    """A result on its way to somebody's address: one per node run that sends, written as the node run begins to wait.

    ``address`` and the values of ``headers`` may name secrets, which are opened for the call alone. The id and the
    bytes of ``body`` are the same each time it is sent. ``tries`` counts claims and is the fencing token; while it is
    OPEN it is sent when ``due_at`` has come, and until it was tried ``most_tries`` times. ``log`` has an entry for each
    try: ``at``, ``status`` (0 without an answer), ``said``, ``ms``. ``sent_again``: a person asked for that, and no run
    waits for it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    execution = models.ForeignKey(Execution, on_delete=models.CASCADE, related_name="deliveries")
    node_run = models.OneToOneField(NodeRun, on_delete=models.CASCADE, related_name="delivery")
    created_at = models.DateTimeField(default=timezone.now)

    address = models.CharField(max_length=MOST_ADDRESS_LETTERS)
    headers = models.JSONField(default=dict)
    is_signed = models.BooleanField(default=True)
    may_fail = models.BooleanField(default=False)
    body = models.TextField()

    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.OPEN)
    tries = models.IntegerField(default=0)
    most_tries = models.IntegerField()
    sent_again = models.BooleanField(default=False)
    due_at = models.DateTimeField(null=True)
    log = models.JSONField(default=list)
    ended_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(
                fields=["due_at"], condition=models.Q(state=DeliveryState.OPEN), name="open_deliveries"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} to {self.address}"


class AppQuerySet(models.QuerySet["App"]):
    def published(self) -> AppQuerySet:
        """What everybody who is signed in, in whatever team, may see and run."""
        there = self.filter(
            is_on=True, workflow__deleted_at=None, workflow__team__in=Member.objects.values("team")
        )
        return there.select_related("workflow__team", "version")

    def visible_to(self, actor: Actor) -> AppQuerySet:
        """The apps of the actor's own team, published or not."""
        return self.filter(workflow__team=actor.team, workflow__deleted_at=None)


class App(models.Model):
    """A workflow with a form in front of it, as it was when it was published.

    ``inputs`` are ``{nodeId, key, label, required, default?}``; what a caller leaves out is the default, else what
    the version has. ``logo`` is the address of a picture of the team, ``color`` as ``#rrggbb``; both may be "".
    """

    workflow = models.OneToOneField(Workflow, on_delete=models.CASCADE, related_name="app")
    version = models.ForeignKey(Version, on_delete=models.RESTRICT, related_name="+")
    is_on = models.BooleanField(default=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    published_at = models.DateTimeField(default=timezone.now)

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    inputs = models.JSONField(default=list)
    logo = models.CharField(max_length=100, blank=True)
    color = models.CharField(max_length=7, blank=True)

    objects = AppQuerySet.as_manager()

    def __str__(self) -> str:
        return self.slug

    @property
    def path(self) -> str:
        return f"/app/{self.slug}"

    def branding(self) -> dict[str, Any]:
        return {"logoUrl": self.logo or None, "color": self.color or None}


class ScheduleQuerySet(models.QuerySet["Schedule"]):
    def visible_to(self, actor: Actor) -> ScheduleQuerySet:
        """Those of the actor's team: the only door to a row by id."""
        return self.filter(workflow__team=actor.team, workflow__deleted_at=None)

    def active(self) -> ScheduleQuerySet:
        return self.filter(next_at__isnull=False, workflow__deleted_at=None)


class Overlap(models.TextChoices):
    """What becomes of a moment at which the schedule's run before it still goes on."""

    SKIP = "skip", "Skip it"
    RUN = "run", "Run it beside the other"


class Schedule(models.Model):
    """Starts a workflow at set times, with values of its own for the workflow's inputs.

    ``when`` is read by `triggers.timetable`, minutes from ``since`` on. ``inputs`` are values by node id; what is not
    among them is the workflow's own. It runs as ``runs_as``. A moment that was missed is made up for when it is no
    older than ``late_minutes``.

    ``next_at`` None: it is paused, and where it paused itself ``paused_because`` says why. ``refusals`` counts those
    in a row, ``skipped`` all that were skipped since it was made. This row is the lock of all that is done with it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="schedules")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    runs_as = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    name = models.CharField(max_length=100)
    when = models.JSONField(default=dict)
    time_zone = models.CharField(max_length=64)
    since = models.DateTimeField(default=timezone.now)
    inputs = models.JSONField(default=dict)
    overlap = models.CharField(max_length=4, choices=Overlap, default=Overlap.SKIP)
    late_minutes = models.PositiveIntegerField(default=60, validators=[MaxValueValidator(MOST_LATE_MINUTES)])

    next_at = models.DateTimeField(null=True)
    paused_because = models.CharField(max_length=300, blank=True)
    refusals = models.PositiveSmallIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)

    objects = ScheduleQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["next_at"], condition=models.Q(next_at__isnull=False), name="active_schedules"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        return self.next_at is not None

    @property
    def timetable(self) -> Timetable:
        return read_times(self.when, zone=self.time_zone, since=self.since)


class Outcome(models.TextChoices):
    STARTED = "started", "started"
    SKIPPED = "skipped", "skipped"
    MISSED = "missed", "missed"
    REFUSED = "refused", "refused"


class Firing(models.Model):
    """What became of one moment of a schedule, or of a press of its “Run now”. Only the last ones are kept, and
    those whose runs go on.

    ``at`` is when it was dealt with, ``moment`` when it was due: each moment of a schedule comes once.
    """

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="firings")
    moment = models.DateTimeField()
    at = models.DateTimeField(default=timezone.now)
    is_by_hand = models.BooleanField(default=False)
    outcome = models.CharField(max_length=7, choices=Outcome)
    said = models.CharField(max_length=400, blank=True)
    execution = models.ForeignKey(Execution, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["schedule", "moment"], name="one_firing_per_moment")]

    def __str__(self) -> str:
        return f"{self.outcome} at {self.moment:%Y-%m-%d %H:%M:%S}"


class Category(models.TextChoices):
    BUG = "bug"
    MISSING_CAPABILITY = "missing-capability"
    CONFUSING_CONTRACT = "confusing-contract"
    PERFORMANCE = "performance"
    OTHER = "other"


class Feedback(models.Model):
    """What somebody, or somebody's program, had to say about this server."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    title = models.CharField(max_length=200)
    body = models.TextField()
    category = models.CharField(max_length=20, choices=Category, default=Category.OTHER)
    context = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "feedback"

    def __str__(self) -> str:
        return self.title
