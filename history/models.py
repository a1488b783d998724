"""What the history keeps beside executions, so that a million of them are found, filtered and added up quickly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from accounts.models import Team
from accounts.roles import Role, is_at_least
from executions.captions import MOST_LETTERS
from executions.models import Execution

if TYPE_CHECKING:
    from accounts.actor import Actor

MOST_DAYS = 3650


class Listing(models.Model):
    """What the list shows of an execution, and the words by which it is found.

    ``place`` is its beginning in microseconds since 1970, made unique; the words lie beside it, on PostgreSQL as a
    column of this table, on SQLite in a table of FTS5 whose rows have this number: see `history.words`.
    ``caption`` is null in what was listed before captions were: those rows are made of the node runs.
    """

    execution = models.OneToOneField(Execution, primary_key=True, on_delete=models.CASCADE, related_name="+")
    place = models.BigIntegerField(unique=True)
    thumbs = models.JSONField(default=list)
    is_sandbox = models.BooleanField(default=False)
    caption = models.CharField(max_length=MOST_LETTERS, null=True)  # noqa: DJ001  # "" is a caption

    def __str__(self) -> str:
        return str(self.execution_id)


class MarkKind(models.TextChoices):
    LABEL = "label"
    MODEL = "model"
    COST = "cost"
    DURATION = "duration"


class Mark(models.Model):
    """Something an execution is found by that no column of it says. Labels are set by people, the others noted.

    ``created_at`` is the execution's, so that one index gives a page in the order of the list.
    """

    execution = models.ForeignKey(Execution, on_delete=models.CASCADE, related_name="marks", db_index=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=8, choices=MarkKind)
    value = models.CharField(max_length=100)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["execution", "kind", "value"], name="one_mark_of_a_kind_and_value"
            )
        ]
        indexes = [
            models.Index(fields=["team", "kind", "value", "-created_at", "execution"], name="marks_of_a_team")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class Vocabulary(models.Model):
    """The values that marks of a team have, to choose from; ``last_at`` is when one was used last."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=8, choices=MarkKind)
    value = models.CharField(max_length=100)
    last_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "vocabulary"
        constraints = [
            models.UniqueConstraint(fields=["team", "kind", "value"], name="one_value_of_a_vocabulary")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, actor: Actor) -> Self:
        """One's own, and those that others of the team share."""
        return self.filter(team=actor.team).filter(models.Q(created_by=actor.user) | models.Q(is_shared=True))

    def changeable_by(self, actor: Actor) -> Self:
        """One's own; an owner's hand reaches those that are shared."""
        mine = models.Q(created_by=actor.user)
        if is_at_least(actor.role, Role.OWNER):
            mine |= models.Q(is_shared=True)
        return self.filter(team=actor.team).filter(mine)


class SavedView(models.Model):
    """Filters of the history with a name; ``query`` is what stands behind the ? of its address."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000)
    is_shared = models.BooleanField(default=False)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "created_by", "name"], name="one_view_of_a_name")
        ]

    def __str__(self) -> str:
        return self.name


class Retention(models.Model):
    """How long a team keeps executions that are over; None for ever. What people threw away goes after 30 days."""

    team = models.OneToOneField(Team, primary_key=True, on_delete=models.CASCADE, related_name="retention")
    days = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)]
    )
    failed_days = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)]
    )
    keeps_labelled = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"retention of team {self.team_id}"


class Share(models.Model):
    """A link that shows the results of one execution to whoever has it. Its token is made anew from the seed."""

    execution = models.OneToOneField(
        Execution, primary_key=True, on_delete=models.CASCADE, related_name="share"
    )
    seed = models.CharField(max_length=32)
    digest = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"share of {self.execution_id}"


class Subject(models.TextChoices):
    """What a tally adds up by."""

    ALL = "all"
    WORKFLOW = "workflow"
    PERSON = "person"
    KEY = "key"
    NODE_TYPE = "type"


class Tally(models.Model):
    """What ended on one day of UTC, added up by one subject. Written once for each execution, at its end.

    Of node types the runs are node runs and ``durations`` counts those that a provider made, by steps of
    `history.durations`; of everything else they are executions. ``saved`` are credits that reused results would
    have cost.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    subject = models.CharField(max_length=8, choices=Subject)
    key = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=200, blank=True)

    runs = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    cached = models.PositiveIntegerField(default=0)
    pictures = models.PositiveIntegerField(default=0)
    credits = models.BigIntegerField(default=0)
    saved = models.BigIntegerField(default=0)
    durations = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "tallies"
        constraints = [
            models.UniqueConstraint(fields=["team", "subject", "day", "key"], name="one_tally_of_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.key} on {self.day}"
