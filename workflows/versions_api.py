"""The versions of a workflow, for the canvas: keep the graph as it is, name one, look at one."""

from __future__ import annotations

from typing import Any

from django.db.models.functions import Coalesce
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actor import actor_of
from accounts.api import SessionOnly, needs_by_method
from wireflow_ui.body import validated
from workflows import actions
from workflows.api import READ, WRITE, find_workflow
from workflows.errors import VersionNotFound
from workflows.ids import written
from workflows.models import Version, Workflow
from workflows.versions import digest_of

#: So many are listed, the newest first.
LISTED = 100


class NameInput(serializers.Serializer[Any]):
    name = serializers.CharField(required=False, allow_blank=True, max_length=120, default="")


class Versions(APIView):
    """GET: the newest versions. POST: keep the current graph as one."""

    authentication_classes = [SessionOnly]
    permission_classes = [needs_by_method(GET=READ, POST=WRITE)]

    def get(self, request: Request, workflow_id: str) -> Response:
        workflow = find_workflow(actor_of(request), workflow_id)
        nodes, edges = workflow.graph_json()
        current = digest_of(nodes, edges)
        versions = (
            Version.objects.filter(workflow=workflow)
            .defer("nodes", "edges")
            .select_related("kept_by")
            .order_by(Coalesce("kept_at", "created_at").desc(), "-pk")[:LISTED]
        )
        return Response(
            {"versions": [{**_object(one), "isCurrent": one.digest == current} for one in versions]}
        )

    def post(self, request: Request, workflow_id: str) -> Response:
        actor = actor_of(request)
        workflow = find_workflow(actor, workflow_id)
        given = validated(NameInput, request.data)
        return Response(
            _object(actions.keep_version(workflow=workflow, actor=actor, name=given["name"])), status=201
        )


class OneVersion(APIView):
    """GET: its graph. PATCH: its name."""

    authentication_classes = [SessionOnly]
    permission_classes = [needs_by_method(GET=READ, PATCH=WRITE)]

    def get(self, request: Request, workflow_id: str, version_id: int) -> Response:
        version = _find(find_workflow(actor_of(request), workflow_id), version_id)
        return Response({**_object(version), "nodes": version.nodes, "edges": version.edges})

    def patch(self, request: Request, workflow_id: str, version_id: int) -> Response:
        actor = actor_of(request)
        version = _find(find_workflow(actor, workflow_id), version_id)
        actions.name_version(version=version, actor=actor, name=validated(NameInput, request.data)["name"])
        return Response(_object(version))


def _find(workflow: Workflow, version_id: int) -> Version:
    version = Version.objects.filter(workflow=workflow, pk=version_id).select_related("kept_by").first()
    if version is None:
        raise VersionNotFound()
    return version


def _object(version: Version) -> dict[str, Any]:
    return {
        "id": version.pk,
        "name": version.name,
        "keptAt": written(version.kept_at) if version.kept_at else None,
        "keptBy": str(version.kept_by) if version.kept_by else "",
        "createdAt": written(version.created_at),
    }
