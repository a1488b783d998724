"""Workflows, and what each save changed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Team
from accounts.statements import select_row, select_values, shape_of
from workflows.ids import new_workflow_id, whole_milliseconds
from workflows.models.graphs import EDGE, NODE, Edge, Node, edge_json, node_json
from workflows.models.keeping import KEPT_AFTER_DELETION

if TYPE_CHECKING:
    from accounts.actor import Actor

Json = dict[str, Any]


def now_in_milliseconds() -> datetime:
    return whole_milliseconds(timezone.now())


class LinkPermission(models.TextChoices):
    PRIVATE = "PRIVATE"
    VIEW = "VIEW"
    EDIT = "EDIT"


NEWEST_FIRST = ("-updated_at", "-id")
LINKED = (LinkPermission.VIEW, LinkPermission.EDIT)
SHARED = Q(link_permission__in=LINKED)


def owned_by(actor: Actor) -> Json:
    """The conditions for what the actor's team owns, without what it deleted."""
    return {"team": actor.team.pk, "deleted_at": None}


def listed_for(actor: Actor) -> Json:
    """The conditions for what lists of the actor's team show: all of that but the workbenches of its components."""
    return {**owned_by(actor), "workbench_of": None}


class WorkflowQuerySet(models.QuerySet["Workflow"]):
    def visible_to(self, actor: Actor) -> Self:
        """What the actor's team owns, without what it deleted."""
        return self.filter(**owned_by(actor))

    def listed_for(self, actor: Actor) -> Self:
        """What lists of the actor's team show: workbenches are reached from their components."""
        return self.filter(**listed_for(actor))

    def shown_to(self, actor: Actor) -> Self:
        """What the actor's team owns, and what others share by link: whoever has its id may look."""
        return self.filter(Q(team=actor.team) | SHARED, deleted_at=None)

    def shared(self) -> Self:
        """What anybody who has its id may look at."""
        return self.filter(SHARED, deleted_at=None)

    def deleted_by(self, actor: Actor) -> Self:
        """What the actor's team deleted and may still bring back."""
        return self.filter(team=actor.team, deleted_at__gt=timezone.now() - KEPT_AFTER_DELETION)

    def matching(self, words: str) -> Self:
        """Those with this text in their name or description."""
        return self.filter(Q(name__icontains=words) | Q(description__icontains=words)) if words else self

    def with_types(self, names: Collection[str]) -> Self:
        """Those with a node of one of these types, as graphs name them. It looks at every node of all of them."""
        named = Node.objects.filter(workflow=OuterRef("pk"), data__nodeType__in=list(names))
        return self.filter(Exists(named))

    def newest_first(self) -> Self:
        return self.order_by(*NEWEST_FIRST)


class Workflow(models.Model):
    """A named graph with a draft that people edit.

    ``updated_at`` is in whole milliseconds and grows with every write of what people set: it is what saves
    compare and swap on. What executions note here leaves it as it is.
    """

    id = models.CharField(primary_key=True, max_length=40, default=new_workflow_id, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="workflows")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=now_in_milliseconds, editable=False)

    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    tags = models.JSONField(default=list, blank=True)
    is_active = models.BooleanField(default=True)
    is_published = models.BooleanField(default=False)
    link_permission = models.CharField(
        max_length=7, choices=LinkPermission.choices, default=LinkPermission.PRIVATE
    )
    media_id = models.CharField(max_length=100, blank=True)
    exposed_inputs = models.JSONField(default=list, blank=True)
    updated_at = models.DateTimeField(default=now_in_milliseconds, editable=False)
    last_op_id = models.CharField(max_length=100, blank=True, editable=False)
    #: The last save, until the chore has seen to it that a draft at rest is kept.
    unkept_since = models.DateTimeField(null=True, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    #: The component that is changed by drawing this one.
    workbench_of = models.OneToOneField(
        "workflows.Component",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="workbench",
    )

    execution_count = models.PositiveIntegerField(default=0, editable=False)
    last_executed_at = models.DateTimeField(null=True, blank=True, editable=False)
    cover = models.JSONField(null=True, blank=True, editable=False)
    # Its webhook: found by the hash of its id, which is null while it is off. The id is made anew from the seed.
    webhook_seed = models.CharField(max_length=32, blank=True, editable=False)
    webhook_digest = models.CharField(max_length=64, null=True, unique=True, editable=False)  # noqa: DJ001

    #: Whether whoever looks at the page may delete it, where a page asks (`is_deletable_by`).
    is_deletable = False
    #: What `shown` read it from: an answer made for a workflow in just this state is right for as long as it has it.
    row: tuple[Any, ...] = ()
    #: Nodes and edges enough to draw the graph small, where a page asked for them (`rows.outlines`).
    outline: tuple[list[dict[str, Any]], list[dict[str, Any]]] | None = None

    objects = WorkflowQuerySet.as_manager()

    class Meta:
        indexes = [
            # A team's list, newest first.
            models.Index(
                fields=["team", "-updated_at", "-id"],
                name="workflows_of_a_team",
                condition=Q(deleted_at=None),
            ),
            # Drafts that came to rest.
            models.Index(
                fields=["unkept_since"], name="drafts_at_rest", condition=Q(unkept_since__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def shown(actor: Actor, workflow_id: str) -> Workflow | None:
        """The one with this id if it is `shown_to` the actor, by one fixed statement: most calls ask this first."""
        row = select_row(Workflow, {"pk": workflow_id, "deleted_at": None})
        if row is None:
            return None
        found: Workflow = shape_of(Workflow).read(row)
        found.row = row
        return found if found.team_id == actor.team.pk or found.link_permission in LINKED else None

    def is_deletable_by(self, actor: Actor) -> bool:
        """Whether the actor may delete this workflow of their team: its owners may, and the editor who made it."""
        return actor.may("manage") or (actor.may("edit") and self.created_by_id == actor.user.pk)

    def graph_json(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The current graph as the API writes it, and ``updated_at`` as it was then.

        Three reads make it, so a save in between is noticed and the reading begun again.
        """
        while True:
            mine = {"workflow": self.pk}
            nodes = [node_json(*row) for row in select_values(Node, NODE, mine, order=("place",))]
            edges = [edge_json(*row) for row in select_values(Edge, EDGE, mine, order=("place",))]
            if select_values(Workflow, ("updated_at",), {"pk": self.pk}) == [[self.updated_at]]:
                return nodes, edges
            self.refresh_from_db()


class Listed(NamedTuple):
    """A workflow as lists over REST show it, from these columns: half the price of a `Workflow` for each."""

    pk: str
    team_id: int
    name: str
    description: str
    webhook_seed: str
    webhook_digest: str | None
    is_active: bool
    is_published: bool
    execution_count: int
    last_executed_at: datetime | None
    tags: list[str]
    created_at: datetime
    updated_at: datetime


class Edit(models.Model):
    """What one save changed, kept for an hour: canvases that are open follow from one state to the next by it.

    ``changes`` is as in `workflows.merging`; null where it is too large to be told, or cannot be. ``op_id`` is what
    the browser calls it, by which it is known when it is sent again. One that changed nothing has no ``updated_at``.
    """

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="edits")
    op_id = models.CharField(max_length=100)
    noted_at = models.DateTimeField(db_default=Now(), db_index=True)
    before = models.DateTimeField()
    updated_at = models.DateTimeField(null=True)
    changes = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workflow", "op_id"], name="one_edit_per_op"),
            models.UniqueConstraint(fields=["workflow", "updated_at"], name="one_edit_per_moment"),
        ]

    def __str__(self) -> str:
        return f"{self.op_id} of {self.workflow_id}"


class PieceEdit(models.Model):
    """Who changed one piece of a published workflow's draft last, by its key (`workflows.differences`)."""

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="piece_edits")
    piece = models.CharField(max_length=32)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workflow", "piece"], name="one_edit_per_piece"),
        ]

    def __str__(self) -> str:
        return f"{self.piece} of {self.workflow_id}"
