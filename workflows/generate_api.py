"""``POST /workflows/generate/stream``: contract §9.4."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.actor import actor_of
from accounts.api import needs
from wireflow_ui.body import validated
from workflows import actions
from workflows.generating import best_template, draft_of
from workflows.serializers import an_object, full_object


class GenerateInput(serializers.Serializer[Any]):
    prompt = serializers.CharField(max_length=50_000)
    images = serializers.ListField(
        required=False, max_length=20, child=serializers.CharField(max_length=2_048), default=list
    )


class Generate(APIView):
    """Makes a workflow from a description and tells it node by node; the last event holds all of it.

    All is known before the first event, so a refusal is an ordinary answer and nothing is half made.
    """

    permission_classes = [needs("workflows:write", role="editor")]

    def post(self, request: Request) -> HttpResponse:
        given = validated(GenerateInput, an_object(request.data))
        template = best_template(given["prompt"])
        nodes, edges = draft_of(template, given["prompt"], given["images"])
        actor = actor_of(request)
        saved = actions.create_workflow(
            actor=actor,
            name=template["title"],
            description=template["summary"],
            nodes=nodes,
            edges=edges,
        )
        workflow = full_object(saved.workflow, actor)
        events: list[dict[str, Any]] = []
        shown: set[str] = set()
        for count, node in enumerate(workflow["nodes"], 1):
            shown.add(node["id"])
            wires = [edge for edge in workflow["edges"] if {edge["source"], edge["target"]} <= shown]
            part = {"name": workflow["name"], "nodes": workflow["nodes"][:count], "edges": wires}
            events.append({"done": False, "template": template["slug"], "workflow": part})
        events.append({"done": True, "template": template["slug"], "workflow": workflow})
        return HttpResponse(
            "".join(f"data: {_compact(event)}\n\n" for event in events),
            content_type="text/event-stream",
            headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
        )


def _compact(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
