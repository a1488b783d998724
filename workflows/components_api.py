"""REST doors of components."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actor import Actor, actor_of
from accounts.api import needs_by_method
from wireflow_ui.body import validated
from workflows import component_actions as actions
from workflows import workbench
from workflows.api import READ, WRITE
from workflows.component_uses import workflows_with
from workflows.errors import ComponentNotFound
from workflows.ids import written
from workflows.models import Component, ComponentVersion
from workflows.serializers import an_object

Json = dict[str, Any]


class LandingInput(serializers.Serializer[Any]):
    node = serializers.CharField(max_length=128, help_text="A node of the component.")
    handle = serializers.CharField(max_length=148, help_text="Its input, as on an edge: `in-image`.")
    place = serializers.IntegerField(
        required=False, min_value=0, max_value=500, help_text="How many of its inner wires there come first."
    )


# `label` and `required` are attributes of every serializer, too; fields of these names are what the body has.


class PortInput(serializers.Serializer[Any]):
    id = serializers.RegexField(r"^[A-Za-z0-9_-]+$", max_length=64)
    label = serializers.CharField(max_length=200)  # type: ignore[assignment]
    type = serializers.ChoiceField(
        choices=["TEXT", "IMAGE", "VIDEO", "AUDIO", "NUMBER", "BOOLEAN", "JSON", "FILE", "ANY"]
    )
    multiple = serializers.BooleanField(required=False)


class InletInput(PortInput):
    required = serializers.BooleanField(required=False)  # type: ignore[assignment]
    to = serializers.ListField(child=LandingInput(), min_length=1, max_length=50)


class OutletInput(PortInput):
    node = serializers.CharField(max_length=128)
    handle = serializers.CharField(max_length=148)


class SettingInput(serializers.Serializer[Any]):
    id = serializers.RegexField(r"^[A-Za-z0-9_-]+$", max_length=64)
    label = serializers.CharField(max_length=200)  # type: ignore[assignment]
    node = serializers.CharField(max_length=128)
    param = serializers.CharField(max_length=128)


class ContentInput(serializers.Serializer[Any]):
    nodes = serializers.ListField(child=serializers.DictField(), min_length=1, max_length=200)
    edges = serializers.ListField(child=serializers.DictField(), required=False, default=list, max_length=500)
    inputs = serializers.ListField(child=InletInput(), required=False, default=list, max_length=50)
    outputs = serializers.ListField(child=OutletInput(), required=False, default=list, max_length=50)
    settings = serializers.ListField(child=SettingInput(), required=False, default=list, max_length=50)


class ComponentInput(ContentInput):
    name = serializers.CharField(max_length=200)


class VersionInput(ContentInput):
    baseVersion = serializers.IntegerField(min_value=1, help_text="The version that this one is made from.")
    name = serializers.CharField(required=False, max_length=200, default="")
    workbenchUpdatedAt = serializers.DateTimeField(
        required=False,
        help_text="`updatedAt` of the workbench that this was taken from: as long as it stays so, nothing is unsaved.",
    )


class NumberInput(serializers.Serializer[Any]):
    version = serializers.IntegerField(
        required=False, min_value=1, max_value=2**31 - 1, help_text="Left out: the newest."
    )


class Components(APIView):
    """GET: the team's components, by name. POST: make one."""

    permission_classes = [needs_by_method(GET=READ, POST=WRITE)]

    def get(self, request: Request) -> Response:
        found = Component.objects.visible_to(actor_of(request)).order_by("name", "id")
        return Response({"components": [{**_item(one), **one.listing} for one in found]})

    def post(self, request: Request) -> Response:
        given = validated(ComponentInput, an_object(request.data))
        name = given.pop("name")
        made = actions.make_component(actor=actor_of(request), name=name, content=given)
        return Response(_full(made), status=201)


class OneComponent(APIView):
    """GET: one version of it, with what is inside. PUT: make a new version. DELETE: take it out of the library."""

    permission_classes = [needs_by_method(GET=READ, PUT=WRITE, DELETE=WRITE)]

    def get(self, request: Request, component_id: str) -> Response:
        component = _find(actor_of(request), component_id)
        number = validated(NumberInput, request.query_params).get("version", component.version)
        version = component.versions.filter(number=number).first()
        if version is None:
            raise ComponentNotFound()
        return Response(_full(version))

    def put(self, request: Request, component_id: str) -> Response:
        actor = actor_of(request)
        component = _find(actor, component_id)
        given = validated(VersionInput, an_object(request.data))
        base, name = given.pop("baseVersion"), given.pop("name")
        bench_saved_at = given.pop("workbenchUpdatedAt", None)
        made = actions.change_component(
            actor=actor,
            component=component,
            base_version=base,
            content=given,
            name=name,
            bench_saved_at=bench_saved_at,
        )
        return Response(_full(made))

    def delete(self, request: Request, component_id: str) -> Response:
        component = _find(actor_of(request), component_id)
        actions.delete_component(component=component)
        return Response({"success": True, "id": component_id})


class Uses(APIView):
    """GET: the workflows of the team that have nodes of it."""

    permission_classes = [needs_by_method(GET=READ)]

    def get(self, request: Request, component_id: str) -> Response:
        component = _find(actor_of(request), component_id)
        found = workflows_with(component)
        told = [{"id": one.pk, "name": one.name, "versions": versions} for one, versions in found]
        return Response({"workflows": told})


class Workbench(APIView):
    """POST: the workflow that the component is changed in. DELETE: take it back to the newest version."""

    permission_classes = [needs_by_method(POST=WRITE, DELETE=WRITE)]

    def post(self, request: Request, component_id: str) -> Response:
        actor = actor_of(request)
        return Response(_bench(workbench.open_workbench(actor=actor, component=_find(actor, component_id))))

    def delete(self, request: Request, component_id: str) -> Response:
        actor = actor_of(request)
        return Response(_bench(workbench.clear_workbench(actor=actor, component=_find(actor, component_id))))


def _bench(bench: workbench.Bench) -> Json:
    return {
        "componentId": bench.component.pk,
        "workflowId": bench.workflow.pk,
        "version": bench.component.bench_version,
        "updatedAt": written(bench.workflow.updated_at),
        "isChanged": bench.is_changed,
    }


def _find(actor: Actor, component_id: str) -> Component:
    component = Component.objects.visible_to(actor).filter(pk=component_id).first()
    if component is None:
        raise ComponentNotFound()
    return component


def _item(component: Component) -> Json:
    return {
        "id": component.pk,
        "name": component.name,
        "nodeType": actions.node_type_of(component),
        "version": component.version,
    }


def _full(version: ComponentVersion) -> Json:
    component = version.component
    return {
        **_item(component),
        "createdAt": written(version.created_at),
        "component": actions.carried(component.name, version),
    }
