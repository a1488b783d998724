"""Workflows, their current graph, and the versions that executions ran."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Team
from accounts.statements import select_row, select_values, shape_of
from workflows.ids import new_component_id, new_workflow_id, whole_milliseconds
from workflows.nodes import tidy

if TYPE_CHECKING:
    from accounts.actor import Actor

Json = dict[str, Any]

KEPT_AFTER_DELETION = timedelta(days=30)


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


NODE = ("node_id", "type", "x", "y", "data", "rest")
EDGE = ("edge_id", "source", "target", "rest")


def node_json(node_id: str, kind: str, x: float, y: float, data: Json, rest: Json) -> Json:
    """A node as the API writes it, from the columns of `NODE`."""
    return {"id": node_id, "type": kind, "position": {"x": tidy(x), "y": tidy(y)}, "data": data, **rest}


def edge_json(edge_id: str, source: str, target: str, rest: Json) -> Json:
    """An edge as the API writes it, from the columns of `EDGE`."""
    return {"id": edge_id, "source": source, "target": target, **rest}


class Node(models.Model):
    """One node of a workflow's current graph; ``rest`` is what the canvas wrote beside data and position."""

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="nodes")
    node_id = models.CharField(max_length=128)
    place = models.PositiveIntegerField()
    type = models.CharField(max_length=200)
    x = models.FloatField()
    y = models.FloatField()
    data = models.JSONField()
    rest = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workflow", "node_id"], name="one_node_per_id"),
        ]

    def __str__(self) -> str:
        return self.node_id

    @classmethod
    def from_json(cls, workflow: Workflow, place: int, raw: Mapping[str, Any]) -> Node:
        own = ("id", "type", "position", "data")
        return cls(
            workflow=workflow,
            node_id=raw["id"],
            place=place,
            type=str(raw["type"])[:200],
            x=float(raw["position"]["x"]),
            y=float(raw["position"]["y"]),
            data=raw["data"],
            rest={key: value for key, value in raw.items() if key not in own},
        )

    def as_json(self) -> dict[str, Any]:
        return node_json(self.node_id, self.type, self.x, self.y, self.data, self.rest)

    def content(self) -> tuple[Any, ...]:
        """What tells whether two rows of one node are the same."""
        return (self.place, self.type, self.x, self.y, self.data, self.rest)


class Edge(models.Model):
    """One edge of a workflow's current graph; its ends may be missing while somebody edits."""

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="edges")
    edge_id = models.CharField(max_length=200)
    place = models.PositiveIntegerField()
    source = models.CharField(max_length=200)
    target = models.CharField(max_length=200)
    rest = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workflow", "edge_id"], name="one_edge_per_id"),
        ]

    def __str__(self) -> str:
        return self.edge_id

    @classmethod
    def from_json(cls, workflow: Workflow, place: int, raw: Mapping[str, Any]) -> Edge:
        own = ("id", "source", "target")
        return cls(
            workflow=workflow,
            edge_id=raw["id"],
            place=place,
            source=raw["source"],
            target=raw["target"],
            rest={key: value for key, value in raw.items() if key not in own},
        )

    def as_json(self) -> dict[str, Any]:
        return edge_json(self.edge_id, self.source, self.target, self.rest)

    def content(self) -> tuple[Any, ...]:
        """What tells whether two rows of one edge are the same."""
        return (self.place, self.source, self.target, self.rest)


class Version(models.Model):
    """A graph that was run, published or kept by somebody, never edited. The same graph of a workflow is kept once.

    ``kept_at`` and ``kept_by`` say who kept it by hand last; it may have a name then. None of that is part of it.
    """

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="versions")
    digest = models.CharField(max_length=64)
    nodes = models.JSONField()
    edges = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    name = models.CharField(max_length=120, blank=True, editable=False)
    kept_at = models.DateTimeField(null=True, editable=False)
    kept_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workflow", "digest"], name="one_version_per_digest"),
        ]

    def __str__(self) -> str:
        return f"{self.digest[:12]} of {self.workflow_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert; a version that exists is never written again."""
        if not self._state.adding:
            raise TypeError("A version is never edited; pin a new one.")
        super().save(*args, **kwargs)


class TeamTemplateQuerySet(models.QuerySet["TeamTemplate"]):
    def visible_to(self, actor: Actor) -> Self:
        """What the actor's team keeps, without what it removed."""
        return self.filter(team=actor.team, deleted_at=None)

    def deleted_by(self, actor: Actor) -> Self:
        """What the actor's team removed and may still bring back."""
        return self.filter(team=actor.team, deleted_at__gt=timezone.now() - KEPT_AFTER_DELETION)

    def matching(self, search: str) -> Self:
        """Those in which every word of a search is found, as `templates.has_words` finds them."""
        words = search.casefold().split()
        return self.filter(*(Q(words__contains=word) for word in words))

    def for_cards(self) -> Self:
        """Without the graphs and what is searched: a card draws the outline."""
        return self.select_related("created_by").defer("nodes", "edges", "words")


class TeamTemplate(models.Model):
    """A graph that a team keeps to start from: a copy, which what becomes of the workflow it was does not touch.

    ``cover`` is the picture the workflow had then, as `Workflow.cover`. What the gallery searches and draws is made
    when the template is: the graphs of a whole team are too much to read for a page.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="templates")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    name = models.CharField(max_length=200)
    description = models.TextField(blank=True, max_length=500)
    category = models.CharField(max_length=40, blank=True)
    nodes = models.JSONField()
    edges = models.JSONField()
    cover = models.JSONField(null=True, blank=True, editable=False)
    words = models.TextField(editable=False)
    outline = models.JSONField(editable=False)
    node_count = models.PositiveIntegerField(editable=False)

    objects = TeamTemplateQuerySet.as_manager()

    class Meta:
        indexes = [
            # The gallery.
            models.Index(
                fields=["team", "name", "id"], condition=Q(deleted_at=None), name="templates_of_a_team"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ComponentQuerySet(models.QuerySet["Component"]):
    def visible_to(self, actor: Actor) -> Self:
        """What the actor's team has, without what it deleted."""
        return self.filter(team=actor.team, deleted_at=None)


class Component(models.Model):
    """A piece of a graph that a team uses in several; ``version`` is the newest. Nodes hold what they stand for."""

    id = models.CharField(primary_key=True, max_length=40, default=new_component_id, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="components")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    name = models.CharField(max_length=200)
    version = models.PositiveIntegerField(default=1, editable=False)
    #: The version that its workbench is about, and when the workbench was last as that version is.
    drawn_version = models.PositiveIntegerField(null=True, editable=False)
    drawn_at = models.DateTimeField(null=True, editable=False)

    objects = ComponentQuerySet.as_manager()

    class Meta:
        indexes = [
            # The library.
            models.Index(
                fields=["team", "name", "id"], condition=Q(deleted_at=None), name="components_of_a_team"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ComponentVersion(models.Model):
    """What a component was at one time, never edited. ``content`` is what a node of it carries."""

    component = models.ForeignKey(Component, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["component", "number"], name="one_content_per_number"),
        ]

    def __str__(self) -> str:
        return f"{self.number} of {self.component_id}"


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
