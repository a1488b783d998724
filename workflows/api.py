"""REST doors of workflows. Each reads the request, calls one action and answers."""

from __future__ import annotations

import threading
from typing import Any
from urllib.parse import urlencode

from cachetools import LRUCache, cached
from django.conf import settings
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actor import Actor, actor_of
from accounts.api import SessionOnly, needs, needs_by_method
from accounts.statements import count, read_values, select_plain
from providers.catalog import load_catalog
from providers.local import SUPPORTED
from wireflow_ui.body import validated
from wireflow_ui.errors import Forbidden, TooLarge, WireflowError
from wireflow_ui.json_text import dump
from workflows import actions, serializers, together
from workflows.component_actions import with_components
from workflows.errors import InvalidField, NodeNotFound, WorkflowNotFound
from workflows.ids import read_moment, written
from workflows.lint import lint
from workflows.models import NEWEST_FIRST, LinkPermission, Listed, Workflow, listed_for
from workflows.node_catalog import node_catalog
from workflows.normalise import check_shape
from workflows.webhook_ids import sees_webhooks

READ = needs("workflows:read")
WRITE = needs("workflows:write", role="editor")

MAX_PAGE = 200
#: Bytes of answers that are kept for the next who asks, of each of two kinds.
TEXTS_KEPT = 8 * 1024 * 1024
MAX_NODE_PATCH = 256 * 1024


#: What a link allows to those who have it and are not of the team.
BY_LINK = {
    "look": (LinkPermission.VIEW, LinkPermission.EDIT),
    "edit": (LinkPermission.EDIT,),
    "own": (),
}


def find_workflow(actor: Actor, workflow_id: str, *, to: str = "own") -> Workflow:
    """The workflow of the actor's team, or one that a link lets them ``look`` at or ``edit``.

    Raises WorkflowNotFound for what the actor may not see, Forbidden for what they may see only.
    """
    workflow = Workflow.shown(actor, workflow_id)
    if workflow is None:
        raise WorkflowNotFound()
    if workflow.team_id != actor.team.pk and workflow.link_permission not in BY_LINK[to]:
        raise Forbidden("Forbidden")
    return workflow


@cached(
    LRUCache(TEXTS_KEPT, getsizeof=len),
    key=lambda row, actor, with_webhooks: (row, with_webhooks),
    lock=threading.Lock(),
)
def _item_text(row: tuple[Any, ...], actor: Actor, with_webhooks: bool) -> bytes:
    """An item of the list of the actor's team, of the columns of `Listed`: made once for as long as they stay so."""
    return dump(serializers.list_item(Listed(*read_values(Workflow, Listed._fields, row)), actor))


@cached(
    LRUCache(TEXTS_KEPT, getsizeof=len),
    key=lambda workflow, actor: (workflow.row, actor.team.pk, sees_webhooks(actor)),
    lock=threading.Lock(),
)
def _full_text(workflow: Workflow, actor: Actor) -> bytes:
    """A workflow that `Workflow.shown` found, with its graph: every write to that changes ``updated_at``."""
    return dump(serializers.full_object(workflow, actor))


class Workflows(APIView):
    """GET: the team's workflows, newest first. POST: make one, or replace the one whose ``id`` is given."""

    permission_classes = [needs_by_method(GET=READ, POST=WRITE)]

    def get(self, request: Request) -> HttpResponse:
        query = validated(serializers.ListInput, request.query_params)
        actor = actor_of(request)
        wanted = listed_for(actor)
        if "isActive" in query:
            wanted["is_active"] = query["isActive"] == "true"
        if "mediaId" in query:
            wanted["media_id"] = query["mediaId"]
        if query.get("teamId", str(actor.team.pk)) != str(actor.team.pk):
            wanted["team"] = ()  # of no team
        headers, page = {}, None
        if "limit" in query or "offset" in query:
            limit, offset = min(query.get("limit", MAX_PAGE), MAX_PAGE), query.get("offset", 0)
            total, page = count(Workflow, wanted), (limit, offset)
            headers = {"X-Total-Count": str(total), **_links(request, limit, offset, total)}
        rows = select_plain(Workflow, Listed._fields, wanted, order=NEWEST_FIRST, page=page)
        with_webhooks = sees_webhooks(actor)
        body = b"[%b]" % b",".join(_item_text(row, actor, with_webhooks) for row in rows)
        return HttpResponse(body, content_type="application/json", headers=headers)

    def post(self, request: Request) -> Response:
        workflow_id = serializers.an_object(request.data).get("id")
        if workflow_id:
            return replace(request, find_workflow(actor_of(request), str(workflow_id), to="edit"))
        given = serializers.read_workflow(request.data)
        given.pop("base_updated_at", None)
        webhook_id = given.pop("webhook_id", "")
        actor = actor_of(request)
        saved = actions.create_workflow(actor=actor, strict=is_strict(request), **given)
        return Response(serializers.saved_object(saved, actor, webhook_id=webhook_id), status=201)


class OneWorkflow(APIView):
    """GET, PUT (replace) and DELETE of one workflow; deleting is for owners, and for whoever made it."""

    permission_classes = [needs_by_method(GET=READ, PUT=WRITE, DELETE=WRITE)]

    def get(self, request: Request, workflow_id: str) -> HttpResponse:
        actor = actor_of(request)
        body = _full_text(find_workflow(actor, workflow_id, to="look"), actor)
        return HttpResponse(body, content_type="application/json")

    def put(self, request: Request, workflow_id: str) -> Response:
        return replace(request, find_workflow(actor_of(request), workflow_id, to="edit"))

    def delete(self, request: Request, workflow_id: str) -> Response:
        actor = actor_of(request)
        workflow = find_workflow(actor, workflow_id)
        if not workflow.is_deletable_by(actor):
            raise Forbidden("Forbidden", requiredRole="owner")
        actions.delete_workflow(workflow=workflow)
        return Response({"success": True, "id": workflow_id})


def replace(request: Request, workflow: Workflow) -> Response:
    """Put the body in the place of what the workflow is."""
    if "linkPermission" in serializers.an_object(request.data):  # a copied body must not share anything
        raise InvalidField("linkPermission cannot be set here. Use POST /workflows/{id}/visibility.")
    given = serializers.read_workflow(request.data)
    webhook_id = given.pop("webhook_id", "")
    actor = actor_of(request)
    saved = actions.replace_workflow(
        workflow=workflow, strict=is_strict(request), components_of=actor.team.pk, by=actor.user, **given
    )
    return Response(serializers.saved_object(saved, actor, webhook_id=webhook_id))


class OneNode(APIView):
    """PATCH of one node: settings merge key by key (null deletes), label and position replace."""

    permission_classes = [needs_by_method(PATCH=WRITE)]

    def patch(self, request: Request, workflow_id: str, node_id: str) -> Response:
        if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_NODE_PATCH:
            raise TooLarge(f"A node patch may have {MAX_NODE_PATCH // 1024} KB.", limitBytes=MAX_NODE_PATCH)
        actor = actor_of(request)
        workflow = find_workflow(actor, workflow_id, to="edit")
        given = serializers.read_node_patch(request.data)
        node = actions.patch_node(workflow=workflow, node_id=node_id, by=actor.user, **given)
        return Response({"data": {"node": node, "updatedAt": written(workflow.updated_at)}})


class Duplicate(APIView):
    """POST: a copy of the caller's own, also of what others share by link."""

    permission_classes = [needs_by_method(POST=WRITE)]

    def post(self, request: Request, workflow_id: str) -> Response:
        actor = actor_of(request)
        workflow = find_workflow(actor, workflow_id, to="look")
        name = validated(serializers.NameInput, serializers.an_object(request.data)).get("name") or ""
        copy = actions.duplicate_workflow(actor=actor, workflow=workflow, name=name)
        data = {"id": copy.pk, "name": copy.name, "url": address_of(copy)}
        return Response({"data": data}, status=201)


def address_of(workflow: Workflow) -> str:
    """The page to pass on: the team gets to the canvas by it, others see what is shared."""
    return f"{settings.PUBLIC_URL}/workflows/{workflow.pk}"


class Visibility(APIView):
    """POST: share by link, or stop. What looks like a secret is wiped before anybody else can see it."""

    permission_classes = [needs_by_method(POST=WRITE)]

    def post(self, request: Request, workflow_id: str) -> Response:
        actor = actor_of(request)
        workflow = find_workflow(actor, workflow_id)
        given = validated(serializers.VisibilityInput, serializers.an_object(request.data))
        actions.share_workflow(workflow=workflow, permission=given["visibility"].upper(), by=actor.user)
        answer = {"linkPermission": workflow.link_permission, "url": address_of(workflow)}
        updated = written(workflow.updated_at)
        return Response({**answer, "data": {"id": workflow.pk, **answer, "updatedAt": updated}})


class Layout(APIView):
    """POST: move the nodes into columns by dependency."""

    permission_classes = [needs_by_method(POST=WRITE)]

    def post(self, request: Request, workflow_id: str) -> Response:
        workflow = find_workflow(actor_of(request), workflow_id, to="edit")
        given = validated(serializers.LayoutInput, serializers.an_object(request.data))
        scope = given.get("scope")
        if scope is not None and set(scope) - set(workflow.nodes.values_list("node_id", flat=True)):
            raise NodeNotFound()
        found = actions.arrange(workflow=workflow, **given)
        return Response({**found, "data": found, "updatedAt": written(workflow.updated_at)})


class Lint(APIView):
    """POST: what is wrong with a graph; nothing is kept."""

    permission_classes = [needs_by_method(POST=READ)]

    def post(self, request: Request) -> Response:
        body = serializers.an_object(request.data)
        nodes: Any = body.get("nodes")
        edges: Any = [] if body.get("edges") is None else body["edges"]
        check_shape(nodes, edges, unfinished=True)
        filled = with_components(nodes, actor_of(request).team.pk)
        report = lint(filled, edges, load_catalog(), supported=SUPPORTED)
        found = {
            "ok": report.ok,
            "violations": [problem.as_wire() for problem in report.violations],
            "warnings": [problem.as_wire() for problem in report.warnings],
        }
        return Response({"data": found})


class NodeTypes(APIView):
    """GET: the node types, for clients and for the canvas; unchanged ones are answered with 304."""

    permission_classes = [needs_by_method(GET=READ)]

    def get(self, request: Request) -> HttpResponse:
        catalog = node_catalog()
        headers = {"ETag": catalog.etag, "Cache-Control": "private, no-cache"}
        known = [
            etag.strip().removeprefix("W/") for etag in request.headers.get("If-None-Match", "").split(",")
        ]
        if catalog.etag in known or "*" in known:
            return HttpResponse(status=304, headers=headers)
        return HttpResponse(catalog.body, content_type="application/json", headers=headers)


class Draft(APIView):
    """PATCH: what the canvas saves while somebody draws; problems come back as lists, not as refusals.

    With ``changes`` they are put into whatever the graph is by now, with ``nodes`` and ``edges`` these take its place.
    """

    authentication_classes = [SessionOnly]
    permission_classes = [needs_by_method(PATCH=WRITE)]

    def patch(self, request: Request, workflow_id: str) -> Response:
        actor = actor_of(request)
        workflow, by = find_workflow(actor, workflow_id), actor.user
        if serializers.an_object(request.data).get("id", workflow_id) != workflow_id:
            raise WireflowError("The body is of another workflow. Reload the page.", code="id_mismatch")
        if "changes" in request.data:
            return self.merge(workflow, by=by, **validated(serializers.EditInput, request.data))
        given = validated(serializers.DraftInput, serializers.an_object(request.data))
        saved = actions.save_draft(workflow=workflow, by=by, **given)
        answer: dict[str, Any] = {
            "updatedAt": written(workflow.updated_at),
            "violations": [problem.as_wire() for problem in saved.report.violations],
            "warnings": [problem.as_wire() for problem in saved.report.warnings],
            "migrations": saved.migrations,
            "price": None,
        }
        return Response(answer)

    def merge(self, workflow: Workflow, **given: Any) -> Response:
        report = together.merge_draft(workflow=workflow, **given)
        return Response(
            {
                "updatedAt": written(workflow.updated_at),
                "edits": together.edits_since(workflow.pk, read_moment(given["base_updated_at"])),
                "violations": [problem.as_wire() for problem in report.violations],
                "warnings": [problem.as_wire() for problem in report.warnings],
            }
        )


def is_strict(request: Request) -> bool:
    """``?strict=false`` keeps a graph that has errors."""
    return request.query_params.get("strict", "true").lower() != "false"


def _links(request: Request, limit: int, offset: int, total: int) -> dict[str, str]:
    """The Link header to the pages before and after."""
    pages = {}
    if offset + limit < total:
        pages["next"] = offset + limit
    if offset > 0:
        pages["prev"] = max(0, offset - limit)
    query = request.query_params.dict()
    links = [
        f'<{settings.PUBLIC_URL}{request.path}?{urlencode({**query, "limit": limit, "offset": start})}>; rel="{name}"'
        for name, start in pages.items()
    ]
    return {"Link": ", ".join(links)} if links else {}
