"""Answering what a run asks over REST: contract §7.4."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actor import actor_of
from executions.api import execution_or_404, site_of
from executions.decisions import Answer, decide
from executions.models import NodeRun
from executions.permissions import MayRun
from executions.questions import APPROVE, REJECT
from executions.runs import graph_of
from executions.wire import node_state_objects
from wireflow_ui.body import validated

MOST_NOTE = 2_000
MOST_PLACE = 10_000


class DecisionInput(serializers.Serializer[Any]):
    """``value`` is the corrected item, where the node allows that."""

    decision = serializers.ChoiceField(choices=[APPROVE, REJECT])
    item = serializers.IntegerField(required=False, min_value=0, max_value=MOST_PLACE)
    itemPath = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=MOST_PLACE), required=False, max_length=8
    )
    pick = serializers.IntegerField(required=False, min_value=0, max_value=MOST_PLACE)
    note = serializers.CharField(required=False, allow_blank=True, max_length=MOST_NOTE)
    value = serializers.JSONField(required=False)


class DecisionView(APIView):
    """``POST /workflows/executions/{id}/nodes/{nodeId}/decision``."""

    permission_classes = [MayRun]

    def post(self, request: Request, execution_id: str, node_id: str) -> Response:
        actor = actor_of(request)
        execution = execution_or_404(actor, execution_id, with_guests=True)
        given = validated(DecisionInput, request.data)
        answer = Answer(
            given["decision"],
            by=actor.user.email,
            note=given.get("note", ""),
            item=given.get("item"),
            pick=given.get("pick"),
            value=given.get("value"),
        )
        decide(
            execution_id=execution.pk,
            node_id=node_id,
            answer=answer,
            actor=actor,
            path=given.get("itemPath"),
        )
        rows = list(NodeRun.objects.filter(execution=execution.pk, node_id=node_id).order_by("id"))
        states = node_state_objects(graph_of(execution), rows, site_of(request))
        return Response(next(state for state in states if state["nodeId"] == node_id))
