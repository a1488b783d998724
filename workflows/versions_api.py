"""The versions of a workflow, for the canvas: keep the graph as it is, name one, look at one.

Automatic ones (`Snapshot`) stand in one list with them, at addresses of their own.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
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
from workflows.models import Reason, Snapshot, Version, Workflow
from workflows.snapshots import keep_draft
from workflows.versions import digest_of, layout_of

#: So many are listed of those that somebody kept, and of those that only ran, the newest first.
LISTED = 100


class NameInput(serializers.Serializer[Any]):
    name = serializers.CharField(required=False, allow_blank=True, max_length=120, default="")


class ReasonInput(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(
        [Reason.RESTORED.value, Reason.DISCARDED.value, Reason.LOADED.value, Reason.IMPORTED.value]
    )


class Versions(APIView):
    """GET: the newest versions. POST: keep the current graph as one."""

    authentication_classes = [SessionOnly]
    permission_classes = [needs_by_method(GET=READ, POST=WRITE)]

    def get(self, request: Request, workflow_id: str) -> Response:
        workflow = find_workflow(actor_of(request), workflow_id)
        nodes, edges = workflow.graph_json()
        current = digest_of(nodes, edges), layout_of(nodes, edges)
        light = Version.objects.filter(workflow=workflow).defer("nodes", "edges").select_related("kept_by")
        found: list[Version | Snapshot] = [
            *_kept(light)[:LISTED],
            *light.filter(kept_at=None).order_by("-created_at", "-pk")[:LISTED],
            *Snapshot.objects.filter(workflow=workflow)
            .defer("nodes", "edges")
            .select_related("taken_by")
            .order_by("-pk"),
        ]
        listed = [{**_object(one), "isCurrent": (one.digest, one.layout) == current} for one in found]
        return Response({"versions": sorted(listed, key=_moment, reverse=True)})

    def post(self, request: Request, workflow_id: str) -> Response:
        actor = actor_of(request)
        workflow = find_workflow(actor, workflow_id)
        given = validated(NameInput, request.data)
        return Response(
            _object(actions.keep_version(workflow=workflow, actor=actor, name=given["name"])), status=201
        )


class NewestVersion(APIView):
    """GET: the one that somebody kept last, with its graph: what the draft is compared with; null before the first."""

    authentication_classes = [SessionOnly]
    permission_classes = [needs_by_method(GET=READ)]

    def get(self, request: Request, workflow_id: str) -> Response:
        workflow = find_workflow(actor_of(request), workflow_id)
        version = _kept(Version.objects.filter(workflow=workflow).select_related("kept_by")).first()
        return Response({"version": version and _whole(version)})


class OneVersion(APIView):
    """GET: its graph. PATCH: its name."""

    authentication_classes = [SessionOnly]
    permission_classes = [needs_by_method(GET=READ, PATCH=WRITE)]

    def get(self, request: Request, workflow_id: str, version_id: int) -> Response:
        return Response(_whole(_find(find_workflow(actor_of(request), workflow_id), version_id)))

    def patch(self, request: Request, workflow_id: str, version_id: int) -> Response:
        actor = actor_of(request)
        version = _find(find_workflow(actor, workflow_id), version_id)
        actions.name_version(version=version, actor=actor, name=validated(NameInput, request.data)["name"])
        return Response(_object(version))


class Automatic(APIView):
    """POST: keep the draft before something takes its place."""

    authentication_classes = [SessionOnly]
    permission_classes = [needs_by_method(POST=WRITE)]

    def post(self, request: Request, workflow_id: str) -> HttpResponse:
        actor = actor_of(request)
        workflow = find_workflow(actor, workflow_id)
        reason = Reason(validated(ReasonInput, request.data)["reason"])
        keep_draft(workflow=workflow, reason=reason, by=actor.user)
        return Response({"success": True}, status=201)


class OneAutomatic(APIView):
    """GET: its graph. PATCH: make it a version that stays, by a name or without."""

    authentication_classes = [SessionOnly]
    permission_classes = [needs_by_method(GET=READ, PATCH=WRITE)]

    def get(self, request: Request, workflow_id: str, snapshot_id: int) -> Response:
        return Response(_whole(self.find(find_workflow(actor_of(request), workflow_id), snapshot_id)))

    def patch(self, request: Request, workflow_id: str, snapshot_id: int) -> Response:
        actor = actor_of(request)
        snapshot = self.find(find_workflow(actor, workflow_id), snapshot_id)
        name = validated(NameInput, request.data)["name"]
        return Response(_object(actions.keep_snapshot(snapshot=snapshot, actor=actor, name=name)))

    def find(self, workflow: Workflow, snapshot_id: int) -> Snapshot:
        snapshot = (
            Snapshot.objects.filter(workflow=workflow, pk=snapshot_id).select_related("taken_by").first()
        )
        if snapshot is None:
            raise VersionNotFound()
        return snapshot


def _kept(versions: QuerySet[Version]) -> QuerySet[Version]:
    return versions.exclude(kept_at=None).order_by("-kept_at", "-pk")


def _find(workflow: Workflow, version_id: int) -> Version:
    version = Version.objects.filter(workflow=workflow, pk=version_id).select_related("kept_by").first()
    if version is None:
        raise VersionNotFound()
    return version


def _moment(version: dict[str, Any]) -> str:
    return str(version["keptAt"] or version["createdAt"])


def _whole(version: Version | Snapshot) -> dict[str, Any]:
    return {**_object(version), "nodes": version.nodes, "edges": version.edges}


def _object(version: Version | Snapshot) -> dict[str, Any]:
    if isinstance(version, Snapshot):
        return {
            "id": version.pk,
            "automatic": version.reason,
            "number": None,
            "name": "",
            "keptAt": None,
            "keptBy": str(version.taken_by) if version.taken_by else "",
            "createdAt": written(version.taken_at),
            "nodeCount": version.node_count,
        }
    return {
        "id": version.pk,
        "automatic": "",
        "number": version.number,
        "name": version.name,
        "keptAt": written(version.kept_at) if version.kept_at else None,
        "keptBy": str(version.kept_by) if version.kept_by else "",
        "createdAt": written(version.created_at),
    }
