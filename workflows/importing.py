"""Files of other programs, and our own, made workflows of: a page, and a call that the canvas makes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api import SessionOnly, needs
from providers.catalog import load_catalog
from wireflow_ui.body import parse_json, validated
from wireflow_ui.errors import WireflowError
from workflows import actions
from workflows.comfyui.building import Builder, Imported
from workflows.comfyui.kinds import KINDS
from workflows.comfyui.missing import missing
from workflows.comfyui.reading import read
from workflows.comfyui.whole import keep_whole
from workflows.models import Workflow
from workflows.names import tidy_name
from workflows.normalise import check_shape
from workflows.serializers import an_object
from workflows.views import editor_of, to_canvas

MOST_BYTES = 4_000_000


def import_comfyui(graph: Any, *, whole: bool = False) -> Imported:
    """A graph of ComfyUI drawn with our nodes, or kept ``whole`` in one. Raises NotComfyUI."""
    sources, catalog = read(graph), load_catalog()
    return keep_whole(sources, graph, catalog) if whole else Builder(sources, catalog, KINDS, missing).build()


class ComfyInput(serializers.Serializer[Any]):
    graph = serializers.JSONField()
    whole = serializers.BooleanField(required=False, default=False)


class ComfyUI(APIView):
    """POST: what a graph of ComfyUI becomes, for the canvas to insert; nothing is stored."""

    authentication_classes = [SessionOnly]
    permission_classes = [needs("workflows:write", role="editor")]

    def post(self, request: Request) -> Response:
        given = validated(ComfyInput, an_object(request.data))
        made = import_comfyui(given["graph"], whole=given["whole"])
        report = [line.as_wire() for line in made.lines]
        return Response({"nodes": made.nodes, "edges": made.edges, "report": report})


class ImportForm(forms.Form):
    """A file, or its text."""

    file = forms.FileField(
        required=False, widget=forms.FileInput(attrs={"accept": ".json,application/json"}), label="File"
    )
    text = forms.CharField(
        required=False,
        widget=forms.Textarea(
            attrs={"rows": 6, "spellcheck": "false", "placeholder": '{"3": {"class_type": …'}
        ),
        label="Or its text",
    )
    whole = forms.ChoiceField(
        choices=[
            ("", "Nodes of ours, as far as there are any like them"),
            ("1", "One node, which a ComfyUI server of your own runs as it is"),
        ],
        required=False,
        widget=forms.RadioSelect,
        label="A workflow of ComfyUI becomes",
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        file, text = given.get("file"), given.get("text", "")
        size = file.size if file is not None else len(text.encode())
        if size > MOST_BYTES:
            raise forms.ValidationError(f"The {'file' if file is not None else 'text'} is larger than 4 MB.")
        body = file.read() if file is not None else text.encode()
        if not body.strip():
            raise forms.ValidationError("Choose a file, or paste its text.")
        try:
            given["graph"] = parse_json(body)
        except WireflowError as error:
            raise forms.ValidationError(error.message) from error
        given["name"] = tidy_name(PurePath(file.name).stem if file is not None else "")[:200]
        return given


@login_required
@require_http_methods(["GET", "POST"])
def import_workflow(request: HttpRequest) -> HttpResponse:
    """Ask for a file, and open what it becomes on the canvas; a note there says what became of each node."""
    actor = editor_of(request)
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    if request.method == "POST" and form.is_valid():
        graph, name = form.cleaned_data["graph"], form.cleaned_data["name"]
        try:
            if _is_ours(graph):
                given = _name_in(graph) or name or "Imported workflow"
                nodes, edges = graph["nodes"], graph.get("edges", [])
                check_shape(nodes, edges)
            else:
                given = name or "Imported from ComfyUI"
                made = import_comfyui(graph, whole=form.cleaned_data["whole"] == "1")
                nodes, edges = made.nodes, made.edges
            workflow: Workflow = actions.create_workflow(
                actor=actor, name=given, nodes=nodes, edges=edges, strict=False
            ).workflow
            return to_canvas(workflow)
        except WireflowError as error:
            form.add_error(None, error.message)
    status = 422 if form.errors else 200
    return render(request, "workflows/import.html", {"form": form}, status=status)


def _name_in(graph: Mapping[str, Any]) -> str:
    name = graph.get("name")
    return tidy_name(name)[:200] if isinstance(name, str) else ""


def _is_ours(graph: Any) -> bool:
    return isinstance(graph, Mapping) and isinstance(graph.get("nodes"), list) and "links" not in graph
