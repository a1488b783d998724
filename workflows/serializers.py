"""The wire's spelling of workflows, and the shape of what may be sent. Nothing here acts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from accounts.actor import Actor
from wireflow_ui.body import validated
from wireflow_ui.errors import WireflowError, one_of
from workflows.actions import Saved
from workflows.errors import EmptyGraph, InvalidField, envelope
from workflows.ids import written
from workflows.layout import overlaps, size_of
from workflows.models import Listed, Workflow
from workflows.names import tidy_name
from workflows.nodes import FARTHEST, tidy
from workflows.problems import WARNING, Problem
from workflows.sharing import without_secrets
from workflows.webhook_ids import webhook_fields

Json = dict[str, Any]

MAX_DESCRIPTION = 50_000

#: A webhook's id is a secret that opens without a key, so nobody chooses one; a copied body may hold another's.
WEBHOOK_ID_IGNORED = Problem(
    "webhook-id-ignored",
    WARNING,
    "The webhookId of the body was not taken: the server gives webhooks their ids.",
    "POST /workflows/{id}/webhook switches the webhook on and answers its id.",
    field="webhookId",
)


def list_item(workflow: Workflow | Listed, actor: Actor) -> Json:
    """An item of ``GET /workflows``."""
    return {
        "id": workflow.pk,
        "name": workflow.name,
        "description": workflow.description,
        **webhook_fields(workflow, actor),
        "isActive": workflow.is_active,
        "isPublished": workflow.is_published,
        "executionCount": workflow.execution_count,
        "lastExecutedAt": written(workflow.last_executed_at),
        "tags": workflow.tags,
        "createdAt": written(workflow.created_at),
        "updatedAt": written(workflow.updated_at),
    }


def full_object(workflow: Workflow, actor: Actor) -> Json:
    """The workflow with its current graph, as ``GET /workflows/{id}`` and the canvas see it."""
    nodes, edges = workflow.graph_json()  # first: it may read the workflow anew
    is_own = workflow.team_id == actor.team.pk
    if not is_own:  # wiped when it was shared, and again for what was written since
        nodes = [without_secrets(raw) for raw in nodes]
    return {
        **list_item(workflow, actor),
        "nodes": [{**raw, "dims": _dims(raw)} for raw in nodes],
        "edges": edges,
        "mediaId": workflow.media_id or None,
        "teamId": str(workflow.team_id) if is_own else None,
        "userId": str(workflow.created_by_id) if is_own and workflow.created_by_id else None,
        "linkPermission": workflow.link_permission,
        "exposedInputs": workflow.exposed_inputs,
    }


def saved_object(saved: Saved, actor: Actor, *, webhook_id: str = "") -> Json:
    """The answer to POST and PUT: the workflow at the top and under ``data``, and what was noticed.

    ``webhook_id`` is the one that stood in the body.
    """
    workflow = full_object(saved.workflow, actor)
    warnings = [*saved.report.warnings]
    if webhook_id and webhook_id != workflow["webhookId"]:
        warnings.append(WEBHOOK_ID_IGNORED)
    found = [*saved.report.violations, *warnings]
    return {
        **workflow,
        "data": workflow,
        "meta": {
            "migrations": saved.migrations,
            "warnings": [problem.as_wire() for problem in warnings],
        },
        "diagnostics": envelope(found, *_overlap(workflow["nodes"]), *_filled_in(saved)),
    }


def _dims(raw: Json) -> Json:
    width, height, measured = size_of(raw)
    return {"width": tidy(width), "height": tidy(height), "source": "measured" if measured else "estimated"}


def _overlap(nodes: list[Json]) -> list[Json]:
    pairs = overlaps(nodes)
    if not pairs:
        return []
    return [
        {
            "code": "layout.overlap",
            "severity": "warning",
            "message": f"{len(pairs)} pair{'s' if len(pairs) != 1 else ''} of nodes cover each other.",
            "target": {"nodeId": pairs[0][0], "sceneIndex": None, "path": "position"},
            "hint": "POST …/layout arranges them.",
            "docs": None,
            "data": {"pairs": [list(pair) for pair in pairs]},
        }
    ]


def _filled_in(saved: Saved) -> list[Json]:
    """What nodes came without and got from the catalog."""
    noticed = (
        (
            "node.ports_hydrated",
            "data.inputs",
            "Its ports were taken from the catalog.",
            saved.graph.without_ports,
        ),
        (
            "node.category_set",
            "data.category",
            "Its category was taken from its type.",
            saved.graph.without_category,
        ),
    )
    return [
        {
            "code": code,
            "severity": "info",
            "message": message,
            "target": {"nodeId": node_id, "sceneIndex": None, "path": path},
            "hint": None,
            "docs": None,
        }
        for code, path, message, node_ids in noticed
        for node_id in node_ids
    ]


class NameField(serializers.CharField):
    """What a workflow is called: one line, and something to be seen."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=200, **options)

    def to_internal_value(self, data: Any) -> str:
        name = tidy_name(super().to_internal_value(data))
        if not name and not self.allow_blank:
            self.fail("blank")
        return name


class BaseUpdatedAt(serializers.Serializer[Any]):
    """What a write may name as the moment it is based on."""

    baseUpdatedAt = serializers.CharField(required=False, max_length=40, source="base_updated_at")


class WorkflowInput(BaseUpdatedAt):
    """The body of POST and PUT. Read-only fields that clients send back are ignored."""

    name = NameField()
    description = serializers.CharField(required=False, allow_blank=True, max_length=MAX_DESCRIPTION)
    tags = serializers.ListField(required=False, max_length=20, child=serializers.CharField(max_length=50))
    isActive = serializers.BooleanField(required=False, source="is_active")
    mediaId = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, max_length=100, source="media_id"
    )
    webhookId = serializers.CharField(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=100,
        source="webhook_id",
        help_text="Not taken: the server gives it, and `meta.warnings` says so.",
    )
    nodes = serializers.ListField()
    edges = serializers.ListField()

    def validate_mediaId(self, media_id: str | None) -> str:
        return media_id or ""


def read_workflow(body: Any) -> Json:
    """The fields of a POST or PUT body by the names of the actions. Raises WireflowError (400)."""
    body = an_object(body)
    if any(body.get(key) is None for key in ("name", "nodes", "edges")):
        raise WireflowError("Missing required fields: name, nodes, edges", code="missing_fields")
    if body["nodes"] == []:
        if body["edges"] == []:
            raise EmptyGraph()
        raise WireflowError("At least one node must be provided", code="no_nodes")
    return validated(WorkflowInput, {key: value for key, value in body.items() if value is not None})


class DraftInput(serializers.Serializer[Any]):
    """The body of the canvas' save."""

    baseUpdatedAt = serializers.CharField(max_length=40, source="base_updated_at")
    nodes = serializers.ListField()
    edges = serializers.ListField()
    name = NameField(required=False)
    description = serializers.CharField(required=False, allow_blank=True, max_length=MAX_DESCRIPTION)
    opId = serializers.CharField(required=False, max_length=100, source="op_id")
    confirmEmpty = serializers.BooleanField(required=False, source="confirm_empty")


class EditInput(serializers.Serializer[Any]):
    """The body of the canvas' save of what somebody changed."""

    baseUpdatedAt = serializers.CharField(max_length=40, source="base_updated_at")
    opId = serializers.CharField(max_length=100, source="op_id")
    changes = serializers.JSONField()
    name = NameField(required=False)


class PositionInput(serializers.Serializer[Any]):
    x = serializers.FloatField(min_value=-FARTHEST, max_value=FARTHEST)
    y = serializers.FloatField(min_value=-FARTHEST, max_value=FARTHEST)


class NodePatchInput(BaseUpdatedAt):
    config = serializers.DictField(required=False)
    params = serializers.DictField(required=False)
    label = serializers.CharField(required=False, max_length=200)  # type: ignore[assignment]
    position = PositionInput(required=False)


def read_node_patch(body: Any) -> Json:
    """The fields of a node patch. Raises WireflowError (400), with ``invalid_field`` for what may not be set."""
    body = an_object(body)
    settable = ("config", "params", "label", "position")
    for key in body:
        if key not in (*settable, "baseUpdatedAt"):
            raise InvalidField(
                f"{key[:100]} of a node cannot be set here; {', '.join(settable)} can.", field=key[:100]
            )
    if not any(key in body for key in settable):
        raise WireflowError(f"Send at least one of {', '.join(settable)}.", code="missing_fields")
    found = validated(NodePatchInput, body)
    values = [found.pop(key) for key in ("params", "config") if key in found]
    return {**found, "values": values}


class LayoutInput(BaseUpdatedAt):
    gapX = serializers.FloatField(required=False, min_value=0, max_value=2_000, source="gap_x")
    gapY = serializers.FloatField(required=False, min_value=0, max_value=2_000, source="gap_y")
    scope = serializers.JSONField(required=False)

    def validate_scope(self, scope: Any) -> list[str] | None:
        if scope == "all":
            return None
        if not isinstance(scope, list) or not all(isinstance(node_id, str) for node_id in scope):
            raise serializers.ValidationError('Give "all" or a list of node ids.')
        return scope


class VisibilityInput(serializers.Serializer[Any]):
    visibility = serializers.ChoiceField(
        choices=["view", "private", "edit"],
        error_messages={"invalid_choice": one_of(["view", "edit", "private"])},
    )


class ListInput(serializers.Serializer[Any]):
    """The query of ``GET /workflows``."""

    isActive = serializers.ChoiceField(
        required=False,
        choices=["true", "false"],
        error_messages={"invalid_choice": one_of(["true", "false"])},
    )
    mediaId = serializers.CharField(required=False, max_length=100)
    teamId = serializers.CharField(required=False, max_length=100)
    limit = serializers.IntegerField(required=False, min_value=1)
    offset = serializers.IntegerField(required=False, min_value=0, max_value=10_000_000)


class NameInput(serializers.Serializer[Any]):
    name = NameField(required=False, allow_null=True, allow_blank=True)


def an_object(body: Any) -> Mapping[str, Any]:
    """The body if it is a JSON object. Raises WireflowError (400)."""
    if not isinstance(body, Mapping):
        raise WireflowError("The body must be a JSON object.")
    return body
