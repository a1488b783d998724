"""What is drawn: the nodes and edges of a current graph, and the graphs that executions ran."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from workflows.nodes import tidy

if TYPE_CHECKING:
    from workflows.models.workflows import Workflow

Json = dict[str, Any]

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

    workflow = models.ForeignKey("workflows.Workflow", on_delete=models.CASCADE, related_name="nodes")
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

    workflow = models.ForeignKey("workflows.Workflow", on_delete=models.CASCADE, related_name="edges")
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
    """A graph that was run, published or kept by somebody, never edited. The same drawing of a workflow is kept once.

    ``kept_at`` and ``kept_by`` say who kept it by hand last; from then on it has a ``number``, and may have a name.
    None of that is part of it. What is the same for running has one ``digest``, wherever cards stand; that is in
    ``layout``, which is empty in old versions that were only run.
    """

    workflow = models.ForeignKey("workflows.Workflow", on_delete=models.CASCADE, related_name="versions")
    digest = models.CharField(max_length=64)
    layout = models.CharField(max_length=64, blank=True, db_default="", editable=False)
    nodes = models.JSONField()
    edges = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    number = models.PositiveIntegerField(null=True, editable=False)
    name = models.CharField(max_length=120, blank=True, editable=False)
    kept_at = models.DateTimeField(null=True, editable=False)
    kept_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workflow", "digest", "layout"], name="one_version_per_drawing"),
            models.UniqueConstraint(fields=["workflow", "number"], name="one_version_per_number"),
        ]

    def __str__(self) -> str:
        return f"{self.digest[:12]} of {self.workflow_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert; a version that exists is never written again."""
        if not self._state.adding:
            raise TypeError("A version is never edited; pin a new one.")
        super().save(*args, **kwargs)


class Reason(models.TextChoices):
    """Why the server kept a draft."""

    EMPTIED = "emptied", "before it was emptied"
    RESTORED = "restored", "before a version was restored"
    DISCARDED = "discarded", "before it was discarded"
    LOADED = "loaded", "before the graph of a run was loaded"
    IMPORTED = "imported", "before a file was imported"
    RESTED = "rested", "after half an hour without changes"


class Snapshot(models.Model):
    """A draft as it was before something took its place, or when it had come to rest; an automatic version.

    No run and no app names one, so that old ones can be taken away: each workflow has a few. ``taken_by`` is who did
    what it was kept before.
    """

    workflow = models.ForeignKey("workflows.Workflow", on_delete=models.CASCADE, related_name="snapshots")
    reason = models.CharField(max_length=9, choices=Reason.choices)
    digest = models.CharField(max_length=64)
    layout = models.CharField(max_length=64)
    nodes = models.JSONField()
    edges = models.JSONField()
    node_count = models.PositiveIntegerField()
    taken_at = models.DateTimeField(default=timezone.now)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workflow", "digest", "layout"], name="one_snapshot_per_drawing"),
        ]

    def __str__(self) -> str:
        return f"{self.workflow_id}, {self.get_reason_display()}"
